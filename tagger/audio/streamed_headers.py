"""Sizes in headers that a program left open because it wrote to a pipe.

FFmpeg reads a WAV file with such a placeholder to its end, but not RF64, Wave64 and AIFF. Those are read as if the true
sizes were in the file; the file itself is not changed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from typing import IO

WAVE64_GUID = bytes.fromhex("2e91cf11a5d628db04c10000")
W64_RIFF, W64_DATA = b"riff" + WAVE64_GUID, b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")

MAX_CHUNKS = 1000
"""Maximum number of chunks that are examined."""


def size_patches(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Return the bytes to read in place of those of the file.

    Parameters
    ----------
    file : file object
        Open for reading in binary mode; its position changes.
    start, end : int
        Positions of the audio, without tags of other formats around it.

    Returns
    -------
    dict of int to bytes
        The correct sizes by position in the file; empty if none is missing.
    """
    file.seek(start)
    head = file.read(20)
    if head[:4] == b"RF64":
        return _rf64(file, start, end)
    if head[:16] == W64_RIFF:
        return _w64(file, start, end)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff(file, start, end)
    return {}


def apply_patches(content: bytes, position: int, patches: Mapping[int, bytes]) -> bytes:
    """Replace bytes in a piece of a file.

    Parameters
    ----------
    content : bytes
        The piece.
    position : int
        Its position in the file.
    patches : dict of int to bytes
        Replacements by position in the file; those outside the piece are ignored.

    Returns
    -------
    bytes
        As long as `content`.
    """
    if not any(at < position + len(content) and at + len(patch) > position for at, patch in patches.items()):
        return content
    patched = bytearray(content)
    for at, patch in patches.items():
        for offset, byte in enumerate(patch, at - position):
            if 0 <= offset < len(patched):
                patched[offset] = byte
    return bytes(patched)


def _rf64(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Return the sizes for the chunk ``ds64`` of an RF64 file, if they are missing."""
    ds64, unknown = 0, (bytes(8), b"\xff" * 8)
    for name, position, size in _chunks(file, start + 12, end, "<4sI"):
        if name == b"ds64":
            ds64 = position
        elif name == b"data" and size in (0, 0xFFFFFFFF) and ds64 and _read_at(file, ds64 + 8, 8) in unknown:
            return {ds64: struct.pack("<QQ", end - start - 8, end - position)}
    return {}


def _w64(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Return the sizes of a Wave64 file and of its chunk ``data``, if they are 0 or greater than the file."""
    patches = {}
    if not 40 <= int.from_bytes(_read_at(file, start + 16, 8), "little") <= end - start:
        patches[start + 16] = struct.pack("<Q", end - start)
    position = start + 40
    for _ in range(MAX_CHUNKS):
        head = _read_at(file, position, 24)
        size = int.from_bytes(head[16:], "little")
        if head[:16] == W64_DATA and (size <= 24 or size >= 1 << 62):
            patches[position + 16] = struct.pack("<Q", end - position)
            return patches
        if len(head) < 24 or size < 24 or head[:16] == W64_DATA:
            break
        position += size + 7 & ~7
    return patches


def _aiff(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Return the sizes of an AIFF file and of its sound, and its number of frames, if they are missing."""
    patches, common = {}, 0
    if int.from_bytes(_read_at(file, start + 4, 4), "big") in (0, 0xFFFFFFFF):
        patches[start + 4] = struct.pack(">I", min(end - start - 8, 0xFFFFFFFE))
    for name, position, size in _chunks(file, start + 12, end, ">4sI"):
        if name == b"COMM":
            common = position
        elif name == b"SSND" and size in (0, 0xFFFFFFFF) and common:
            channels, frames, bits = struct.unpack(">HIH", _read_at(file, common, 8))
            frame_size = channels * (bits + 7 >> 3)
            if frames == 0 and frame_size:
                patches[position - 4] = struct.pack(">I", min(end - position, 0xFFFFFFFE))
                patches[common + 2] = struct.pack(">I", min((end - position - 8) // frame_size, 0xFFFFFFFF))
            return patches
    return {}


def _chunks(file: IO[bytes], position: int, end: int, head: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, position of the content and size of the chunks from a position on."""
    for _ in range(MAX_CHUNKS):
        if position + 8 > end:
            return
        name, size = struct.unpack(head, _read_at(file, position, 8))
        yield name, position + 8, size
        position += 8 + size + (size & 1)


def _read_at(file: IO[bytes], position: int, length: int) -> bytes:
    """Return bytes of a file, or as many zeros if they are not all there."""
    file.seek(position, os.SEEK_SET)
    content = file.read(length)
    return content if len(content) == length else bytes(length)

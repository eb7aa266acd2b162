"""Sizes that a program could not state, because it wrote into a pipe.

FFmpeg takes the placeholders of WAV for "up to the end", but not those of RF64, Wave64 and AIFF. Such a file is read
as if its sizes stood there; it is left as it is.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from typing import IO

WAVE64 = bytes.fromhex("2e91cf11a5d628db04c10000")
W64_RIFF, W64_DATA = b"riff" + WAVE64, b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")

MOST_CHUNKS = 1000


def with_sizes(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Return the bytes that are to be read instead of those of the file, by their place.

    Parameters
    ----------
    file : file object
        Open for reading.
    start, end : int
        Where its audio begins and ends, without tags of other formats around it.
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


def patch(content: bytes, place: int, patches: Mapping[int, bytes]) -> bytes:
    """Return what was read at a place of the file, with the patches that lie in it."""
    if not any(at < place + len(content) and at + len(patch) > place for at, patch in patches.items()):
        return content
    changed = bytearray(content)
    for at, patch in patches.items():
        for offset, byte in enumerate(patch, at - place):
            if 0 <= offset < len(changed):
                changed[offset] = byte
    return bytes(changed)


def _rf64(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Fill in the sizes of a chunk ``ds64`` that has zeros."""
    sizes, unknown = 0, (bytes(8), b"\xff" * 8)
    for name, at, size in _chunks(file, start + 12, end, "<4sI"):
        if name == b"ds64":
            sizes = at
        elif name == b"data" and size in (0, 0xFFFFFFFF) and sizes and _at(file, sizes + 8, 8) in unknown:
            return {sizes: struct.pack("<QQ", end - start - 8, end - at)}
    return {}


def _w64(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Fill in the sizes of the file and of the chunk ``data``, where they are zero, or more than there is."""
    found = {}
    if not 40 <= int.from_bytes(_at(file, start + 16, 8), "little") <= end - start:
        found[start + 16] = struct.pack("<Q", end - start)
    at = start + 40
    for _ in range(MOST_CHUNKS):
        head = _at(file, at, 24)
        size = int.from_bytes(head[16:], "little")
        if head[:16] == W64_DATA and (size <= 24 or size >= 1 << 62):
            found[at + 16] = struct.pack("<Q", end - at)
            return found
        if len(head) < 24 or size < 24 or head[:16] == W64_DATA:
            break
        at += size + 7 & ~7
    # Else the file's own size alone may be one that was not known.
    return found


def _aiff(file: IO[bytes], start: int, end: int) -> dict[int, bytes]:
    """Fill in the sizes of the file and of the sound, and the number of frames, where they are zero."""
    found, common = {}, 0
    if int.from_bytes(_at(file, start + 4, 4), "big") in (0, 0xFFFFFFFF):
        found[start + 4] = struct.pack(">I", min(end - start - 8, 0xFFFFFFFE))
    for name, at, size in _chunks(file, start + 12, end, ">4sI"):
        if name == b"COMM":
            common = at
        elif name == b"SSND" and size in (0, 0xFFFFFFFF) and common:
            channels, frames, bits = struct.unpack(">HIH", _at(file, common, 8))
            frame = channels * (bits + 7 >> 3)
            if frames == 0 and frame:
                found[at - 4] = struct.pack(">I", min(end - at, 0xFFFFFFFE))
                found[common + 2] = struct.pack(">I", min((end - at - 8) // frame, 0xFFFFFFFF))
            return found
    return {}


def _chunks(file: IO[bytes], at: int, end: int, head: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place of the content and size of the chunks from a place on."""
    for _ in range(MOST_CHUNKS):
        if at + 8 > end:
            return
        name, size = struct.unpack(head, _at(file, at, 8))
        yield name, at + 8, size
        at += 8 + size + (size & 1)


def _at(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place, os.SEEK_SET)
    content = file.read(length)
    return content if len(content) == length else bytes(length)

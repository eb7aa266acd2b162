"""Deltas between two versions of a file, from which undo restores the old version byte for byte.

A delta describes the old file as copies of parts of the new one, at any offset, and literal bytes that the new one does
not have. Most of a file is the common prefix and suffix of both versions. In the rest, matches are searched at the
offsets of earlier matches (an Ogg file with an additional page: each later page moved by the same number of bytes), and
in an index of the new file (a picture after another frame).

Format: ``EMD2``, the size of the old file (eight bytes, big-endian), and a zlib stream of pieces. Each begins with a
number whose lowest bit states whether it is literal and whose other bits are its length. Literal bytes follow; for a
copy, the difference between its offset and that of the copy before. Numbers are little-endian with seven bits a byte.
Records of version 0.1.0 (JSON and literals in one zlib stream) can still be read.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from tagger.errors import TagError
from tagger.io import regular
from tagger.tags.delta_matching import BLOCK, Matcher, RandomReader, common_length

MAGIC = b"EMD2"

HEADER = struct.Struct(">4sQ")
"""Start of a delta: `MAGIC`, and the size of the file that is restored."""

MAX_DELTA_BYTES = 64 << 20
"""Bytes of a delta at most. A file that needs more is not tagged, so that undo is always exact."""


def make_delta(old: str, new: str) -> bytes:
    """Make the delta that restores one file from another.

    Parameters
    ----------
    old : str
        Path of the file to restore.
    new : str
        Path of the file that it will be restored from.

    Returns
    -------
    bytes

    Raises
    ------
    TagError
        If the delta would be larger than `MAX_DELTA_BYTES`.
    """
    with open(old, "rb") as old_file, open(new, "rb") as new_file:
        a, b = RandomReader(old_file), RandomReader(new_file)
        shorter = min(a.size, b.size)
        prefix = common_length(a, 0, b, 0, shorter)
        suffix = common_length(a, a.size, b, b.size, shorter - prefix, backward=True)
        encoder = _Encoder(a.size)
        encoder.copy(prefix, 0)
        Matcher(a, prefix, a.size - suffix, b, prefix, b.size - suffix).encode(encoder)
        encoder.copy(suffix, b.size - a.size)
        return encoder.finish()


def apply_delta(delta: bytes, new: str, old: str) -> None:
    """Restore a file.

    Parameters
    ----------
    delta : bytes
        As from `make_delta`.
    new : str
        Path of the file to restore from.
    old : str
        Path to write to; an existing file is overwritten.

    Raises
    ------
    ValueError
        If the delta is damaged or belongs to another file.
    """
    with open(new, "rb") as source, open(old, "wb") as target:
        for data in restore(delta, source):
            target.write(data)


def restore(delta: bytes, new: IO[bytes]) -> Iterator[bytes]:
    """Yield the restored file in parts.

    Parameters
    ----------
    delta : bytes
        As from `make_delta`.
    new : file
        The file to restore from, open for reading.

    Yields
    ------
    bytes

    Raises
    ------
    ValueError
        If the delta is damaged or belongs to another file.
    """
    try:
        if not delta.startswith(MAGIC):
            yield from _restore_first_format(delta, new)
            return
        _, remaining = HEADER.unpack_from(delta)
        decoder = _Decoder(delta[HEADER.size :])
        offset = position = 0
        while remaining > 0:
            number = decoder.number()
            length, literal = number >> 1, number & 1
            if not 0 < length <= remaining:
                raise ValueError("a damaged delta (length)")
            if literal:
                yield from decoder.literal(length)
            else:
                change = decoder.number()
                offset += -((change + 1) >> 1) if change & 1 else change >> 1
                new.seek(position + offset)
                yield from _read_blocks(new, length)
            position += length
            remaining -= length
    except (
        zlib.error,
        struct.error,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OSError,
        OverflowError,
    ) as error:
        raise ValueError(f"a damaged delta ({error})") from None


def content_hash(path: str) -> str:
    """Hash a file.

    Parameters
    ----------
    path : str
        A regular file.

    Returns
    -------
    str
        BLAKE2b with 16 bytes, hexadecimal.
    """
    with regular.open_regular(path) as file:
        return stream_hash(file)


def stream_hash(file: IO[bytes]) -> str:
    """Hash the rest of an open file.

    Parameters
    ----------
    file : file
        Open for reading.

    Returns
    -------
    str
        BLAKE2b with 16 bytes, hexadecimal.
    """
    hasher = hashlib.blake2b(digest_size=16)
    while block := file.read(BLOCK):
        hasher.update(block)
    return hasher.hexdigest()


def restored_hash(delta: bytes, new: str) -> str:
    """Return the hash of a restored file without writing it.

    Parameters
    ----------
    delta : bytes
        As from `make_delta`.
    new : str
        Path of the file to restore from.

    Returns
    -------
    str
        As from `content_hash`.

    Raises
    ------
    ValueError
        If the delta is damaged or belongs to another file.
    """
    hasher = hashlib.blake2b(digest_size=16)
    with open(new, "rb") as source:
        for data in restore(delta, source):
            hasher.update(data)
    return hasher.hexdigest()


class _Encoder:
    """Collects and compresses the pieces of a delta."""

    def __init__(self, size: int) -> None:
        self.compressor = zlib.compressobj()
        self.parts: list[bytes] = []
        self.size = self.offset = 0
        self._append(HEADER.pack(MAGIC, size))

    def literal(self, data: bytes) -> None:
        """Add bytes that the new file does not have."""
        if data:
            self._append(self.compressor.compress(_encode_number(len(data) << 1 | 1) + data))

    def copy(self, length: int, offset: int) -> None:
        """Add a part of the new file, which is `offset` bytes further on there."""
        if length:
            change, self.offset = offset - self.offset, offset
            signed = change << 1 if change >= 0 else (-change << 1) - 1
            self._append(self.compressor.compress(_encode_number(length << 1) + _encode_number(signed)))

    def _append(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > MAX_DELTA_BYTES:
            raise TagError(f"not tagged: undo would have to keep more than {MAX_DELTA_BYTES >> 20} MB of the file")
        self.parts.append(part)

    def finish(self) -> bytes:
        """Return the delta."""
        self._append(self.compressor.flush())
        return b"".join(self.parts)


class _Decoder:
    """Reads the pieces of a delta, a block at a time."""

    def __init__(self, compressed: bytes) -> None:
        self.decompressor = zlib.decompressobj()
        self.compressed, self.data, self.position = compressed, b"", 0

    def _read_more(self) -> None:
        self.data, self.position = self.decompressor.decompress(self.compressed, BLOCK), 0
        self.compressed = self.decompressor.unconsumed_tail
        if not self.data:
            raise ValueError("a damaged delta (its end is missing)")

    def number(self) -> int:
        """Return the next number."""
        value = shift = 0
        while shift < 70:
            if self.position == len(self.data):
                self._read_more()
            byte = self.data[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a damaged delta (number)")

    def literal(self, length: int) -> Iterator[bytes]:
        """Yield the next literal bytes."""
        while length > 0:
            if self.position == len(self.data):
                self._read_more()
            data = self.data[self.position : self.position + length]
            self.position += len(data)
            length -= len(data)
            yield data


def _encode_number(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _read_blocks(file: IO[bytes], length: int) -> Iterator[bytes]:
    while length > 0:
        data = file.read(min(length, BLOCK))
        if not data:
            raise ValueError("a delta of another file")
        yield data
        length -= len(data)


def _restore_first_format(delta: bytes, new: IO[bytes]) -> Iterator[bytes]:
    """Restore from a record of version 0.1.0."""
    decompressor = zlib.decompressobj()
    header, _, literals = decompressor.decompress(delta, MAX_DELTA_BYTES).partition(b"\n")
    if not decompressor.eof:
        raise ValueError("a damaged delta (its end is missing)")
    content = json.loads(header)
    position = literal_position = 0
    for kind, length in content["pieces"]:
        if kind < 0:
            yield literals[literal_position : literal_position + length]
            literal_position += length
        else:
            new.seek(position + (content["shift"] if kind else 0))
            yield from _read_blocks(new, length)
        position += length

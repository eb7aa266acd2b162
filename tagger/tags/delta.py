"""The difference between two versions of a file: what turns the new one back into the old one, byte for byte.

The old file is described as pieces of the new one, at whatever offset they stand there, and the bytes that the new one
does not have. Most of a file is found by comparing both from the front and from the back. In what is left, pieces
are looked for at the offsets of the pieces before (an Ogg file with another page in front: each page moved by the
same number of bytes), and in an index of the new file (a cover picture behind another frame).

A difference is ``EMD2``, the size of the old file (eight bytes, big-endian), and a zlib stream of pieces. Each begins
with a number that holds its length and, in the lowest bit, whether it is literal. Literal bytes follow; of a copied
piece the change of its offset against the piece before. Numbers are little-endian, seven bits a byte. Records of
version 0.1.0 (JSON and literals in one zlib stream) are still read.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from typing import IO

from tagger.errors import TagError
from tagger.io import regular

MAGIC = b"EMD2"

BLOCK = 1 << 20
"""Bytes compared, read or written at a time."""

NEAR = 1 << 12
"""Bytes searched at a time for the next piece."""

RUN = 24
"""Shortest piece, in bytes, that is looked for at a known offset."""

KEY, SPACING, KEYS = 16, 5, 1 << 17
"""The index: bytes of a key; 2 to the power of SPACING bytes between keys at least; keys at most, to bound memory."""

OFFSETS = 4
"""Offsets of earlier pieces that are tried before the index."""

MAX_DELTA_BYTES = 64 << 20
"""Bytes of a difference at most; a file that needs more is not tagged, so that undo is always exact."""


def make_delta(old: str, new: str) -> bytes:
    """Return what turns the file `new` back into the file `old`.

    Raises
    ------
    TagError
        If that takes more than `LARGEST` bytes.
    """
    with open(old, "rb") as before, open(new, "rb") as after:
        a, b = _Window(before), _Window(after)
        shortest = min(a.size, b.size)
        head = _common(a, 0, b, 0, shortest)
        tail = _common_before(a, a.size, b, b.size, shortest - head)
        encoder = _Encoder(a.size)
        encoder.copy(head, 0)
        _Search(a, head, a.size - tail, b, head, b.size - tail).encode(encoder)
        encoder.copy(tail, b.size - a.size)
        return encoder.finished()


def apply_delta(delta: bytes, new: str, old: str) -> None:
    """Write the file `old` from the file `new` and what `make` returned; a file that is there is emptied first.

    Raises
    ------
    ValueError
        If the delta is damaged, or of another file.
    """
    with open(new, "rb") as source, open(old, "wb") as target:
        for data in restore(delta, source):
            target.write(data)


def restore(delta: bytes, new: IO[bytes]) -> Iterator[bytes]:
    """Yield the old file, part by part, from the new file and what `make` returned.

    Raises
    ------
    ValueError
        If the delta is damaged, or of another file.
    """
    try:
        if not delta.startswith(MAGIC):
            yield from _restored_first_format(delta, new)
            return
        if len(delta) < len(MAGIC) + 8:
            raise ValueError("a damaged delta (its end is missing)")
        left = int.from_bytes(delta[len(MAGIC) : len(MAGIC) + 8], "big")
        pieces = _Decoder(delta[len(MAGIC) + 8 :])
        offset = place = 0
        while left > 0:
            number = pieces.number()
            length, literal = number >> 1, number & 1
            if not 0 < length <= left:
                raise ValueError("a damaged delta (length)")
            if literal:
                yield from pieces.take(length)
            else:
                change = pieces.number()
                offset += -((change + 1) >> 1) if change & 1 else change >> 1
                new.seek(place + offset)
                yield from _read(new, length)
            place += length
            left -= length
    except (zlib.error, KeyError, TypeError, AttributeError, RecursionError, OSError, OverflowError) as error:
        raise ValueError(f"a damaged delta ({error})") from None


def content_hash(path: str) -> str:
    """Hash a whole file."""
    with regular.open_regular(path) as file:
        return stream_hash(file)


def stream_hash(file: IO[bytes]) -> str:
    """Hash what is left of an open file."""
    digest = hashlib.blake2b(digest_size=16)
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def restored_hash(delta: bytes, new: str) -> str:
    """Return the hash that the old file would have; errors as for `restored`."""
    digest = hashlib.blake2b(digest_size=16)
    with open(new, "rb") as source:
        for data in restore(delta, source):
            digest.update(data)
    return digest.hexdigest()


class _Window:
    """A file of which any part can be read; neighbouring small parts cost one read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.start, self.data = 0, b""

    def at(self, place: int, length: int) -> bytes:
        """Return the bytes at a place, fewer at the end, none before the beginning."""
        if place < 0:
            return b""
        first = place - self.start
        if first < 0 or first + length > len(self.data):
            self.file.seek(place)
            if length >= BLOCK >> 2:
                return self.file.read(length)
            self.start, self.data, first = place, self.file.read(BLOCK >> 2), 0
        return self.data[first : first + length]


def _common(a: _Window, i: int, b: _Window, j: int, limit: int) -> int:
    """Return how many bytes from two places on are equal, `limit` at most."""
    done, step = 0, 256
    while done < limit:
        length = min(step, limit - done)
        one, other = a.at(i + done, length), b.at(j + done, length)
        if one != other or not one:
            length = min(len(one), len(other))
            differs = int.from_bytes(one[:length], "big") ^ int.from_bytes(other[:length], "big")
            return done + length - (differs.bit_length() + 7) // 8
        done += len(one)
        step = min(step * 4, BLOCK)
    return done


def _common_before(a: _Window, i: int, b: _Window, j: int, limit: int) -> int:
    """Return how many bytes before two places are equal, `limit` at most."""
    done, step = 0, 256
    while done < limit:
        length = min(step, limit - done)
        one, other = a.at(i - done - length, length), b.at(j - done - length, length)
        if one != other:
            if len(one) != len(other):
                return done
            differs = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
            return done + length - (differs.bit_length() + 7) // 8
        done += length
        step = min(step * 4, BLOCK)
    return done


class _Search:
    """Finds the pieces of a part of the old file in a part of the new one."""

    def __init__(self, a: _Window, start: int, end: int, b: _Window, low: int, high: int) -> None:
        self.a, self.start, self.end = a, start, end
        self.b, self.low, self.high = b, low, high
        self.offsets = [0, b.size - a.size]
        self.index: dict[bytes, int] | None = None

    def encode(self, encoder: _Encoder) -> None:
        """Add the part's pieces to a difference."""
        place = self.start
        while place < self.end:
            near = self.a.at(place, min(NEAR, self.end - place))
            if not near:
                return  # the file became shorter while it was read; the hash of the whole tells
            skipped, offset = min(
                (self._at_known_offset(place, near), self._in_index(place, near)), key=lambda found: found[0]
            )
            found = place + skipped
            if skipped < len(near):
                back = _common_before(self.a, found, self.b, found + offset, skipped)
                encoder.literal(near[: skipped - back])
                length = back + _common(self.a, found, self.b, found + offset, self.end - found)
                encoder.copy(length, offset)
                self.offsets = [offset, *(each for each in self.offsets if each != offset)][:OFFSETS]
                place = found - back + length
            else:
                encoder.literal(near)
                place += len(near)

    def _at_known_offset(self, place: int, near: bytes) -> tuple[int, int]:
        """Return how far on the next piece begins at the offset of an earlier one, and that offset."""
        best, chosen = len(near), 0
        for offset in self.offsets:
            other = self.b.at(place + offset, best)
            length = min(best, len(other))
            if length < RUN:
                continue
            differs = int.from_bytes(near[:length], "big") ^ int.from_bytes(other[:length], "big")
            equal = differs.to_bytes(length, "big").find(bytes(RUN))
            if 0 <= equal < best:
                best, chosen = equal, offset
        return best, chosen

    def _in_index(self, place: int, near: bytes) -> tuple[int, int]:
        """Return how far on the next piece begins that the index has, and its offset."""
        if self.offsets and self._at_known_offset(place, near[: 2 * RUN])[0] < len(near[: 2 * RUN]):
            return len(near), 0  # a known offset is right there; no need for the index
        index = self._indexed()
        if index:
            text = near + self.a.at(place + len(near), KEY)
            for skipped in range(min(len(near), len(text) - KEY + 1)):
                found = index.get(text[skipped : skipped + KEY])
                if found is not None:
                    return skipped, found - place - skipped
        return len(near), 0

    def _indexed(self) -> dict[bytes, int]:
        if self.index is None:
            size = self.high - self.low
            spacing = 1 << max(SPACING, (size // KEYS).bit_length())
            self.index = {}
            for start in range(self.low, self.high, BLOCK):
                data = self.b.at(start, min(BLOCK, self.high - start))
                for place in range(0, len(data) - KEY + 1, spacing):
                    self.index.setdefault(data[place : place + KEY], start + place)
        return self.index


class _Encoder:
    """Collects the pieces of a difference."""

    def __init__(self, size: int) -> None:
        self.packer = zlib.compressobj(6)
        self.parts = [MAGIC, size.to_bytes(8, "big")]
        self.packed = 0
        self.offset = 0

    def literal(self, data: bytes) -> None:
        """Add bytes that the new file does not have."""
        if data:
            self._add(_number(len(data) << 1 | 1) + data)

    def copy(self, length: int, offset: int) -> None:
        """Add a piece of the new file, which stands there so many bytes further on."""
        if length:
            change, self.offset = offset - self.offset, offset
            self._add(_number(length << 1) + _number(change << 1 if change >= 0 else (-change << 1) - 1))

    def _add(self, data: bytes) -> None:
        self._keep(self.packer.compress(data))

    def _keep(self, packed: bytes) -> None:
        self.packed += len(packed)
        if self.packed > MAX_DELTA_BYTES:
            raise TagError(f"not tagged: undo would have to keep more than {MAX_DELTA_BYTES >> 20} MB of the file")
        self.parts.append(packed)

    def finished(self) -> bytes:
        """Return the difference."""
        self._keep(self.packer.flush())
        return b"".join(self.parts)


class _Decoder:
    """Reads the pieces of a difference, a block at a time."""

    def __init__(self, packed: bytes) -> None:
        self.unpacker = zlib.decompressobj()
        self.packed, self.data, self.place = packed, b"", 0

    def _more(self) -> None:
        self.data, self.place = self.unpacker.decompress(self.packed, BLOCK), 0
        self.packed = self.unpacker.unconsumed_tail
        if not self.data:
            raise ValueError("a damaged delta (its end is missing)")

    def number(self) -> int:
        """Return the next number."""
        value = shift = 0
        while shift < 70:
            if self.place == len(self.data):
                self._more()
            byte = self.data[self.place]
            self.place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a damaged delta (number)")

    def take(self, length: int) -> Iterator[bytes]:
        """Yield the next literal bytes."""
        while length > 0:
            if self.place == len(self.data):
                self._more()
            data = self.data[self.place : self.place + length]
            self.place += len(data)
            length -= len(data)
            yield data


def _number(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _read(file: IO[bytes], length: int) -> Iterator[bytes]:
    while length > 0:
        data = file.read(min(length, BLOCK))
        if not data:
            raise ValueError("a delta of another file")
        yield data
        length -= len(data)


def _restored_first_format(delta: bytes, new: IO[bytes]) -> Iterator[bytes]:
    """Restore from a record of version 0.1.0."""
    unpacker = zlib.decompressobj()
    head, _, literals = unpacker.decompress(delta, MAX_DELTA_BYTES).partition(b"\n")
    if not unpacker.eof:
        raise ValueError("a damaged delta (its end is missing)")
    plan = json.loads(head)
    place = taken = 0
    for kind, length in plan["pieces"]:
        if kind < 0:
            yield literals[taken : taken + length]
            taken += length
        else:
            new.seek(place + (plan["shift"] if kind else 0))
            yield from _read(new, length)
        place += length

"""Find the parts of a file in another version of it, for `tagger.tags.delta`."""

from __future__ import annotations

import os
from typing import IO, Literal, Protocol

BLOCK = 1 << 20
"""Bytes compared, read or written at a time."""

READ_AHEAD = 1 << 18
"""Bytes read at least, so that nearby small ranges cost one read."""

SEARCH_WINDOW = 4096
"""Bytes of the old file that are searched at a time for the next match."""

MIN_MATCH = 24
"""Bytes of a match at a known offset at least."""

KEY_BYTES, MIN_SPACING, MAX_KEYS = 16, 32, 1 << 17
"""The index: bytes of a key, bytes from one key to the next at least, and the number of keys at most (about)."""

RECENT_OFFSETS = 4
"""Offsets of earlier matches that are tried before the index."""


class RandomReader:
    """Reads any byte range of a file; nearby small ranges cost one read.

    Parameters
    ----------
    file : file
        Open for reading, at its start.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.start, self.data = 0, file.read(READ_AHEAD)

    def read(self, offset: int, length: int) -> bytes:
        """Read bytes at an offset.

        Parameters
        ----------
        offset, length : int
            In bytes.

        Returns
        -------
        bytes
            Fewer at the end of the file, none at an offset below 0.
        """
        if offset < 0:
            return b""
        first = offset - self.start
        if first < 0 or first + length > len(self.data):
            self.file.seek(offset)
            self.start, self.data = offset, self.file.read(max(length, READ_AHEAD))
            first = 0
        return self.data[first : first + length]


def common_length(a: RandomReader, i: int, b: RandomReader, j: int, limit: int, *, backward: bool = False) -> int:
    """Count the equal bytes from two offsets on, or before them.

    Parameters
    ----------
    a, b : RandomReader
        The files.
    i, j : int
        Offsets in `a` and `b`.
    limit : int
        The largest count.
    backward : bool
        Count the bytes before the offsets.

    Returns
    -------
    int
    """
    equal, step = 0, SEARCH_WINDOW
    while length := min(step, limit - equal):
        distance = -equal - length if backward else equal
        left, right = a.read(i + distance, length), b.read(j + distance, length)
        if left != right or not left:
            # The first byte that is compared is the most significant one.
            order: Literal["little", "big"] = "little" if backward else "big"
            length = min(len(left), len(right))
            difference = int.from_bytes(left[:length], order) ^ int.from_bytes(right[:length], order)
            return equal + length - (difference.bit_length() + 7) // 8
        equal += len(left)
        step = min(step + step, BLOCK)
    return equal


class PieceEncoder(Protocol):
    """Takes the pieces of a delta in the order of the old file."""

    def literal(self, data: bytes) -> None:
        """Add bytes that the new file does not have.

        Parameters
        ----------
        data : bytes
            May be empty.
        """

    def copy(self, length: int, offset: int) -> None:
        """Add a part of the new file.

        Parameters
        ----------
        length : int
            In bytes; may be 0.
        offset : int
            Position in the new file minus position in the old one.
        """


class Matcher:
    """Finds the parts of a range of the old file in a range of the new one.

    Parameters
    ----------
    a, b : RandomReader
        The old and the new file.
    start, end : int
        The range of the old file.
    low, high : int
        The range of the new file.
    """

    def __init__(self, a: RandomReader, start: int, end: int, b: RandomReader, low: int, high: int) -> None:
        self.a, self.start, self.end = a, start, end
        self.b, self.low, self.high = b, low, high
        self.offsets = [0, b.size - a.size]
        self.index: dict[bytes, int] | None = None

    def encode(self, encoder: PieceEncoder) -> None:
        """Add the pieces of the range to a delta.

        Parameters
        ----------
        encoder : PieceEncoder
            Takes the pieces.
        """
        position = self.start
        # There is nothing to read before the end if the file became shorter; the caller compares the restored hash.
        while window := self.a.read(position, min(SEARCH_WINDOW, self.end - position)):
            found = self._next_match(position, window)
            if found is None:
                encoder.literal(window)
                position += len(window)
                continue
            skipped, offset = found
            match = position + skipped
            before = min(skipped, match + offset)
            back = common_length(self.a, match, self.b, match + offset, before, backward=True)
            encoder.literal(window[: skipped - back])
            length = back + common_length(self.a, match, self.b, match + offset, self.end - match)
            encoder.copy(length, offset)
            self.offsets = [offset, *(known for known in self.offsets if known != offset)][:RECENT_OFFSETS]
            position = match - back + length

    def _next_match(self, position: int, window: bytes) -> tuple[int, int] | None:
        """Return the distance to the next match and its offset."""
        known = self._match_at_known_offset(position, window)
        if known is None:
            return self._match_in_index(position, window, len(window))
        distance, _ = known
        if distance <= MIN_MATCH:
            return known  # it is so near that the index, which costs time, is not needed
        return self._match_in_index(position, window, distance) or known

    def _match_at_known_offset(self, position: int, window: bytes) -> tuple[int, int] | None:
        """Return the distance to the next match at an offset of an earlier one, and that offset."""
        found, distance = None, len(window)
        for offset in self.offsets:
            candidate = self.b.read(position + offset, distance)
            length = len(candidate)
            difference = int.from_bytes(window[:length], "big") ^ int.from_bytes(candidate, "big")
            start = difference.to_bytes(length, "big").find(bytes(MIN_MATCH))
            if start >= 0:
                found, distance = (start, offset), start
        return found

    def _match_in_index(self, position: int, window: bytes, limit: int) -> tuple[int, int] | None:
        """Return the distance to the next match in the index, which is below a limit, and its offset."""
        index = self._get_index()
        text = window + self.a.read(position + len(window), KEY_BYTES)
        for distance in range(limit):
            found = index.get(text[distance : distance + KEY_BYTES])
            if found is not None:
                return distance, found - position - distance
        return None

    def _get_index(self) -> dict[bytes, int]:
        if self.index is None:
            size = self.high - self.low
            spacing = max(MIN_SPACING, size // MAX_KEYS)
            self.index = {}
            for start in range(self.low, self.high, BLOCK):
                data = self.b.read(start, min(BLOCK, self.high - start))
                for position in range(0, len(data), spacing):
                    self.index.setdefault(data[position : position + KEY_BYTES], start + position)
        return self.index

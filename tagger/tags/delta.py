"""What it takes to turn a file with changed tags back into what it was, byte for byte.

Tags are a small part of a file, and writing them leaves the rest where it was or moves it as a whole. So the
old file is put together from pieces of the new one, at the same place or shifted by the difference of
the sizes, and from the few bytes that are in neither.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import IO

BLOCK, SMALLEST = 1 << 16, 1 << 5
"""Bytes compared at a time, and the shortest piece that is worth telling apart."""

LARGEST = 1 << 20
"""Bytes of a delta that are kept; what needs more is put back value by value."""


def make(old: str, new: str) -> bytes:
    """Return what turns the file `new` back into the file `old`, or nothing if that is too much."""
    pieces: list[list[int]] = []
    literals: list[bytes] = []
    literal = 0
    with open(old, "rb") as before, open(new, "rb") as after:
        shifts = (0, after.seek(0, 2) - before.seek(0, 2))
        for start in range(0, before.seek(0, 2), BLOCK):
            before.seek(start)
            for kind, data in _pieces(before.read(BLOCK), start, after, shifts):
                if kind < 0:
                    literals.append(data)
                    literal += len(data)
                    if literal > LARGEST:
                        return b""
                if pieces and pieces[-1][0] == kind:
                    pieces[-1][1] += len(data)
                else:
                    pieces.append([kind, len(data)])
    head = json.dumps({"shift": shifts[1], "pieces": pieces}).encode()
    delta = zlib.compress(head + b"\n" + b"".join(literals), 9)
    return delta if len(delta) <= LARGEST else b""


def _pieces(data: bytes, start: int, after: IO[bytes], shifts: tuple[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield parts of a block with the shift (0 or 1) at which the new file has them too, or -1."""
    for kind, shift in enumerate(shifts):
        if start + shift >= 0:
            after.seek(start + shift)
            if after.read(len(data)) == data:
                yield kind, data
                return
    if len(data) <= SMALLEST:
        yield -1, data
        return
    half = max(SMALLEST, len(data) // 2)
    yield from _pieces(data[:half], start, after, shifts)
    yield from _pieces(data[half:], start + half, after, shifts)


def apply(delta: bytes, new: str, old: str) -> None:
    """Write the file `old` from the file `new` and what `make` returned.

    Raises
    ------
    ValueError
        If the delta is damaged.
    """
    try:
        head, _, literals = zlib.decompress(delta).partition(b"\n")
        plan = json.loads(head)
        place = taken = 0
        with open(new, "rb") as source, open(old, "wb") as target:
            for kind, length in plan["pieces"]:
                if kind < 0:
                    target.write(literals[taken : taken + length])
                    taken += length
                else:
                    source.seek(place + (plan["shift"] if kind else 0))
                    _copy(source, target, length)
                place += length
    except (zlib.error, KeyError, TypeError) as error:
        raise ValueError(f"a damaged delta ({error})") from None


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> None:
    while length > 0:
        data = source.read(min(length, BLOCK))
        if not data:
            raise ValueError("a delta of another file")
        target.write(data)
        length -= len(data)


def content_hash(path: str) -> str:
    """Hash a whole file."""
    with open(path, "rb") as file:
        digest = hashlib.blake2b(digest_size=16)
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

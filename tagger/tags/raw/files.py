"""Hash, move and replace parts of files, and find the tags in front of the audio."""

from __future__ import annotations

import hashlib
from typing import IO

from tagger.errors import TagError

BLOCK = 1 << 20
MAX_TAG_BYTES = 256 << 20
"""Bytes of tags that are read into memory."""


def size_of(file: IO[bytes]) -> int:
    """Return the size of an open file."""
    return file.seek(0, 2)


def read(file: IO[bytes], start: int, size: int) -> bytes:
    """Read bytes that must be there.

    Raises
    ------
    TagError
        If the file ends before them, or they are too many.
    """
    if not 0 <= size <= MAX_TAG_BYTES:
        raise TagError("its tags are larger than can be read")
    file.seek(start)
    data = file.read(size)
    if len(data) != size:
        raise TagError("its tags are damaged (they end too early)")
    return data


def digest(file: IO[bytes], start: int, stop: int) -> bytes:
    """Hash a part of a file."""
    hashed = hashlib.blake2b(digest_size=16)
    file.seek(start)
    while (left := stop - start) > 0 and (data := file.read(min(BLOCK, left))):
        hashed.update(data)
        start += len(data)
    return hashed.digest()


def replace(file: IO[bytes], start: int, stop: int, data: bytes) -> None:
    """Put bytes in the place of a part of a file; what stands behind moves."""
    shift, end = len(data) - (stop - start), size_of(file)
    if shift > 0:
        for place in range(stop + (end - stop - 1) // BLOCK * BLOCK, stop - 1, -BLOCK):
            _move(file, place, min(BLOCK, end - place), shift)
    elif shift < 0:
        for place in range(stop, end, BLOCK):
            _move(file, place, min(BLOCK, end - place), shift)
        file.truncate(end + shift)
    file.seek(start)
    file.write(data)


def _move(file: IO[bytes], place: int, size: int, shift: int) -> None:
    file.seek(place)
    data = file.read(size)
    file.seek(place + shift)
    file.write(data)


def behind_id3v2(file: IO[bytes]) -> int:
    """Return where the ID3v2 tags at the start of a file end, 0 if there are none."""
    place = 0
    while True:
        file.seek(place)
        head = file.read(10)
        if len(head) < 10 or not head.startswith(b"ID3") or max(head[6:]) > 0x7F:
            return place
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        place += 10 + size + (10 if head[5] & 0x10 else 0)

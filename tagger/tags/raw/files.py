"""Read, hash and replace byte ranges of files, and skip ID3v2 tags at the start."""

from __future__ import annotations

import hashlib
import os
from typing import IO

from tagger.errors import TagError

BLOCK = 1 << 20
"""Bytes read, hashed or moved at a time."""

MAX_TAG_BYTES = 256 << 20
"""Bytes of tags that are read into memory at most."""

ID3V2_HEADER, ID3V2_FOOTER_FLAG = 10, 0x10


def file_size(file: IO[bytes]) -> int:
    """Return the size of an open file.

    Parameters
    ----------
    file : file
        Any binary file; its position moves to the end.

    Returns
    -------
    int
        In bytes.
    """
    return file.seek(0, os.SEEK_END)


def read_exactly(file: IO[bytes], start: int, size: int) -> bytes:
    """Read a byte range that must be complete.

    Parameters
    ----------
    file : file
        Open for reading.
    start, size : int
        Offset and length in bytes.

    Returns
    -------
    bytes

    Raises
    ------
    TagError
        If the file ends earlier, or the range is larger than `MAX_TAG_BYTES`.
    """
    if not 0 <= size <= MAX_TAG_BYTES:
        raise TagError("its tags are larger than can be read")
    file.seek(start)
    data = file.read(size)
    if len(data) != size:
        raise TagError("its tags are damaged (they end too early)")
    return data


def hash_range(file: IO[bytes], start: int, stop: int) -> bytes:
    """Hash a byte range.

    Parameters
    ----------
    file : file
        Open for reading.
    start, stop : int
        First offset of the range, and the offset after its last byte; a range beyond the end of the file is cut.

    Returns
    -------
    bytes
        BLAKE2b with 16 bytes.
    """
    hasher = hashlib.blake2b(digest_size=16)
    file.seek(start)
    while (remaining := stop - start) > 0 and (data := file.read(min(BLOCK, remaining))):
        hasher.update(data)
        start += len(data)
    return hasher.digest()


def replace_range(file: IO[bytes], start: int, stop: int, data: bytes) -> None:
    """Replace a byte range; the rest of the file moves if the new bytes are more or fewer.

    Parameters
    ----------
    file : file
        Open for reading and writing.
    start, stop : int
        First offset of the range, and the offset after its last byte.
    data : bytes
        The new bytes.
    """
    shift, end = len(data) - (stop - start), file_size(file)
    if shift > 0:
        # From the back, so that no block is overwritten before it is moved.
        for offset in range(stop + (end - stop - 1) // BLOCK * BLOCK, stop - 1, -BLOCK):
            _move_block(file, offset, min(BLOCK, end - offset), shift)
    elif shift < 0:
        for offset in range(stop, end, BLOCK):
            _move_block(file, offset, min(BLOCK, end - offset), shift)
        file.truncate(end + shift)
    file.seek(start)
    file.write(data)


def _move_block(file: IO[bytes], offset: int, size: int, shift: int) -> None:
    file.seek(offset)
    data = file.read(size)
    file.seek(offset + shift)
    file.write(data)


def id3v2_end(file: IO[bytes]) -> int:
    """Return the offset at which the ID3v2 tags at the start of a file end.

    Parameters
    ----------
    file : file
        Open for reading.

    Returns
    -------
    int
        0 if there is no such tag.
    """
    offset = 0
    while True:
        file.seek(offset)
        header = file.read(ID3V2_HEADER)
        if len(header) < ID3V2_HEADER or not header.startswith(b"ID3") or max(header[6:]) > 0x7F:
            return offset
        size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
        offset += ID3V2_HEADER + size + (ID3V2_HEADER if header[5] & ID3V2_FOOTER_FLAG else 0)

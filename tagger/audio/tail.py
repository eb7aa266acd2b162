"""Files without the tags at their end, for a demuxer that would take these for audio."""

from __future__ import annotations

import io
import os
import struct
from typing import IO, cast

ID3V1 = 128
APE_FOOTER = struct.Struct("<8sIIII8s")
HAS_HEADER = 1 << 31


def without(file: IO[bytes]) -> IO[bytes]:
    """Return the file itself or, if it is of Monkey's Audio, a view of it that ends before its tags.

    FFmpeg takes the last frame of such a file to reach to the end of the file.
    """
    start = file.read(4)
    file.seek(0)
    return cast(IO[bytes], _View(file, _end(file))) if start == b"MAC " else file


def _end(file: IO[bytes]) -> int:
    """Return where an APEv2 and an ID3v1 tag begin, one before the other, or the file's end."""
    end = file.seek(0, os.SEEK_END)
    if end >= ID3V1 and _at(file, end - ID3V1, 3) == b"TAG":
        end -= ID3V1
    footer = _at(file, max(0, end - APE_FOOTER.size), APE_FOOTER.size)
    if len(footer) == APE_FOOTER.size:
        magic, _, size, _, flags, _ = APE_FOOTER.unpack(footer)
        size += APE_FOOTER.size if flags & HAS_HEADER else 0
        if magic == b"APETAGEX" and size <= end:
            end -= size
    file.seek(0)
    return end


def _at(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


class _View(io.RawIOBase):
    """The first bytes of a file."""

    def __init__(self, file: IO[bytes], end: int) -> None:
        self.file, self.end = file, end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            return self.file.seek(self.end + offset)
        return self.file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.end - self.file.tell())
        return self.file.read(left if size < 0 else min(size, left))

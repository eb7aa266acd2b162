"""Files as a demuxer should see them: it may ask for impossible places, and must not take tags for audio."""

from __future__ import annotations

import errno
import io
import os
import struct
from typing import IO

ID3V1 = 128
APE_FOOTER = struct.Struct("<8sIIII8s")
HAS_HEADER = 1 << 31

ENDLESS = (b"MAC ", b"tBaK")
"""How files of Monkey's Audio and TAK begin: FFmpeg takes their last frame to reach to the end of the file."""


class View(io.RawIOBase):
    """An open file without its name, from which FFmpeg would guess, and without tags that it would take for audio.

    In a damaged file FFmpeg may seek to where nothing is; told so by an exception, PyAV prints it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        start = file.read(4)
        self.end = _end(file) if start in ENDLESS else file.seek(0, os.SEEK_END)
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek, and return the new place or, as FFmpeg does, a negative number for an error."""
        try:
            if whence == os.SEEK_END:
                return self.file.seek(self.end + offset)
            return self.file.seek(offset, whence)
        except (OSError, ValueError):
            return -errno.EINVAL

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.end - self.file.tell())
        return self.file.read(left if size < 0 else min(size, left))


def _end(file: IO[bytes]) -> int:
    """Return where the tags at a file's end begin: APEv2, ID3v1, or the one before the other."""
    end = file.seek(0, os.SEEK_END)
    size = _ape_size(file, end)
    # An APEv2 tag may hold the letters by which an ID3v1 tag is known, so it is looked for first.
    if not size and end >= ID3V1 and _at(file, end - ID3V1, 3) == b"TAG":
        end -= ID3V1
        size = _ape_size(file, end)
    return end - size


def _ape_size(file: IO[bytes], end: int) -> int:
    footer = _at(file, max(0, end - APE_FOOTER.size), APE_FOOTER.size)
    if len(footer) < APE_FOOTER.size:
        return 0
    magic, _, size, _, flags, _ = APE_FOOTER.unpack(footer)
    size += APE_FOOTER.size if flags & HAS_HEADER else 0
    return size if magic == b"APETAGEX" and size <= end else 0


def _at(file: IO[bytes], place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)

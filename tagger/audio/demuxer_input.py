"""Files as a demuxer should see them: it may ask for impossible places, and must not take tags for audio."""

from __future__ import annotations

import errno
import io
import os
import struct
from typing import IO

from tagger.audio.streamed_headers import patch, with_sizes

ID3V1 = 128
APE_FOOTER = struct.Struct("<8sIIII8s")
HAS_HEADER = 1 << 31

ENDLESS = (b"MAC ", b"tBaK")
"""How files of Monkey's Audio and TAK begin: FFmpeg takes their last frame to reach to the end of the file."""


ID3V2 = struct.Struct(">3sBBB4B")
FOOTER = 0x10

BEGINNINGS = (
    *(b"fLaC", b"OggS", b"TTA1", b"TTA2", b"wvpk", b"MPCK", b"MP+", b"MAC ", b"tBaK", b"OFR "),
    *(b"RIFF", b"RF64", b"riff", b"FORM", b"caff", b".snd", b"DSD ", b"#!AMR", b"\x0bw", b"ADIF"),
    *(b"\x1aE\xdf\xa3", b"0&\xb2u"),
)
"""How audio begins that is not MP3; an MP3's own tags FFmpeg passes over, of whatever size."""

MOST_ZEROS = 16 << 20
"""Bytes of zeros looked through behind a tag."""


class DemuxerInput(io.RawIOBase):
    """An open file without its name, from which FFmpeg would guess, and without tags that it would take for audio.

    In a damaged file FFmpeg may seek to where nothing is; told so by an exception, PyAV prints it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.start = _start(file)
        beginning = _at(file, self.start, 4)
        self.end = _end(file, self.start) if beginning in ENDLESS else file.seek(0, os.SEEK_END)
        self.mended = with_sizes(file, self.start, self.end)
        file.seek(self.start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek, and return the new place or, as FFmpeg does, a negative number for an error."""
        try:
            if whence == os.SEEK_END:
                offset += self.end
            elif whence == os.SEEK_CUR:
                offset += self.file.tell()
            else:
                offset += self.start
            return self.file.seek(offset) - self.start if offset >= self.start else -errno.EINVAL
        except (OSError, ValueError):
            return -errno.EINVAL

    def tell(self) -> int:
        return self.file.tell() - self.start

    def read(self, size: int = -1) -> bytes:
        place = self.file.tell()
        left = max(0, self.end - place)
        content = self.file.read(left if size < 0 else min(size, left))
        return patch(content, place, self.mended) if self.mended else content


def _start(file: IO[bytes]) -> int:
    """Return where audio other than MP3 begins behind ID3v2 tags, or 0.

    FFmpeg looks at the first bytes alone to tell what a file is: behind a large tag it sees nothing but the tag, and
    behind some zeros nothing that it knows.
    """
    start = 0
    while size := _id3v2_size(_at(file, start, ID3V2.size)):
        start += size
    if start:
        start += _zeros(file, start)
        beginning = _at(file, start, 8)
        for at in (start - 3, start - 2, start - 1):
            if _at(file, at + 4, 4) == b"ftyp":  # whose first bytes are zeros themselves
                return at
        adts = beginning[:1] == b"\xff" and beginning[1:2] and beginning[1] & 0xF6 == 0xF0
        if adts or beginning.startswith(BEGINNINGS):
            return start
    return 0


def _id3v2_size(head: bytes) -> int:
    if len(head) < ID3V2.size:
        return 0
    magic, version, revision, flags, *size = ID3V2.unpack(head)
    if magic != b"ID3" or 0xFF in (version, revision) or max(size) > 0x7F:
        return 0
    length = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
    return ID3V2.size + length + (ID3V2.size if flags & FOOTER else 0)


def _zeros(file: IO[bytes], start: int) -> int:
    """Count the zeros from a place on."""
    count = 0
    while count < MOST_ZEROS:
        piece = _at(file, start + count, 1 << 16)
        rest = len(piece.lstrip(b"\0"))
        count += len(piece) - rest
        if rest or not piece:
            break
    return count


def _end(file: IO[bytes], start: int) -> int:
    """Return where the tags at a file's end begin: APEv2, ID3v1, or the one before the other."""
    end = file.seek(0, os.SEEK_END)
    size = _ape_size(file, end)
    # An APEv2 tag may hold the letters by which an ID3v1 tag is known, so it is looked for first.
    if not size and end >= ID3V1 and _at(file, end - ID3V1, 3) == b"TAG":
        end -= ID3V1
        size = _ape_size(file, end)
    return max(start, end - size)


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

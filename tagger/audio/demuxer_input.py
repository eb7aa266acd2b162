"""A file as FFmpeg's demuxers read it: without tags that they would take for audio, and with errors as numbers."""

from __future__ import annotations

import errno
import io
import os
import struct
from typing import IO

from tagger.audio.streamed_headers import apply_patches, size_patches

ID3V1_SIZE = 128

APE_FOOTER = struct.Struct("<8sIIII8s")
"""Footer of an APEv2 tag: magic, version, size, number of items, flags and reserved bytes."""

APE_HAS_HEADER = 1 << 31
"""Flag of an APEv2 tag with a header."""

ID3V2_HEADER = struct.Struct(">3sBBB4B")
"""Header of an ID3v2 tag: magic, version, revision, flags and the size in four bytes of seven bits."""

ID3V2_HAS_FOOTER = 0x10
"""Flag of an ID3v2 tag with a footer."""

AUDIO_TO_END = (b"MAC ", b"tBaK")
"""First bytes of Monkey's Audio and TAK: FFmpeg assumes that their last frame ends with the file."""

MAGIC_BYTES = (
    *(b"fLaC", b"OggS", b"TTA1", b"TTA2", b"wvpk", b"MPCK", b"MP+", b"MAC ", b"tBaK", b"OFR "),
    *(b"RIFF", b"RF64", b"riff", b"FORM", b"caff", b".snd", b"DSD ", b"#!AMR", b"\x0bw", b"ADIF"),
    *(b"\x1aE\xdf\xa3", b"0&\xb2u"),
)
"""First bytes of formats other than MP3; FFmpeg itself skips the tags before MP3, of any size."""

MAX_PADDING = 16 << 20
"""Maximum number of zero bytes skipped after a tag."""


class DemuxerInput(io.RawIOBase):
    """An open file for FFmpeg, which gets neither its name nor the tags that it would take for audio.

    In a damaged file FFmpeg may seek to impossible positions; `seek` reports them by a negative number, because PyAV
    would print an exception.

    Parameters
    ----------
    file : file object
        Open for reading in binary mode.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.start = _audio_start(file)
        magic = _read_at(file, self.start, 4)
        self.end = _audio_end(file, self.start) if magic in AUDIO_TO_END else file.seek(0, os.SEEK_END)
        self._patches = size_patches(file, self.start, self.end)
        file.seek(self.start)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek; return the new position or, as FFmpeg does, a negative number for an error."""
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
        """Return the position from the start of the audio."""
        return self.file.tell() - self.start

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, or all up to the end of the audio."""
        position = self.file.tell()
        remaining = max(0, self.end - position)
        content = self.file.read(remaining if size < 0 else min(size, remaining))
        return apply_patches(content, position, self._patches) if self._patches else content


def _audio_start(file: IO[bytes]) -> int:
    """Return the position of audio other than MP3 after ID3v2 tags, or 0.

    FFmpeg recognises a format by the first bytes alone: it fails behind a large tag and behind some zero bytes.
    """
    start = 0
    while size := _id3v2_size(_read_at(file, start, ID3V2_HEADER.size)):
        start += size
    if start:
        start += _count_zeros(file, start)
        magic = _read_at(file, start, 8)
        for box in (start - 3, start - 2, start - 1):
            if _read_at(file, box + 4, 4) == b"ftyp":  # an MP4 file, which itself begins with zero bytes
                return box
        is_adts = magic[:1] == b"\xff" and len(magic) > 1 and magic[1] & 0xF6 == 0xF0
        if is_adts or magic.startswith(MAGIC_BYTES):
            return start
    return 0


def _id3v2_size(header: bytes) -> int:
    """Return the size of an ID3v2 tag in bytes, with its header and footer; 0 if this is not the header of one."""
    if len(header) < ID3V2_HEADER.size:
        return 0
    magic, version, revision, flags, *size = ID3V2_HEADER.unpack(header)
    if magic != b"ID3" or 0xFF in (version, revision) or max(size) > 0x7F:
        return 0
    length: int = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
    return ID3V2_HEADER.size + length + (ID3V2_HEADER.size if flags & ID3V2_HAS_FOOTER else 0)


def _count_zeros(file: IO[bytes], start: int) -> int:
    """Return the number of zero bytes from a position on."""
    count = 0
    while count < MAX_PADDING:
        piece = _read_at(file, start + count, 1 << 16)
        rest = len(piece.lstrip(b"\0"))
        count += len(piece) - rest
        if rest or not piece:
            break
    return count


def _audio_end(file: IO[bytes], start: int) -> int:
    """Return the position of the tags at the end of a file: APEv2, ID3v1, or ID3v1 after APEv2."""
    end = file.seek(0, os.SEEK_END)
    size = _ape_size(file, end)
    # An APEv2 tag may contain the letters that identify an ID3v1 tag, so the APEv2 tag is looked for first.
    if not size and end >= ID3V1_SIZE and _read_at(file, end - ID3V1_SIZE, 3) == b"TAG":
        end -= ID3V1_SIZE
        size = _ape_size(file, end)
    return max(start, end - size)


def _ape_size(file: IO[bytes], end: int) -> int:
    """Return the size of the APEv2 tag that ends at a position, in bytes; 0 if there is none."""
    footer = _read_at(file, max(0, end - APE_FOOTER.size), APE_FOOTER.size)
    if len(footer) < APE_FOOTER.size:
        return 0
    magic: bytes
    size: int
    magic, _, size, _, flags, _ = APE_FOOTER.unpack(footer)
    size += APE_FOOTER.size if flags & APE_HAS_HEADER else 0
    return size if magic == b"APETAGEX" and size <= end else 0


def _read_at(file: IO[bytes], position: int, length: int) -> bytes:
    file.seek(position)
    return file.read(length)

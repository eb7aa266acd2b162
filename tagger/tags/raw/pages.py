"""Read and build the pages of Ogg files (RFC 3533)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

from tagger.tags.raw.files import BLOCK, file_size

MAGIC = b"OggS"
CONTINUED, FIRST, LAST = 1, 2, 4
"""Page flags: the page continues a packet, begins a stream, ends a stream."""

MAX_SEGMENTS, FULL_SEGMENT = 255, 255
"""Segments of a page at most, and the length of a segment that does not end its packet."""

NO_POSITION = b"\xff" * 8
"""Granule position of a page on which no packet ends."""

HEADER = struct.Struct("<4sBB8sIIIB")

_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """One page of an Ogg file.

    Attributes
    ----------
    start : int
        Offset of its first byte in the file.
    flags : int
        `CONTINUED`, `FIRST` and `LAST`.
    position : bytes
        Granule position, not decoded.
    serial, number : int
        Serial number of the stream, and the page's number in it.
    checksum : int
        As stored in the file, right or wrong.
    segments : bytes
        Lengths of the segments.
    body : bytes
        The segments.
    """

    start: int
    flags: int
    position: bytes
    serial: int
    number: int
    checksum: int
    segments: bytes
    body: bytes

    @property
    def stop(self) -> int:
        """Offset after its last byte."""
        return self.start + HEADER.size + len(self.segments) + len(self.body)

    def without_checksum(self) -> bytes:
        """Serialise the page with zeros as checksum.

        Returns
        -------
        bytes
        """
        header = HEADER.pack(MAGIC, 0, self.flags, self.position, self.serial, self.number, 0, len(self.segments))
        return header + self.segments + self.body

    def to_bytes(self) -> bytes:
        """Serialise the page with the right checksum.

        Returns
        -------
        bytes
        """
        data = self.without_checksum()
        return data[:22] + struct.pack("<I", page_checksum(data)) + data[26:]


def page_checksum(data: bytes) -> int:
    """Return the checksum of a page: CRC-32 with zlib's polynomial, the opposite bit order and no inversion.

    Parameters
    ----------
    data : bytes
        The page with zeros as checksum.

    Returns
    -------
    int
        32 bits.
    """
    crc = ~zlib.crc32(data.translate(_REVERSED_BITS), -1 & 0xFFFFFFFF) & 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED_BITS), "big")


def iter_pages(file: IO[bytes], offset: int = 0) -> Iterator[Page | tuple[int, int]]:
    """Yield the pages of a file, and the ranges between them that are not pages.

    Parameters
    ----------
    file : file
        Open for reading.
    offset : int
        Where to begin.

    Yields
    ------
    Page or (int, int)
        A page, or start and end of a range without one.
    """
    while True:
        page = read_page(file, offset)
        if page is not None:
            yield page
            offset = page.stop
        elif (following := _next_page_start(file, offset)) > offset:
            yield offset, following
            offset = following
        else:
            return


def read_page(file: IO[bytes], offset: int) -> Page | None:
    """Read the page at an offset.

    Parameters
    ----------
    file : file
        Open for reading.
    offset : int
        Where the page begins.

    Returns
    -------
    Page or None
        None if no complete page begins there.
    """
    file.seek(offset)
    header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    magic, version, flags, position, serial, number, crc, count = HEADER.unpack(header)
    if magic != MAGIC or version != 0:
        return None
    segments = file.read(count)
    size = sum(segments)
    body = file.read(size)
    if len(segments) < count or len(body) < size:
        return None
    return Page(offset, flags, position, serial, number, crc, segments, body)


def _next_page_start(file: IO[bytes], offset: int) -> int:
    """Return the offset of the next page, or the end of the file."""
    end = file_size(file)
    block_start = offset + 1
    while block_start < end:
        file.seek(block_start)
        block = file.read(BLOCK)
        index = block.find(MAGIC)
        while index >= 0:
            if read_page(file, block_start + index) is not None:
                return block_start + index
            index = block.find(MAGIC, index + 1)
        block_start += max(1, len(block) - len(MAGIC) + 1)
    return max(end, offset)


def paginate(segments: bytes, body: bytes, old: list[Page]) -> list[Page]:
    """Distribute segments over pages: as many pages as before, or more if they do not fit.

    Parameters
    ----------
    segments, body : bytes
        Lengths of the segments, and the segments.
    old : list of Page
        The pages that the new ones replace; each keeps as many segments as possible.

    Returns
    -------
    list of Page
        Numbered from the number of the first old page.
    """
    new: list[Page] = []
    done = body_done = 0
    flags = old[0].flags & ~LAST
    while done < len(segments):
        remaining = len(segments) - done
        pages_after = len(old) - len(new) - 1
        preferred = len(old[len(new)].segments) if pages_after > 0 else remaining
        # Enough that the pages after this one can hold the rest, and few enough that each of them gets a segment.
        least = remaining - MAX_SEGMENTS * max(pages_after, 0)
        count = min(max(preferred, least, 1), MAX_SEGMENTS, max(1, remaining - max(pages_after, 0)))
        lengths = segments[done : done + count]
        size = sum(lengths)
        position = bytes(8) if any(length < FULL_SEGMENT for length in lengths) else NO_POSITION
        # Numbers that the old pages skip stay skipped.
        number = old[len(new)].number if pages_after >= 0 else (new[-1].number + 1) % 2**32
        new.append(Page(0, flags, position, old[0].serial, number, 0, lengths, body[body_done : body_done + size]))
        done, body_done = done + count, body_done + size
        flags = CONTINUED if lengths[-1] == FULL_SEGMENT else 0
    new[-1] = replace(new[-1], flags=new[-1].flags | old[-1].flags & LAST, position=old[-1].position)
    return new

"""The pages of Ogg."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tagger.tags.raw.files import BLOCK

MAGIC = b"OggS"
CONTINUED, FIRST, LAST = 1, 2, 4
MOST_SEGMENTS, WHOLE = 255, 255
NOWHERE = b"\xff" * 8
HEAD = struct.Struct("<4sBB8sIIIB")

_BACKWARDS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """One page, and where it stands.

    Attributes
    ----------
    start : int
        Its first byte in the file.
    flags : int
        Whether it continues a packet, begins a stream, or ends one.
    position : bytes
        What its granule position is, as it stands there.
    serial, number : int
        The stream, and the page's number in it.
    checksum : int
        As it stands there, right or wrong.
    segments : bytes
        Lengths of the pieces of packets.
    body : bytes
        The pieces.
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
        """The first byte behind it."""
        return self.start + HEAD.size + len(self.segments) + len(self.body)

    def bare(self) -> bytes:
        """Return its bytes, with zeros for the checksum."""
        head = HEAD.pack(MAGIC, 0, self.flags, self.position, self.serial, self.number, 0, len(self.segments))
        return head + self.segments + self.body

    def build(self) -> bytes:
        """Return its bytes, with the right checksum."""
        data = self.bare()
        return data[:22] + struct.pack("<I", checksum(data)) + data[26:]


def checksum(data: bytes) -> int:
    """Return the checksum of a page: a CRC with the polynomial of zlib's, in the other order of bits."""
    crc = ~zlib.crc32(data.translate(_BACKWARDS), -1 & 0xFFFFFFFF) & 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_BACKWARDS), "big")


def pages(file: IO[bytes], place: int = 0) -> Iterator[Page | tuple[int, int]]:
    """Yield the pages of a file, and for what is no page where it begins and ends."""
    while True:
        page = page_at(file, place)
        if page is not None:
            yield page
            place = page.stop
        elif (following := _next(file, place)) > place:
            yield place, following
            place = following
        else:
            return


def page_at(file: IO[bytes], place: int) -> Page | None:
    """Read the page that begins here, None if none does."""
    file.seek(place)
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    magic, version, flags, position, serial, number, crc, count = HEAD.unpack(head)
    if magic != MAGIC or version != 0:
        return None
    segments = file.read(count)
    size = sum(segments)
    body = file.read(size)
    if len(segments) < count or len(body) < size:
        return None
    return Page(place, flags, position, serial, number, crc, segments, body)


def _next(file: IO[bytes], place: int) -> int:
    """Return where the next page begins, or the end of the file."""
    end = file.seek(0, 2)
    at = place + 1
    while at < end:
        file.seek(at)
        block = file.read(BLOCK)
        found = block.find(MAGIC)
        while found >= 0:
            if page_at(file, at + found) is not None:
                return at + found
            found = block.find(MAGIC, found + 1)
        at += max(1, len(block) - len(MAGIC) + 1)
    return max(end, place)


def cut(segments: bytes, body: bytes, old: list[Page]) -> list[Page]:
    """Lay pieces of packets out in as many pages as there were, in more if they do not fit.

    Parameters
    ----------
    segments, body : bytes
        Lengths of the pieces, and the pieces.
    old : list of Page
        The pages in whose place the new ones come; each keeps as many pieces as it can.

    Returns
    -------
    list of Page
        Numbered on from the first of the old ones.
    """
    new: list[Page] = []
    place = taken = 0
    flags = old[0].flags & ~LAST
    while place < len(segments):
        left = len(segments) - place
        behind = len(old) - len(new) - 1
        wanted = len(old[len(new)].segments) if behind > 0 else left
        # Not so few that the pages behind could not hold the rest, nor so many that they would be empty.
        count = min(max(wanted, left - MOST_SEGMENTS * max(behind, 0), 1), MOST_SEGMENTS, max(1, left - max(behind, 0)))
        mine = segments[place : place + count]
        size = sum(mine)
        position = bytes(8) if any(length < WHOLE for length in mine) else NOWHERE
        # Numbers that the old pages leave out stay left out.
        number = old[len(new)].number if behind >= 0 else (new[-1].number + 1) % 2**32
        new.append(Page(0, flags, position, old[0].serial, number, 0, mine, body[taken : taken + size]))
        place, taken = place + count, taken + size
        flags = CONTINUED if mine[-1] == WHOLE else 0
    last = new[-1]
    new[-1] = Page(
        0, last.flags | old[-1].flags & LAST, old[-1].position, last.serial, last.number, 0, last.segments, last.body
    )
    return new

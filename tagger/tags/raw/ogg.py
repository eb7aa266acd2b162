"""The comments of the first audio stream in an Ogg file, and all its other pages."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry, vorbis
from tagger.tags.raw.files import MAX_TAG_BYTES, behind_id3v2, digest, replace
from tagger.tags.raw.items import Item, damaged
from tagger.tags.raw.pages import CONTINUED, FIRST, LAST, WHOLE, Page, checksum, cut, page_at, pages

KINDS = {b"\x01vorbis": "OggVorbis", b"OpusHead": "OggOpus", b"Speex   ": "OggSpeex", b"\x7fFLAC": "OggFLAC"}
"""By the start of a stream's first packet."""

PREFIXES = {"OggVorbis": b"\x03vorbis", "OggOpus": b"OpusTags", "OggSpeex": b"", "OggFLAC": b"\x04"}
"""What stands in front of the comments in their packet; in FLAC a length follows."""

OTHERS = (b"\x80theora", b"BBCD", b"OVP80")
"""Video, whose files are not music."""

INDEX, INDEXED = b"index\0", 100
"""The start of a packet of Ogg Skeleton that says at which bytes pages begin, and the pages among which it stands."""


def kind_of(file: IO[bytes]) -> str | None:
    """Tell what the first audio stream of a file is, None if there is none, or video beside it."""
    found, place = None, behind_id3v2(file)
    while (page := page_at(file, place)) is not None and page.flags & FIRST:
        if page.body.startswith(OTHERS):
            return None
        found = found or next((kind for start, kind in KINDS.items() if page.body.startswith(start)), None)
        place = page.stop
    return found


class Ogg(vorbis.Commented):
    """An Ogg file. In one of several files joined, the comments of the first are those that count."""

    def __init__(self, file: IO[bytes]) -> None:
        kind = kind_of(file)
        if kind is None:
            raise damaged("it holds no audio stream that is known")
        self.kind = kind
        self.serial = -1
        self.pages: list[Page] = []
        self.between: list[Page] = []
        self.start = behind_id3v2(file)
        size = 0
        for page in self._headers(file):
            self.pages.append(page)
            size += len(page.body)
            if size > MAX_TAG_BYTES:
                raise TagError("its comments are larger than can be read")
        segments = b"".join(page.segments for page in self.pages)
        body = b"".join(page.body for page in self.pages)
        count = next((i for i, length in enumerate(segments) if length < WHOLE), len(segments)) + 1
        self.length = sum(segments[:count])
        self.segments, self.body = segments[count:], body[self.length :]
        packet = body[: self.length]
        self.prefix = packet[: len(PREFIXES[kind])]
        if self.prefix not in (PREFIXES[kind], b"\x84" if kind == "OggFLAC" else None):
            raise damaged("its second packet does not hold the comments")
        content = packet[len(self.prefix) :]
        if kind == "OggFLAC":
            length = int.from_bytes(content[:3], "big")
            if length != len(content) - 3:
                raise damaged("its comments are not as long as they say")
            content = content[3:]
        self.comments = vorbis.parse(content)
        self.items = self.comments.items

    def _headers(self, file: IO[bytes]) -> Iterator[Page]:
        """Yield the pages from the start of the comments to the end of the page on which they end."""
        whole = False
        for page in pages(file, self.start):
            if not isinstance(page, Page):
                raise damaged("its pages do not follow one another")
            if self.serial < 0 and page.flags & FIRST and page.body.startswith(tuple(KINDS)):
                self.serial = page.serial
                if sum(length < WHOLE for length in page.segments) != 1 or page.segments[-1:] == b"\xff":
                    raise damaged("its first page holds more than it may")
            elif page.serial == self.serial:
                if page.flags & FIRST or (not self.pages and page.flags & CONTINUED):
                    raise damaged("its comments do not begin where they should")
                yield page
                whole = any(length < WHOLE for length in page.segments)
                if whole:
                    return
            elif self.pages:
                self.between.append(page)
        raise damaged("its comments end too early")

    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        first, last = self.pages[0], self.pages[-1]
        frame = struct.pack("<II", first.flags & ~LAST, last.flags & LAST) + last.position
        entries = [
            Entry("front", "", digest(file, 0, self.start)),
            Entry("headers", "", frame),
            *self.comments.listed(ours),
            Entry("headers", "packets behind the comments", self.segments + self.body),
        ]
        hashed, numbers = hashlib.blake2b(digest_size=16), dict[int, int]()
        headers = {page.start for page in self.pages}
        for page in pages(file, self.start):
            if not isinstance(page, Page):
                hashed.update(digest(file, *page))
                continue
            before = 0 if page.flags & FIRST else numbers.get(page.serial, 0)
            step = (page.number - before) % 2**32
            numbers[page.serial] = page.number
            if page.start not in headers:
                bare = page.bare()
                right = checksum(bare) == page.checksum
                # The number counts by its difference from the last one; a wrong checksum has to stay wrong.
                hashed.update(bare[:18] + struct.pack("<I?", step, right) + bare[22:])
        return [*entries, Entry("pages", "", hashed.digest())]

    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        content = self.comments.build(items)
        if self.kind == "OggFLAC":
            if len(content) >> 24:
                raise TagError("its comments would be larger than a FLAC block can be")
            content = len(content).to_bytes(3, "big") + content
        packet = self.prefix + content
        first = [page for page in islice(pages(file, self.start), INDEXED) if isinstance(page, Page)]
        if len(packet) != self.length and any(page.body.startswith(INDEX) for page in first):
            raise TagError("it has an index of its pages, which would no longer be right")
        segments = b"\xff" * (len(packet) // WHOLE) + bytes([len(packet) % WHOLE]) + self.segments
        new = cut(segments, packet + self.body, self.pages)
        # Pages of other streams in between stay where they are.
        places = [page.start for page in self.pages[:-1]] + [self.pages[-1].start] * (len(new) - len(self.pages) + 1)
        parts = [(place, page.build()) for place, page in zip(places, new, strict=False)]
        last = self.pages[-1]
        parts += [(page.start, file_bytes(file, page)) for page in self.between if page.start < last.start]
        data = b"".join(part for _, part in sorted(parts, key=lambda part: part[0]))
        replace(file, self.pages[0].start, last.stop, data)
        if step := len(new) - len(self.pages):
            _renumber(file, self.pages[0].start + len(data), self.serial, step)


def file_bytes(file: IO[bytes], page: Page) -> bytes:
    """Return a page as it stands in the file."""
    file.seek(page.start)
    return file.read(page.stop - page.start)


def _renumber(file: IO[bytes], place: int, serial: int, step: int) -> None:
    """Count the pages on to the end of their stream, keeping gaps, and wrong checksums wrong."""
    for page in pages(file, place):
        if not isinstance(page, Page) or page.serial != serial:
            continue
        if page.flags & FIRST:
            return
        number = struct.pack("<I", (page.number + step) % 2**32)
        change = bytes(a ^ b for a, b in zip(number, struct.pack("<I", page.number), strict=True))
        # The checksum is linear: that of the changed page differs by that of the change.
        crc = page.checksum ^ checksum(bytes(18) + change + bytes(page.stop - page.start - 22))
        file.seek(page.start + 18)
        file.write(number + struct.pack("<I", crc))
        if page.flags & LAST:
            return

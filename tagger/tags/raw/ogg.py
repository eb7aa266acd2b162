"""Parse and write the comments of the first audio stream in an Ogg file."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from itertools import islice
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry, vorbis
from tagger.tags.raw.files import MAX_TAG_BYTES, hash_range, id3v2_end, read_exactly, replace_range
from tagger.tags.raw.items import IsOurs, Item, damaged_tags
from tagger.tags.raw.pages import (
    CONTINUED,
    FIRST,
    FULL_SEGMENT,
    LAST,
    Page,
    iter_pages,
    page_checksum,
    paginate,
    read_page,
)

KINDS = {b"\x01vorbis": "OggVorbis", b"OpusHead": "OggOpus", b"Speex   ": "OggSpeex", b"\x7fFLAC": "OggFLAC"}
"""Kind of a file by the start of its stream's first packet."""

PREFIXES = {"OggVorbis": b"\x03vorbis", "OggOpus": b"OpusTags", "OggSpeex": b"", "OggFLAC": b"\x04"}
"""What precedes the comment header in its packet; in FLAC a length follows."""

LAST_FLAC_BLOCK = b"\x84"
"""Prefix in Ogg FLAC if no metadata block follows the comments."""

VIDEO_CODECS = (b"\x80theora", b"BBCD", b"OVP80")
"""Starts of video streams; files with video are not music."""

INDEX_MAGIC, INDEX_SEARCH_PAGES = b"index\0", 100
"""Start of a packet of Ogg Skeleton that lists offsets of pages, and the pages at the start that may hold it."""


def ogg_kind(file: IO[bytes]) -> str | None:
    """Return the kind of a file's first audio stream.

    Parameters
    ----------
    file : file
        Open for reading.

    Returns
    -------
    str or None
        Name of mutagen's class; None if there is no known audio stream, or a video stream.
    """
    kind, offset = None, id3v2_end(file)
    while (page := read_page(file, offset)) is not None and page.flags & FIRST:
        if page.body.startswith(VIDEO_CODECS):
            return None
        kind = kind or next((name for start, name in KINDS.items() if page.body.startswith(start)), None)
        offset = page.stop
    return kind


class OggLayout(vorbis.VorbisCommentLayout):
    """An Ogg file. If several files are joined, the comments of the first are used.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    TagError
        If its pages or comments are damaged or too large, or it has no known audio stream.
    """

    def __init__(self, file: IO[bytes]) -> None:
        kind = ogg_kind(file)
        if kind is None:
            raise damaged_tags("it holds no audio stream that is known")
        self.kind = kind
        self.serial = -1
        self.pages: list[Page] = []
        self.interleaved: list[Page] = []
        self.start = id3v2_end(file)
        size = 0
        for page in self._comment_pages(file):
            self.pages.append(page)
            size += len(page.body)
            if size > MAX_TAG_BYTES:
                raise TagError("its comments are larger than can be read")
        segments = b"".join(page.segments for page in self.pages)
        body = b"".join(page.body for page in self.pages)
        count = next((i for i, length in enumerate(segments) if length < FULL_SEGMENT), len(segments)) + 1
        self.length = sum(segments[:count])
        self.segments, self.body = segments[count:], body[self.length :]
        self._parse_packet(body[: self.length])

    def _parse_packet(self, packet: bytes) -> None:
        """Parse the packet of the comments."""
        prefix = PREFIXES[self.kind]
        self.prefix = packet[: len(prefix)]
        if self.prefix not in (prefix, LAST_FLAC_BLOCK if self.kind == "OggFLAC" else None):
            raise damaged_tags("its second packet does not hold the comments")
        content = packet[len(self.prefix) :]
        if self.kind == "OggFLAC":
            if int.from_bytes(content[:3], "big") != len(content) - 3:
                raise damaged_tags("its comments do not have the length that is stated")
            content = content[3:]
        self.comments = vorbis.parse_comments(content)
        self.items = self.comments.items

    def _comment_pages(self, file: IO[bytes]) -> Iterator[Page]:
        """Yield the pages from the start of the comments to the page on which they end."""
        for page in iter_pages(file, self.start):
            if not isinstance(page, Page):
                raise damaged_tags("its pages do not follow one another")
            if self.serial < 0 and page.flags & FIRST and page.body.startswith(tuple(KINDS)):
                self.serial = page.serial
                if sum(length < FULL_SEGMENT for length in page.segments) != 1 or page.segments[-1:] == b"\xff":
                    raise damaged_tags("its first page holds more than one packet")
            elif page.serial == self.serial:
                if page.flags & FIRST or (not self.pages and page.flags & CONTINUED):
                    raise damaged_tags("its comments do not begin on the second page")
                yield page
                if any(length < FULL_SEGMENT for length in page.segments):
                    return
            elif self.pages:
                self.interleaved.append(page)
        raise damaged_tags("its comments end too early")

    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        first, last = self.pages[0], self.pages[-1]
        frame = struct.pack("<II", first.flags & ~LAST, last.flags & LAST) + last.position
        return [
            Entry("before", "", hash_range(file, 0, self.start)),
            Entry("headers", "", frame),
            *self.comments.other_entries(is_ours),
            Entry("headers", "packets after the comments", self.segments + self.body),
            Entry("pages", "", self._hash_other_pages(file)),
        ]

    def _hash_other_pages(self, file: IO[bytes]) -> bytes:
        """Hash all pages but those of the comments, regardless of an offset of their numbers."""
        hasher, numbers = hashlib.blake2b(digest_size=16), dict[int, int]()
        comment_pages = {page.start for page in self.pages}
        for page in iter_pages(file, self.start):
            if not isinstance(page, Page):
                hasher.update(hash_range(file, *page))
                continue
            previous = 0 if page.flags & FIRST else numbers.get(page.serial, 0)
            step = (page.number - previous) % 2**32
            numbers[page.serial] = page.number
            if page.start not in comment_pages:
                data = page.without_checksum()
                correct = page_checksum(data) == page.checksum
                # Only the difference to the previous number is hashed; a wrong checksum has to stay wrong.
                hasher.update(data[:18] + struct.pack("<I?", step, correct) + data[22:])
        return hasher.digest()

    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        content = self.comments.to_bytes(items)
        if self.kind == "OggFLAC":
            if len(content) >> 24:
                raise TagError("its comments would be larger than a FLAC block can be")
            content = len(content).to_bytes(3, "big") + content
        packet = self.prefix + content
        if len(packet) != self.length and self._has_index(file):
            raise TagError("it has an index of its pages, which would become wrong")
        segments = b"\xff" * (len(packet) // FULL_SEGMENT) + bytes([len(packet) % FULL_SEGMENT]) + self.segments
        new = paginate(segments, packet + self.body, self.pages)
        last = self.pages[-1]
        # Pages of other streams keep their positions between the old pages.
        offsets = [page.start for page in self.pages[:-1]] + [last.start] * (len(new) - len(self.pages) + 1)
        parts = [(offset, page.to_bytes()) for offset, page in zip(offsets, new, strict=False)]
        parts += [
            (page.start, read_exactly(file, page.start, page.stop - page.start))
            for page in self.interleaved
            if page.start < last.start
        ]
        data = b"".join(part for _, part in sorted(parts, key=lambda part: part[0]))
        replace_range(file, self.pages[0].start, last.stop, data)
        if step := len(new) - len(self.pages):
            _renumber(file, self.pages[0].start + len(data), self.serial, step)

    def _has_index(self, file: IO[bytes]) -> bool:
        first = islice(iter_pages(file, self.start), INDEX_SEARCH_PAGES)
        return any(isinstance(page, Page) and page.body.startswith(INDEX_MAGIC) for page in first)


def _renumber(file: IO[bytes], offset: int, serial: int, step: int) -> None:
    """Add a step to the page numbers of a stream up to its end; wrong checksums stay wrong."""
    for page in iter_pages(file, offset):
        if not isinstance(page, Page) or page.serial != serial:
            continue
        if page.flags & FIRST:
            return
        number = struct.pack("<I", (page.number + step) % 2**32)
        change = bytes(a ^ b for a, b in zip(number, struct.pack("<I", page.number), strict=True))
        # The checksum is linear: that of the changed page differs by that of the change.
        crc = page.checksum ^ page_checksum(bytes(18) + change + bytes(page.stop - page.start - 22))
        file.seek(page.start + 18)
        file.write(number + struct.pack("<I", crc))
        if page.flags & LAST:
            return

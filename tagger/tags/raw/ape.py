"""Parse and write the APEv2 tag at the end of a file, which ID3v1 and Lyrics3 tags may follow."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO

from tagger.tags.raw import Entry
from tagger.tags.raw.files import file_size, hash_range, read_exactly, replace_range
from tagger.tags.raw.items import MAX_ITEMS, IsOurs, Item, ItemLayout, ItemValues, damaged_tags, decode_text

MAGIC, FRAME_SIZE = b"APETAGEX", 32
"""Start and size in bytes of the header and the footer."""

HAS_HEADER, IS_HEADER = 1 << 31, 1 << 29
VERSION = 2000
ID3V1_SIZE, ENHANCED_SIZE, MAX_LYRICS3 = 128, 227, 5100
TEXT, TYPE_MASK = 0, 0b110


class ApeLayout(ItemLayout):
    """A file with an APEv2 tag, or the position for a new one: after the audio, before ID3v1 and Lyrics3.

    Parameters
    ----------
    file : file
        Open for reading.
    kind : str
        Kind of the file.

    Raises
    ------
    TagError
        If the tag is damaged.
    """

    def __init__(self, file: IO[bytes], kind: str) -> None:
        self.kind = kind
        self.header = self.footer = self.trailing = b""
        self.items = ()
        self.start = self.stop = size = file_size(file)
        while not (has_tag := _footer_ends_at(file, self.stop)) and (other_tag := _trailing_tag_size(file, self.stop)):
            self.stop -= other_tag
        self.start = self.stop
        if has_tag:
            self._parse(file)
        self.size_after = size - self.stop

    def _parse(self, file: IO[bytes]) -> None:
        self.footer = read_exactly(file, self.stop - FRAME_SIZE, FRAME_SIZE)
        _, size, count, flags = struct.unpack_from("<IIII", self.footer, 8)
        self.start = self.stop - size
        if size < FRAME_SIZE or self.start < 0:
            raise damaged_tags("an APE tag is larger than the file")
        content = read_exactly(file, self.start, size - FRAME_SIZE)
        if flags & HAS_HEADER and self.start >= FRAME_SIZE:
            header = read_exactly(file, self.start - FRAME_SIZE, FRAME_SIZE)
            if header.startswith(MAGIC):
                self.header, self.start = header, self.start - FRAME_SIZE
        if count > MAX_ITEMS:
            raise damaged_tags("an APE tag has too many items")
        offset, items = 0, []
        for _ in range(count):
            key_end = content.find(b"\0", offset + 8)
            if key_end < 0:
                raise damaged_tags("an APE tag has fewer items than its footer states")
            (length,) = struct.unpack_from("<I", content, offset)
            end = key_end + 1 + length
            if end > len(content):
                raise damaged_tags("an item of an APE tag is longer than the tag")
            items.append(_parse_item(content[offset:end]))
            offset = end
        self.items, self.trailing = tuple(items), content[offset:]

    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        entries = [Entry("audio", "", hash_range(file, 0, self.start))]
        if not self._made_by_emotag() or not all(map(is_ours, self.items)):
            # Without the sizes and counts, which follow from the items.
            frames = [(name, frame) for name, frame in (("header", self.header), ("footer", self.footer)) if frame]
            entries += [Entry("ape", name, frame[:12] + frame[20:]) for name, frame in frames]
            entries += [Entry("ape", item.name, item.raw) for item in self.items if not is_ours(item)]
            entries += [Entry("ape", "trailing", self.trailing)]
        return [*entries, Entry("after", "", hash_range(file, self.stop, self.stop + self.size_after))]

    def _made_by_emotag(self) -> bool:
        """Return whether header and footer are those that emotag gives a new tag, or missing."""
        return not self.footer or (self.header, self.footer, self.trailing) == (*_new_frames(self.items), b"")

    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        content = b"".join(item.raw for item in items) + self.trailing
        if not items and self._made_by_emotag():
            content = b""
        elif self.footer:
            numbers = struct.pack("<II", len(content) + FRAME_SIZE, len(items))
            header, footer = (
                frame[:12] + numbers + frame[20:] if frame else b"" for frame in (self.header, self.footer)
            )
            content = header + content + footer
        else:
            header, footer = _new_frames(items)
            content = header + content + footer
        replace_range(file, self.start, self.stop, content)

    def encode_value(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    def make_item(self, name: str, values: Sequence[bytes], template: Item | None) -> Item:
        flags = template.raw[4:8] if template is not None else bytes(4)
        value = b"\0".join(values)
        return _parse_item(struct.pack("<I", len(value)) + flags + name.encode() + b"\0" + value)


def _parse_item(raw: bytes) -> Item:
    name = decode_text(raw[8 : raw.index(b"\0", 8)])
    if struct.unpack_from("<I", raw, 4)[0] & TYPE_MASK != TEXT:
        return Item(name, raw, binary=True)
    return Item(name, raw, _decode_values)


def _decode_values(raw: bytes) -> ItemValues:
    value = raw[raw.index(b"\0", 8) + 1 :]
    return tuple((decode_text(part), part) for part in value.split(b"\0"))


def _new_frames(items: Sequence[Item]) -> tuple[bytes, bytes]:
    """Return the header and the footer of a new tag."""
    numbers = (VERSION, sum(len(item.raw) for item in items) + FRAME_SIZE, len(items))
    header, footer = (
        struct.pack("<8sIIIIQ", MAGIC, *numbers, flags, 0) for flags in (HAS_HEADER | IS_HEADER, HAS_HEADER)
    )
    return header, footer


def _footer_ends_at(file: IO[bytes], stop: int) -> bool:
    if stop < FRAME_SIZE:
        return False
    frame = read_exactly(file, stop - FRAME_SIZE, FRAME_SIZE)
    return frame.startswith(MAGIC) and not struct.unpack_from("<I", frame, 20)[0] & IS_HEADER


def _trailing_tag_size(file: IO[bytes], stop: int) -> int:
    """Return the size of the ID3v1 or Lyrics3 tag that ends at an offset, 0 if there is none."""
    window = min(stop, MAX_LYRICS3 + 20)
    tail = read_exactly(file, stop - window, window)
    if tail[-ID3V1_SIZE:].startswith(b"TAG") and len(tail) > ID3V1_SIZE:
        return ID3V1_SIZE
    if tail[-ENHANCED_SIZE:].startswith(b"TAG+") and len(tail) > ENHANCED_SIZE:
        return ENHANCED_SIZE
    if tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
        size = int(tail[-15:-9]) + 15
        return size if size <= stop and _lyrics_start_at(file, stop - size) else 0
    if tail.endswith(b"LYRICSEND") and (start := tail.rfind(b"LYRICSBEGIN")) >= 0:
        return len(tail) - start
    return 0


def _lyrics_start_at(file: IO[bytes], offset: int) -> bool:
    file.seek(offset)
    return file.read(11) == b"LYRICSBEGIN"

"""APEv2 at the end of a file, with the tags that may stand behind it and all that stands in front."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import IO

from tagger.tags.raw import Entry
from tagger.tags.raw.files import digest, read, replace, size_of
from tagger.tags.raw.items import MAX_ITEMS, Item, Layout, Values, damaged, text_of

MAGIC, FRAME = b"APETAGEX", 32
HAS_HEADER, IS_HEADER = 1 << 31, 1 << 29
VERSION = 2000
ID3V1, ENHANCED, LYRICS3 = 128, 227, 5100
TEXT, KIND = 0, 0b110


class Ape(Layout):
    """A file with an APEv2 tag, or with a place for one: behind the audio, in front of ID3v1 and Lyrics3."""

    def __init__(self, file: IO[bytes], kind: str) -> None:
        self.kind = kind
        self.head = self.foot = self.rest = b""
        self.items = ()
        self.start = self.stop = size = size_of(file)
        while not (found := _frame_ends_at(file, self.stop)) and (behind := _trailer(file, self.stop)):
            self.stop -= behind
        self.start = self.stop
        if found:
            self._read(file)
        self.behind = size - self.stop

    def _read(self, file: IO[bytes]) -> None:
        self.foot = read(file, self.stop - FRAME, FRAME)
        _, size, count, flags = struct.unpack_from("<IIII", self.foot, 8)
        self.start = self.stop - size
        if size < FRAME or self.start < 0:
            raise damaged("an APE tag is larger than the file")
        content = read(file, self.start, size - FRAME)
        if flags & HAS_HEADER and self.start >= FRAME:
            head = read(file, self.start - FRAME, FRAME)
            if head.startswith(MAGIC):
                self.head, self.start = head, self.start - FRAME
        if count > MAX_ITEMS:
            raise damaged("an APE tag has too many items")
        place, items = 0, []
        for _ in range(count):
            end = content.find(b"\0", place + 8)
            if end < 0:
                raise damaged("an APE tag holds fewer items than it says")
            (length,) = struct.unpack_from("<I", content, place)
            if end + 1 + length > len(content):
                raise damaged("an item of an APE tag is longer than the tag")
            items.append(_item(content[place : end + 1 + length]))
            place = end + 1 + length
        self.items, self.rest = tuple(items), content[place:]

    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        entries = [Entry("audio", "", digest(file, 0, self.start))]
        if not self._made_for_us() or not all(map(ours, self.items)):
            # Sizes and counts follow from the items.
            frames = [(name, frame) for name, frame in (("header", self.head), ("footer", self.foot)) if frame]
            entries += [Entry("ape", name, frame[:12] + frame[20:]) for name, frame in frames]
            entries += [Entry("ape", item.name, item.raw) for item in self.items if not ours(item)]
            entries += [Entry("ape", "rest", self.rest)]
        return [*entries, Entry("behind", "", digest(file, self.stop, self.stop + self.behind))]

    def _made_for_us(self) -> bool:
        return not self.foot or (self.head, self.foot, self.rest) == (*_frames(self.items), b"")

    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        content = b"".join(item.raw for item in items) + self.rest
        if not items and self._made_for_us():
            content = b""
        elif self.foot:
            numbers = struct.pack("<II", len(content) + FRAME, len(items))
            head, foot = (frame[:12] + numbers + frame[20:] if frame else b"" for frame in (self.head, self.foot))
            content = head + content + foot
        else:
            head, foot = _frames(items)
            content = head + content + foot
        replace(file, self.start, self.stop, content)

    def encoded(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    def made(self, name: str, values: Sequence[bytes], like: Item | None) -> Item:
        flags = like.raw[4:8] if like is not None else bytes(4)
        value = b"\0".join(values)
        return _item(struct.pack("<I", len(value)) + flags + name.encode() + b"\0" + value)


def _item(raw: bytes) -> Item:
    key = text_of(raw[8 : raw.index(b"\0", 8)])
    if struct.unpack_from("<I", raw, 4)[0] & KIND != TEXT:
        return Item(key, raw, locked=True)
    return Item(key, raw, _values)


def _values(raw: bytes) -> Values:
    value = raw[raw.index(b"\0", 8) + 1 :]
    return tuple((text_of(part), part) for part in value.split(b"\0"))


def _frames(items: Sequence[Item]) -> tuple[bytes, bytes]:
    """Return the header and the footer of a tag that is made anew."""
    numbers = (VERSION, sum(len(item.raw) for item in items) + FRAME, len(items))
    head, foot = (struct.pack("<8sIIIIQ", MAGIC, *numbers, flags, 0) for flags in (HAS_HEADER | IS_HEADER, HAS_HEADER))
    return head, foot


def _frame_ends_at(file: IO[bytes], stop: int) -> bool:
    if stop < FRAME:
        return False
    frame = read(file, stop - FRAME, FRAME)
    return frame.startswith(MAGIC) and not struct.unpack_from("<I", frame, 20)[0] & IS_HEADER


def _trailer(file: IO[bytes], stop: int) -> int:
    """Return the size of another tag that ends here, 0 if there is none."""
    tail = read(file, max(0, stop - LYRICS3 - 20), min(stop, LYRICS3 + 20))
    if tail[-ID3V1:].startswith(b"TAG") and len(tail) > ID3V1:
        return ID3V1
    if tail[-ENHANCED:].startswith(b"TAG+") and len(tail) > ENHANCED:
        return ENHANCED
    if tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
        size = int(tail[-15:-9]) + 15
        return size if size <= stop and _begins_lyrics(file, stop - size) else 0
    if tail.endswith(b"LYRICSEND") and (place := tail.rfind(b"LYRICSBEGIN")) >= 0:
        return len(tail) - place
    return 0


def _begins_lyrics(file: IO[bytes], place: int) -> bool:
    file.seek(place)
    return file.read(11) == b"LYRICSBEGIN"

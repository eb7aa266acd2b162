"""Vorbis comments as bytes: a vendor, comments of any encoding with or without a name, and what stands behind."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tagger.tags.raw import Entry
from tagger.tags.raw.items import MAX_ITEMS, Item, Layout, Values, damaged, text_of

VENDOR = b"emotag"
"""Of comments that emotag had to add to a file without any."""


@dataclass(frozen=True)
class Comments:
    """A comment header.

    Attributes
    ----------
    vendor : bytes
        The program that encoded the audio.
    items : tuple of Item
        The comments, in order.
    rest : bytes
        What stands behind them: a framing bit, padding, or data of other programs.
    """

    vendor: bytes = VENDOR
    items: tuple[Item, ...] = ()
    rest: bytes = b""

    def listed(self, ours: Callable[[Item], bool]) -> list[Entry]:
        """List the comments that are not ours, and what surrounds them."""
        vendor = [] if self.vendor == VENDOR and not self.rest else [Entry("comments", "vendor", self.vendor)]
        rest = [Entry("comments", "rest", self.rest)] if self.rest else []
        return [*vendor, *(Entry("comments", item.name, item.raw) for item in self.items if not ours(item)), *rest]

    def build(self, items: Sequence[Item]) -> bytes:
        """Return the bytes of the header with other comments."""
        parts = [struct.pack("<I", len(self.vendor)), self.vendor, struct.pack("<I", len(items))]
        for item in items:
            parts += (struct.pack("<I", len(item.raw)), item.raw)
        return b"".join((*parts, self.rest))


def parse(data: bytes) -> Comments:
    """Take a comment header apart.

    Raises
    ------
    TagError
        If its lengths go beyond its end.
    """
    vendor, place = _counted(data, 0)
    if place + 4 > len(data):
        raise damaged("the comments end too early")
    (count,) = struct.unpack_from("<I", data, place)
    place += 4
    if count > MAX_ITEMS:
        raise damaged("there are too many comments")
    items = []
    for _ in range(count):
        raw, place = _counted(data, place)
        items.append(comment(raw))
    return Comments(vendor, tuple(items), data[place:])


def _counted(data: bytes, place: int) -> tuple[bytes, int]:
    if place + 4 > len(data):
        raise damaged("the comments end too early")
    (size,) = struct.unpack_from("<I", data, place)
    end = place + 4 + size
    if end > len(data):
        raise damaged("a comment is longer than what holds it")
    return data[place + 4 : end], end


def comment(raw: bytes) -> Item:
    """Read one comment; without a ``=`` it has no name."""
    name, equals, _ = raw.partition(b"=")
    return Item(text_of(name), raw, _values) if equals else Item("", raw)


def _values(raw: bytes) -> Values:
    value = raw.partition(b"=")[2]
    return ((text_of(value), value),)


class Commented(Layout):
    """A layout whose items are Vorbis comments."""

    def encoded(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    def made(self, name: str, values: Sequence[bytes], like: Item | None) -> Item:
        return comment(name.encode() + b"=" + values[0])

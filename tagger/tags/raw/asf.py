"""The attributes of ASF, in three objects of its header, and all the other objects."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry
from tagger.tags.raw.files import digest, read, replace, size_of
from tagger.tags.raw.items import Item, Layout, Values, damaged


def guid(text: str) -> bytes:
    """Return the bytes of an object's identifier."""
    return uuid.UUID(text).bytes_le


HEADER = guid("75b22630-668e-11cf-a6d9-00aa0062ce6c")
EXTENDED = guid("d2d0a440-e307-11d2-97f0-00a0c95ea850")
EXTENSION = guid("5fbf03b5-a92e-11cf-8ee3-00c00c205365")
METADATA = guid("c5f8cbea-5baf-4877-8467-aa8c44fa4cca")
LIBRARY = guid("44231c94-9498-49d1-a141-1d134e457054")
PROPERTIES = guid("8cabdca1-a947-11cf-8ee4-00c00c205365")
TEXT = 0
LARGEST_VALUE = 0xFFFF
SHORT, LONG = struct.Struct("<HH"), struct.Struct("<HHHHI")


@dataclass
class Part:
    """An object of the header: its identifier, what it holds, and the attributes if it is a list of them."""

    name: bytes
    data: bytes
    items: list[Item] | None = None
    rest: bytes = b""

    def build(self) -> bytes:
        """Return its bytes."""
        data = self.data
        if self.items is not None:
            data = struct.pack("<H", len(self.items)) + b"".join(item.raw for item in self.items) + self.rest
        return self.name + struct.pack("<Q", 24 + len(data)) + data


class Asf(Layout):
    """An ASF file: WMA. New attributes go to the extended content description."""

    kind = "ASF"

    def __init__(self, file: IO[bytes]) -> None:
        head = read(file, 0, 30)
        if not head.startswith(HEADER):
            raise damaged("it does not begin like an ASF file")
        (self.stop,) = struct.unpack_from("<Q", head, 16)
        (self.count,) = struct.unpack_from("<I", head, 24)
        self.reserved = head[28:30]
        self.parts, self.rest = _split(read(file, 30, self.stop - 30))
        self.count -= len(self.parts)
        self.inner: list[Part] = []
        self.inner_rest = b""
        self.extension = next((part for part in self.parts if part.name == EXTENSION and len(part.data) >= 22), None)
        if self.extension is not None:
            self.inner, self.inner_rest = _split(self.extension.data[22:])
        items: list[Item] = []
        for number, part in enumerate(self._lists()):
            _read(part, str(number))
            items += part.items or ()
        self.items = tuple(items)

    def _lists(self) -> list[Part]:
        outer = [part for part in self.parts if part.name == EXTENDED]
        self.short = len(outer)
        return outer + [part for part in self.inner if part.name in (METADATA, LIBRARY)]

    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        size = size_of(file)
        entries = [Entry("header", "reserved", self.reserved)]
        for part in self.parts:
            if part is self.extension:
                entries.append(Entry("header", "extension", part.data[:18]))
                for inner in self.inner:
                    entries += _entries("extension", inner, ours, size)
                entries.append(Entry("extension", "rest", self.inner_rest))
            else:
                entries += _entries("header", part, ours, size)
        return [*entries, Entry("header", "rest", self.rest), Entry("audio", "", digest(file, self.stop, size))]

    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        lists, size = self._lists(), size_of(file)
        if not any(part.name == EXTENDED for part in lists) and any(not item.place for item in items):
            self.parts.append(Part(EXTENDED, b"", []))
        first = next((part for part in self.parts if part.name == EXTENDED), None)
        for number, part in enumerate(lists):
            # Those of a description that is made now stand behind all that are there.
            part.items = [i for i in items if i.place == str(number) or (not i.place and part is first)]
        if first is not None and first not in lists:
            first.items = [item for item in items if not item.place]
        if any(part.items is not None and len(part.items) > LARGEST_VALUE for part in (*lists, *self.parts)):
            raise TagError("it would have more attributes than an ASF file can")
        self.parts = [part for part in self.parts if part.name != EXTENDED or part.items or part.rest]
        if self.extension is not None:
            inner = b"".join(part.build() for part in self.inner) + self.inner_rest
            self.extension.data = self.extension.data[:18] + struct.pack("<I", len(inner)) + inner
        stop = 30 + sum(len(part.build()) for part in self.parts) + len(self.rest)
        for part in self.parts:
            if part.name == PROPERTIES and _states(part, size):
                part.data = part.data[:16] + struct.pack("<Q", size + stop - self.stop) + part.data[24:]
        head = HEADER + struct.pack("<QI", stop, max(0, self.count + len(self.parts))) + self.reserved
        replace(file, 0, self.stop, b"".join((head, *(part.build() for part in self.parts), self.rest)))

    def encoded(self, text: str) -> bytes:
        data = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
        if len(data) > LARGEST_VALUE:
            raise TagError("a value would be longer than an ASF file can hold")
        return data

    def made(self, name: str, values: Sequence[bytes], like: Item | None) -> Item:
        label = name.encode("utf-16-le") + b"\0\0"
        value, place = values[0], like.place if like is not None else ""
        if place and int(place) >= self.short:
            raw = LONG.pack(0, 0, len(label), TEXT, len(value)) + label + value
        else:
            raw = struct.pack("<H", len(label)) + label + SHORT.pack(TEXT, len(value)) + value
        return Item(name, raw, partial(_values, len(value)), place)


def _states(part: Part, size: int) -> bool:
    return len(part.data) >= 24 and struct.unpack_from("<Q", part.data, 16)[0] == size


def _entries(place: str, part: Part, ours: Callable[[Item], bool], size: int) -> list[Entry]:
    if part.items is not None:
        found = [Entry(place, item.name, item.raw) for item in part.items if not ours(item)]
        rest = [Entry(place, "rest", part.rest)] if part.rest else []
        return [*found, *rest] if part.name == EXTENDED else [Entry(place, part.name.hex(), b""), *found, *rest]
    data = part.data
    if part.name == PROPERTIES and _states(part, size):
        data = data[:16] + b"the size" + data[24:]
    return [Entry(place, part.name.hex(), data)]


def _split(data: bytes) -> tuple[list[Part], bytes]:
    parts, place = [], 0
    while place + 24 <= len(data):
        (size,) = struct.unpack_from("<Q", data, place + 16)
        if size < 24 or place + size > len(data):
            break
        parts.append(Part(data[place : place + 16], data[place + 24 : place + size]))
        place += size
    return parts, data[place:]


def _read(part: Part, place: str) -> None:
    """Take an object apart into its attributes."""
    data = part.data
    try:
        (count,) = struct.unpack_from("<H", data)
        at, items = 2, []
        for _ in range(count):
            start = at
            if part.name == EXTENDED:
                (length,) = struct.unpack_from("<H", data, at)
                label = data[at + 2 : at + 2 + length]
                kind, size = SHORT.unpack_from(data, at + 2 + length)
                at += 6 + length + size
            else:
                _, _, length, kind, size = LONG.unpack_from(data, at)
                label = data[at + 12 : at + 12 + length]
                at += 12 + length + size
            if at > len(data):
                raise damaged("an attribute is longer than what holds it")
            # What is no text is none of ours, whatever it is called.
            called = _text(label) if kind == TEXT else ""
            items.append(Item(called, data[start:at], partial(_values, size), place))
    except struct.error:
        raise damaged("there are fewer attributes than it says") from None
    part.items, part.rest = items, data[at:]


def _text(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").rstrip("\0")


def _values(size: int, raw: bytes) -> Values:
    value = raw[len(raw) - size :]
    return ((_text(value), value),)

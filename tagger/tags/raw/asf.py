"""Parse and write the attributes of ASF files, which are in three objects of the header."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry
from tagger.tags.raw.files import file_size, hash_range, read_exactly, replace_range
from tagger.tags.raw.items import IsOurs, Item, ItemLayout, ItemValues, damaged_tags


def guid(text: str) -> bytes:
    """Return the bytes of an object's identifier.

    Parameters
    ----------
    text : str
        A UUID in the usual form.

    Returns
    -------
    bytes
        16 bytes, little-endian.
    """
    return uuid.UUID(text).bytes_le


HEADER = guid("75b22630-668e-11cf-a6d9-00aa0062ce6c")
EXTENDED_CONTENT = guid("d2d0a440-e307-11d2-97f0-00a0c95ea850")
HEADER_EXTENSION = guid("5fbf03b5-a92e-11cf-8ee3-00c00c205365")
METADATA = guid("c5f8cbea-5baf-4877-8467-aa8c44fa4cca")
METADATA_LIBRARY = guid("44231c94-9498-49d1-a141-1d134e457054")
FILE_PROPERTIES = guid("8cabdca1-a947-11cf-8ee4-00c00c205365")

HEADER_SIZE, OBJECT_HEADER_SIZE, EXTENSION_HEADER_SIZE = 30, 24, 22
TEXT = 0
MAX_VALUE = 0xFFFF
"""Bytes of a value, and attributes of an object, at most."""

SHORT, LONG = struct.Struct("<HH"), struct.Struct("<HHHHI")
"""Head of a value in the extended content description, and of an attribute in the two metadata objects."""


@dataclass
class HeaderObject:
    """An object of the header.

    Attributes
    ----------
    guid : bytes
        Its identifier.
    data : bytes
        Its content.
    items : list of Item, optional
        The attributes, if it is a list of them.
    trailing : bytes
        What follows the attributes.
    """

    guid: bytes
    data: bytes
    items: list[Item] | None = None
    trailing: bytes = b""

    def to_bytes(self) -> bytes:
        """Serialise the object.

        Returns
        -------
        bytes
        """
        data = self.data
        if self.items is not None:
            data = struct.pack("<H", len(self.items)) + b"".join(item.raw for item in self.items) + self.trailing
        return self.guid + struct.pack("<Q", OBJECT_HEADER_SIZE + len(data)) + data


class AsfLayout(ItemLayout):
    """An ASF file (WMA). New attributes are added to the extended content description.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    TagError
        If the header is damaged or too large.
    """

    kind = "ASF"

    def __init__(self, file: IO[bytes]) -> None:
        header = read_exactly(file, 0, HEADER_SIZE)
        if not header.startswith(HEADER):
            raise damaged_tags("it does not begin like an ASF file")
        (self.stop,) = struct.unpack_from("<Q", header, 16)
        (self.count_difference,) = struct.unpack_from("<I", header, 24)
        self.reserved = header[28:30]
        self.objects, self.trailing = _split_objects(read_exactly(file, HEADER_SIZE, self.stop - HEADER_SIZE))
        # The stated count may be wrong; the difference is kept.
        self.count_difference -= len(self.objects)
        self.inner: list[HeaderObject] = []
        self.inner_trailing = b""
        self.extension = next(
            (obj for obj in self.objects if obj.guid == HEADER_EXTENSION and len(obj.data) >= EXTENSION_HEADER_SIZE),
            None,
        )
        if self.extension is not None:
            self.inner, self.inner_trailing = _split_objects(self.extension.data[EXTENSION_HEADER_SIZE:])
        items: list[Item] = []
        for number, obj in enumerate(self._attribute_lists()):
            _parse_attributes(obj, str(number))
            items += obj.items or ()
        self.items = tuple(items)

    def _attribute_lists(self) -> list[HeaderObject]:
        """Return the objects that are lists of attributes; an item's section is an index into them."""
        extended = [obj for obj in self.objects if obj.guid == EXTENDED_CONTENT]
        self.extended_count = len(extended)
        return extended + [obj for obj in self.inner if obj.guid in (METADATA, METADATA_LIBRARY)]

    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        size = file_size(file)
        entries = [Entry("header", "reserved", self.reserved)]
        for obj in self.objects:
            if obj is self.extension:
                entries.append(Entry("header", "extension", obj.data[:18]))
                for inner in self.inner:
                    entries += _object_entries("extension", inner, is_ours, size)
                entries.append(Entry("extension", "trailing", self.inner_trailing))
            else:
                entries += _object_entries("header", obj, is_ours, size)
        audio = Entry("audio", "", hash_range(file, self.stop, size))
        return [*entries, Entry("header", "trailing", self.trailing), audio]

    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        self._assign_items(items)
        if self.extension is not None:
            inner = b"".join(obj.to_bytes() for obj in self.inner) + self.inner_trailing
            self.extension.data = self.extension.data[:18] + struct.pack("<I", len(inner)) + inner
        size = file_size(file)
        stop = HEADER_SIZE + sum(len(obj.to_bytes()) for obj in self.objects) + len(self.trailing)
        for obj in self.objects:
            if obj.guid == FILE_PROPERTIES and _states_size(obj, size):
                obj.data = obj.data[:16] + struct.pack("<Q", size + stop - self.stop) + obj.data[24:]
        count = max(0, self.count_difference + len(self.objects))
        header = HEADER + struct.pack("<QI", stop, count) + self.reserved
        replace_range(file, 0, self.stop, b"".join((header, *(obj.to_bytes() for obj in self.objects), self.trailing)))

    def _assign_items(self, items: tuple[Item, ...]) -> None:
        """Distribute items to their objects; those without a section go to the extended content description."""
        lists = self._attribute_lists()
        if not any(obj.guid == EXTENDED_CONTENT for obj in lists) and any(not item.section for item in items):
            self.objects.append(HeaderObject(EXTENDED_CONTENT, b"", []))
        first = next((obj for obj in self.objects if obj.guid == EXTENDED_CONTENT), None)
        for number, obj in enumerate(lists):
            obj.items = [i for i in items if i.section == str(number) or (not i.section and obj is first)]
        if first is not None and first not in lists:
            first.items = [item for item in items if not item.section]
        if any(obj.items is not None and len(obj.items) > MAX_VALUE for obj in (*lists, *self.objects)):
            raise TagError("it would have more attributes than an ASF file can")
        self.objects = [obj for obj in self.objects if obj.guid != EXTENDED_CONTENT or obj.items or obj.trailing]

    def encode_value(self, text: str) -> bytes:
        data = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
        if len(data) > MAX_VALUE:
            raise TagError("a value would be longer than an ASF file can hold")
        return data

    def make_item(self, name: str, values: Sequence[bytes], template: Item | None) -> Item:
        label = name.encode("utf-16-le") + b"\0\0"
        value, section = values[0], template.section if template is not None else ""
        if section and int(section) >= self.extended_count:
            raw = LONG.pack(0, 0, len(label), TEXT, len(value)) + label + value
        else:
            raw = struct.pack("<H", len(label)) + label + SHORT.pack(TEXT, len(value)) + value
        return Item(name, raw, partial(_decode_values, len(value)), section)


def _states_size(obj: HeaderObject, size: int) -> bool:
    """Return whether the file properties state the right size of the file."""
    return len(obj.data) >= 24 and bool(struct.unpack_from("<Q", obj.data, 16)[0] == size)


def _object_entries(section: str, obj: HeaderObject, is_ours: IsOurs, size: int) -> list[Entry]:
    if obj.items is not None:
        entries = [Entry(section, item.name, item.raw) for item in obj.items if not is_ours(item)]
        if obj.trailing:
            entries.append(Entry(section, "trailing", obj.trailing))
        # An extended content description without other items is removed with emotag's.
        return entries if obj.guid == EXTENDED_CONTENT else [Entry(section, obj.guid.hex(), b""), *entries]
    data = obj.data
    if obj.guid == FILE_PROPERTIES and _states_size(obj, size):
        data = data[:16] + b"the size" + data[24:]
    return [Entry(section, obj.guid.hex(), data)]


def _split_objects(data: bytes) -> tuple[list[HeaderObject], bytes]:
    """Return the objects in a byte string, and what follows them."""
    objects, offset = [], 0
    while offset + OBJECT_HEADER_SIZE <= len(data):
        (size,) = struct.unpack_from("<Q", data, offset + 16)
        if size < OBJECT_HEADER_SIZE or offset + size > len(data):
            break
        objects.append(HeaderObject(data[offset : offset + 16], data[offset + OBJECT_HEADER_SIZE : offset + size]))
        offset += size
    return objects, data[offset:]


def _parse_attributes(obj: HeaderObject, section: str) -> None:
    """Parse the content of an object into attributes."""
    data = obj.data
    try:
        (count,) = struct.unpack_from("<H", data)
        offset, items = 2, []
        for _ in range(count):
            start = offset
            if obj.guid == EXTENDED_CONTENT:
                (length,) = struct.unpack_from("<H", data, offset)
                label = data[offset + 2 : offset + 2 + length]
                value_type, size = SHORT.unpack_from(data, offset + 2 + length)
                offset += 6 + length + size
            else:
                _, _, length, value_type, size = LONG.unpack_from(data, offset)
                label = data[offset + 12 : offset + 12 + length]
                offset += 12 + length + size
            if offset > len(data):
                raise damaged_tags("an attribute is longer than its list")
            # An attribute that is not text cannot be emotag's, whatever its name.
            name = _decode_utf16(label) if value_type == TEXT else ""
            items.append(Item(name, data[start:offset], partial(_decode_values, size), section))
    except struct.error:
        raise damaged_tags("there are fewer attributes than are stated") from None
    obj.items, obj.trailing = items, data[offset:]


def _decode_utf16(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").rstrip("\0")


def _decode_values(size: int, raw: bytes) -> ItemValues:
    value = raw[len(raw) - size :]
    return ((_decode_utf16(value), value),)

"""Parse and build Vorbis comment headers; comments may be in any encoding and may lack a name."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tagger.tags.raw import Entry
from tagger.tags.raw.items import MAX_ITEMS, IsOurs, Item, ItemLayout, ItemValues, damaged_tags, decode_text

VENDOR = b"emotag"
"""Vendor of comment headers that emotag adds to files without one."""


@dataclass(frozen=True)
class CommentHeader:
    """A comment header.

    Attributes
    ----------
    vendor : bytes
        The program that encoded the audio.
    items : tuple of Item
        The comments, in file order.
    trailing : bytes
        What follows them: a framing bit, padding, or data of other programs.
    """

    vendor: bytes = VENDOR
    items: tuple[Item, ...] = ()
    trailing: bytes = b""

    def other_entries(self, is_ours: IsOurs) -> list[Entry]:
        """List the vendor, the comments that are not emotag's, and what follows them.

        Parameters
        ----------
        is_ours : callable
            Whether a comment is emotag's.

        Returns
        -------
        list of Entry
        """
        vendor = [] if self.vendor == VENDOR and not self.trailing else [Entry("comments", "vendor", self.vendor)]
        trailing = [Entry("comments", "trailing", self.trailing)] if self.trailing else []
        comments = [Entry("comments", item.name, item.raw) for item in self.items if not is_ours(item)]
        return [*vendor, *comments, *trailing]

    def to_bytes(self, items: Sequence[Item]) -> bytes:
        """Serialise the header with other comments.

        Parameters
        ----------
        items : sequence of Item
            The new comments.

        Returns
        -------
        bytes
        """
        parts = [struct.pack("<I", len(self.vendor)), self.vendor, struct.pack("<I", len(items))]
        for item in items:
            parts += (struct.pack("<I", len(item.raw)), item.raw)
        return b"".join((*parts, self.trailing))


def parse_comments(data: bytes) -> CommentHeader:
    """Parse a comment header.

    Parameters
    ----------
    data : bytes
        From the length of the vendor to the end of the header.

    Returns
    -------
    CommentHeader

    Raises
    ------
    TagError
        If its lengths exceed its end, or it has more than `MAX_ITEMS` comments.
    """
    vendor, offset = _read_with_length(data, 0)
    if offset + 4 > len(data):
        raise damaged_tags("the comments end too early")
    (count,) = struct.unpack_from("<I", data, offset)
    offset += 4
    if count > MAX_ITEMS:
        raise damaged_tags("there are too many comments")
    items = []
    for _ in range(count):
        raw, offset = _read_with_length(data, offset)
        items.append(parse_comment(raw))
    return CommentHeader(vendor, tuple(items), data[offset:])


def _read_with_length(data: bytes, offset: int) -> tuple[bytes, int]:
    """Return the bytes after a length of 32 bits, and the offset of their end."""
    if offset + 4 > len(data):
        raise damaged_tags("the comments end too early")
    (size,) = struct.unpack_from("<I", data, offset)
    end = offset + 4 + size
    if end > len(data):
        raise damaged_tags("a comment is longer than its header")
    return data[offset + 4 : end], end


def parse_comment(raw: bytes) -> Item:
    """Parse one comment.

    Parameters
    ----------
    raw : bytes
        ``NAME=value``; without a ``=`` the item has no name.

    Returns
    -------
    Item
    """
    name, equals, _ = raw.partition(b"=")
    return Item(decode_text(name), raw, _decode_values) if equals else Item("", raw)


def _decode_values(raw: bytes) -> ItemValues:
    value = raw.partition(b"=")[2]
    return ((decode_text(value), value),)


class VorbisCommentLayout(ItemLayout):
    """A layout whose items are Vorbis comments."""

    def encode_value(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    def make_item(self, name: str, values: Sequence[bytes], template: Item | None) -> Item:
        return parse_comment(name.encode() + b"=" + values[0])

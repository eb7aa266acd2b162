"""What text frames of ID3v2 say, however odd the program was that wrote them; and text frames of our own."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from tagger.tags.raw.id3 import UNSYNCHRONISED, Frame, Tag, frame, unstuffed

LATIN1, UTF16, UTF16_BE, UTF8 = range(4)

LONGEST, LONGEST_UNPACKED = 1 << 20, 1 << 16
"""Bytes of a frame, and of what is packed into one, that are looked at; the fields that matter have some hundred."""


def kind(found: Frame) -> str:
    """Return the name of a frame in ID3v2.3 and 2.4, where some write names of ID3v2.2."""
    name = found.name.rstrip(b"\0 ").decode("latin-1")
    return {"TXX": "TXXX"}.get(name, name)


def texts(found: Frame, tag: Tag) -> list[str] | None:
    """Return the texts of a text frame (of TXXX its description first), or None if they cannot be read."""
    body = _unpacked(found, tag) if len(found.body) <= LONGEST else None
    if not body or body[0] > UTF8:
        return None
    encoding, data = body[0], body[1:]
    wide = encoding in (UTF16, UTF16_BE)
    codec = "utf-16-be" if encoding == UTF16_BE else ""
    values = []
    for part in _parts(data, 2 if wide else 1):
        if wide:
            codec = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(part[:2], codec or _guessed(part))
            values.append(part[: len(part) & ~1].decode(codec, "replace").removeprefix("\ufeff"))
        else:
            values.append(_narrow(part, encoding))
    while values and not values[-1]:
        values.pop()
    return values


def make_text_frame(tag: Tag, name: str, values: Sequence[str], separator: str) -> Frame:
    """Make a text frame in the encoding that players of the tag's version read.

    Parameters
    ----------
    tag : Tag
        Where it is to stand.
    name : str
        ``TMOO`` or ``TXXX``.
    values : sequence of str
        The texts; of TXXX the description first.
    separator : str
        What joins the values where a frame holds a single one, that is in ID3v2.2 and 2.3.
    """
    head, rest = (list(values[:1]), values[1:]) if name == "TXXX" else ([], values)
    parts = head + (list(rest) if tag.version == 4 else [separator.join(rest)])
    if tag.version == 4:
        body = bytes([UTF8]) + "\0".join(parts).encode("utf-8", "replace")
    elif all(part.isascii() for part in parts):
        body = bytes([LATIN1]) + "\0".join(parts).encode("ascii")
    else:
        body = bytes([UTF16]) + b"\0\0".join(b"\xff\xfe" + part.encode("utf-16-le", "replace") for part in parts)
    identifier = {"TXXX": b"TXX"}.get(name, b"") if tag.version == 2 else name.encode("ascii")
    return frame(tag, identifier, body)


def _unpacked(found: Frame, tag: Tag) -> bytes | None:
    """Return a frame's content without grouping, compression and unsynchronisation; None if it is encrypted."""
    flags, body = found.flags, found.body
    if tag.version == 3:
        packed, encrypted = flags & 0x80, flags & 0x40
        body = body[(4 if packed else 0) + (1 if flags & 0x20 else 0) :]
    elif tag.version == 4:
        packed, encrypted = flags & 0x08, flags & 0x04
        body = body[(1 if flags & 0x40 else 0) + (4 if flags & 0x01 else 0) :]
        body = unstuffed(body) if flags & 0x02 or tag.flags & UNSYNCHRONISED else body
    else:
        packed = encrypted = 0
    if encrypted:
        return None
    if packed:
        try:
            unpacker = zlib.decompressobj()
            body = unpacker.decompress(body, LONGEST_UNPACKED)
        except zlib.error:
            return None
        return None if unpacker.unconsumed_tail else body
    return body


def _parts(data: bytes, width: int) -> list[bytes]:
    if width == 1:
        return data.split(b"\0")
    parts, start = [], 0
    for place in range(0, len(data) - 1, 2):
        if data[place : place + 2] == b"\0\0":
            parts.append(data[start:place])
            start = place + 2
    return [*parts, data[start:]]


def _guessed(part: bytes) -> str:
    """Guess the order of bytes where no mark states it: zeros are the upper halves of Latin letters."""
    return "utf-16-be" if part[0::2].count(0) > part[1::2].count(0) else "utf-16-le"


def _narrow(part: bytes, encoding: int) -> str:
    if encoding == UTF8:
        try:
            return part.decode("utf-8")
        except UnicodeDecodeError:
            pass  # declared UTF-8 by a program that writes Latin-1
    return part.decode("latin-1")

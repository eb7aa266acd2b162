"""Decode the text frames of ID3v2, including those of programs that ignore the standard, and make new ones."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from tagger.tags.raw.id3 import UNSYNCHRONISATION, Frame, Tag, make_frame, remove_unsynchronisation

LATIN1, UTF16, UTF16_BE, UTF8 = range(4)
"""Encodings, by the first byte of a text frame."""

MAX_FRAME_BYTES, MAX_DECOMPRESSED_BYTES = 1 << 20, 1 << 16
"""Bytes of a frame, and of the content of a compressed frame, that are decoded; emotag's have some hundred."""

COMPRESSED, ENCRYPTED, GROUPED = {3: 0x80, 4: 0x08}, {3: 0x40, 4: 0x04}, {3: 0x20, 4: 0x40}
"""Flags of a frame by version of the tag."""

FRAME_UNSYNCHRONISED, DATA_LENGTH = 0x02, 0x01
"""Flags of a frame in ID3v2.4 only."""


def frame_name(frame: Frame) -> str:
    """Return the name of a frame in ID3v2.3 and 2.4; some programs write names of ID3v2.2 there.

    Parameters
    ----------
    frame : Frame
        Any frame.

    Returns
    -------
    str
    """
    name = frame.name.rstrip(b"\0 ").decode("latin-1")
    return {"TXX": "TXXX"}.get(name, name)


def decode_texts(frame: Frame, tag: Tag) -> list[str] | None:
    """Decode the texts of a text frame.

    Parameters
    ----------
    frame : Frame
        A text frame.
    tag : Tag
        The tag that it belongs to.

    Returns
    -------
    list of str or None
        The texts, of TXXX the description first; None if they cannot be read.
    """
    content = _frame_content(frame, tag) if len(frame.body) <= MAX_FRAME_BYTES else None
    if not content or content[0] > UTF8:
        return None
    encoding, data = content[0], content[1:]
    if encoding in (UTF16, UTF16_BE):
        texts = _decode_utf16(_split_utf16(data), "utf-16-be" if encoding == UTF16_BE else "")
    else:
        texts = [_decode_single_byte(part, encoding) for part in data.split(b"\0")]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def make_text_frame(tag: Tag, name: str, values: Sequence[str], separator: str) -> Frame:
    """Make a text frame in an encoding that players of the tag's version can read.

    Parameters
    ----------
    tag : Tag
        The tag that the frame is for.
    name : str
        ``TMOO`` or ``TXXX``.
    values : sequence of str
        The texts; of TXXX the description first.
    separator : str
        Joins the values in versions whose frames hold a single one, ID3v2.2 and 2.3.

    Returns
    -------
    Frame
    """
    description, rest = (list(values[:1]), values[1:]) if name == "TXXX" else ([], values)
    parts = description + (list(rest) if tag.version == 4 else [separator.join(rest)])
    if tag.version == 4:
        body = bytes([UTF8]) + "\0".join(parts).encode("utf-8", "replace")
    elif all(part.isascii() for part in parts):
        body = bytes([LATIN1]) + "\0".join(parts).encode("ascii")
    else:
        body = bytes([UTF16]) + b"\0\0".join(b"\xff\xfe" + part.encode("utf-16-le", "replace") for part in parts)
    identifier = {"TXXX": b"TXX"}.get(name, b"") if tag.version == 2 else name.encode("ascii")
    return make_frame(tag, identifier, body)


def _frame_content(frame: Frame, tag: Tag) -> bytes | None:
    """Return a frame's content without group byte, compression and unsynchronisation; None if it is encrypted."""
    flags, body = frame.flags, frame.body
    if tag.version not in COMPRESSED:
        return body
    compressed, grouped = flags & COMPRESSED[tag.version], flags & GROUPED[tag.version]
    if flags & ENCRYPTED[tag.version]:
        return None
    if tag.version == 3:
        body = body[(4 if compressed else 0) + (1 if grouped else 0) :]
    else:
        body = body[(1 if grouped else 0) + (4 if flags & DATA_LENGTH else 0) :]
        if flags & FRAME_UNSYNCHRONISED or tag.flags & UNSYNCHRONISATION:
            body = remove_unsynchronisation(body)
    return _decompress(body) if compressed else body


def _decompress(data: bytes) -> bytes | None:
    """Decompress a frame; None if it is damaged or too large."""
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(data, MAX_DECOMPRESSED_BYTES)
    except zlib.error:
        return None
    return None if decompressor.unconsumed_tail else content


def _split_utf16(data: bytes) -> list[bytes]:
    parts, start = [], 0
    for offset in range(0, len(data) - 1, 2):
        if data[offset : offset + 2] == b"\0\0":
            parts.append(data[start:offset])
            start = offset + 2
    return [*parts, data[start:]]


def _decode_utf16(parts: Sequence[bytes], codec: str) -> list[str]:
    """Decode UTF-16; a byte order mark applies to the texts after it as well."""
    texts = []
    for part in parts:
        codec = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(part[:2], codec or _guess_codec(part))
        texts.append(part[: len(part) & ~1].decode(codec, "replace").removeprefix("\ufeff"))
    return texts


def _guess_codec(part: bytes) -> str:
    """Guess the byte order without a mark: zeros are the upper bytes of Latin letters."""
    return "utf-16-be" if part[0::2].count(0) > part[1::2].count(0) else "utf-16-le"


def _decode_single_byte(part: bytes, encoding: int) -> str:
    if encoding == UTF8:
        try:
            return part.decode("utf-8")
        except UnicodeDecodeError:
            pass  # some programs declare UTF-8 and write Latin-1
    return part.decode("latin-1")

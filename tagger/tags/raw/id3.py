"""ID3v2 tags as bytes: where each frame stands, and the same tag with some of its frames exchanged.

Frames that are not exchanged keep their bytes and their order, whether or not they make sense. Nothing here decodes
what a frame says; see `id3text` for that.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tagger.errors import TagError

HEADER, ROOM = 10, 1024
"""Bytes of a tag's header or footer, and of the padding of a tag that is made or has to grow."""

LARGEST, MOST_FRAMES = (1 << 28) - 1, 1 << 14
"""The size that a header can state, and a number of frames that no program writes."""

UNSYNCHRONISED, EXTENDED, EXPERIMENTAL, FOOTER = 0x80, 0x40, 0x20, 0x10
KNOWN_FLAGS = {2: UNSYNCHRONISED, 3: UNSYNCHRONISED | EXTENDED | EXPERIMENTAL, 4: 0xF0}

NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9\0 ]?")
STUFFED, UNSAFE = re.compile(rb"\xff\0"), re.compile(rb"\xff(?=[\0\xe0-\xff])")


class Frame(NamedTuple):
    """One frame.

    Attributes
    ----------
    name : bytes
        Its identifier as it stands there: three bytes in ID3v2.2, else four.
    raw : bytes
        All its bytes as they stand in the file.
    flags : int
        Those of the frame's header; 0 in ID3v2.2.
    body : bytes
        What follows the frame's header, without the unsynchronisation of a whole ID3v2.2 or 2.3 tag.
    """

    name: bytes
    raw: bytes
    flags: int
    body: bytes

    @property
    def own(self) -> bytes:
        """Its bytes without a zero behind a last byte FF, which may as well count as padding."""
        return self.raw[:-1] if self.raw.endswith(b"\xff\0") and self.body.endswith(b"\xff") else self.raw

    @property
    def odd(self) -> bool:
        """Whether there are programs that stop reading at such a frame."""
        return not self.body or not (self.name.isalnum() and NAME.fullmatch(self.name))


@dataclass(frozen=True)
class Tag:
    """One ID3v2 tag.

    Attributes
    ----------
    version, revision, flags : int
        Of the tag's header.
    extended : bytes
        Extended header as it stands in the file, with zeros for the values in `live`.
    live : dict of str to int
        Where in the extended header the padding's size and the checksum stand, if they are right and have to stay so.
    frames : tuple of Frame
        In their order.
    padding : int
        Zeros behind the frames.
    junk : bytes
        What stands behind the padding, or from where no frame can be read any more.
    footer : bool
        Whether a footer follows.
    stuffed : bool
        Whether the bytes of the frames are unsynchronised as a whole (ID3v2.2 and 2.3).
    plain_sizes : bool
        Whether frames of ID3v2.4 state their sizes in 8 bits a byte, as iTunes wrote them.
    length : int
        Bytes from header to footer.
    """

    version: int
    revision: int = 0
    flags: int = 0
    extended: bytes = b""
    live: dict[str, int] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    padding: int = 0
    junk: bytes = b""
    footer: bool = False
    stuffed: bool = False
    plain_sizes: bool = False
    length: int = 0


def length(start: bytes) -> int:
    """Return the length of the tag that begins with these bytes (20 are enough, of a tag without a footer 10), or 0."""
    if len(start) < HEADER or start[:3] != b"ID3":
        return 0
    if any(byte & 0x80 for byte in start[6:10]):
        raise TagError("its ID3v2 tag is damaged (no size can be read)")
    return HEADER + _number(start[6:10], 7)


def parse(data: bytes) -> Tag | None:
    """Take a tag apart.

    Parameters
    ----------
    data : bytes
        From the tag's header to the end of the tag or further.

    Returns
    -------
    Tag or None
        None if there is no tag.

    Raises
    ------
    TagError
        If it cannot be told where its frames stand.
    """
    end = length(data)
    if not end:
        return None
    version, revision, flags = data[3:6]
    if version not in KNOWN_FLAGS:
        raise TagError(f"its ID3v2 tag is of an unknown version (2.{version})")
    if flags & ~KNOWN_FLAGS[version]:
        raise TagError("its ID3v2 tag is of an unknown kind (unknown flags)")
    if end > len(data):
        raise TagError("its ID3v2 tag is cut short")
    footer = bool(flags & FOOTER) and data[end : end + 3] == b"3DI"
    body = data[HEADER:end]
    stuffed = version < 4 and bool(flags & UNSYNCHRONISED)
    plain, removed = _unstuffed(body) if stuffed else (body, [])
    start = _extended_size(plain, version) if flags & EXTENDED else 0
    ways = [_walk(plain, start, version, 8 if version < 4 else 7)]
    if version == 4 and (other := _walk(plain, start, version, 8)).spans != ways[0].spans:
        ways.append(other)
    way = _likely(ways)
    if removed and way.sense != CLEAN and not start and (as_it_is := _walk(body, 0, version, 8)).sense == CLEAN:
        # Some programs set the flag and do nothing.
        stuffed, plain, removed, way = False, body, [], as_it_is
    tag = Tag(version, revision, flags, footer=footer, stuffed=stuffed, length=end + HEADER * footer)

    def raw(first: int, last: int) -> bytes:
        """Return the bytes in the file between two places in the tag without unsynchronisation."""
        return (
            body[first + bisect_right(removed, first) : last + bisect_right(removed, last)]
            if removed
            else body[first:last]
        )

    head = _frame_header(version)
    frames = tuple(
        Frame(
            plain[first : first + (3 if version == 2 else 4)],
            raw(first, last),
            int.from_bytes(plain[first + 8 : first + 10], "big") if version > 2 else 0,
            plain[first + head : last],
        )
        for first, last in way.spans
    )
    rest = raw(way.stop, len(plain))
    junk = rest.lstrip(b"\0")
    tag = replace(
        tag, frames=frames, padding=len(rest) - len(junk), junk=junk, plain_sizes=way.bits == 8 and version == 4
    )
    return _with_extended(tag, plain[:start]) if start else tag


def rendered(tag: Tag, frames: Sequence[Frame]) -> bytes:
    """Return the tag with other frames, as long as before where its padding allows that."""
    raws = b"".join(frame.raw for frame in frames)
    before = sum(len(frame.raw) for frame in tag.frames)
    padding = tag.padding + before - len(raws)
    if tag.footer or tag.flags & FOOTER:
        padding = min(max(padding, 0), tag.padding)  # a tag with a footer has none
    elif tag.junk and (not tag.padding or padding < HEADER):
        padding = tag.padding  # what is no frame must not come to stand where a frame is expected
    elif padding < 0 or not tag.length:
        padding = ROOM + len(raws) % 2
    extended = _extended_for(tag, raws, padding)
    body = extended + raws + bytes(padding) + tag.junk
    if len(body) > LARGEST:
        raise TagError("its ID3v2 tag is too large to hold more")
    head = bytes([tag.version, tag.revision, tag.flags]) + _bytes(len(body), 7)
    return b"ID3" + head + body + (b"3DI" + head if tag.footer else b"")


def place_for_new(tag: Tag, frames: Sequence[Frame]) -> int:
    """Return the index at which every reader finds a new frame: behind the others, but before what confuses readers."""
    if tag.stuffed and any(len(frame.raw) != _frame_header(tag.version) + len(frame.body) for frame in frames):
        return 0  # FFmpeg loses count in such a tag
    return next((number for number, frame in enumerate(frames) if frame.odd), len(frames))


def frame(tag: Tag, name: bytes, body: bytes) -> Frame:
    """Make a frame that fits into a tag."""
    if tag.version == 2:
        plain = name + len(body).to_bytes(3, "big") + body
    else:
        bits = 7 if tag.version == 4 and not tag.plain_sizes else 8
        plain = name + _bytes(len(body), bits) + b"\0\0" + body
    return Frame(name, _stuffed(plain) if tag.stuffed else plain, 0, body)


def unstuffed(data: bytes) -> bytes:
    """Undo unsynchronisation, or leave what was not unsynchronised."""
    return data if _unsafe(data) else STUFFED.sub(b"\xff", data)


UNNAMED, NAMED, PADDED, CLEAN = range(4)
"""How much sense a way to read the frames makes: a name is none; all are; and zeros follow; and nothing but zeros."""


class _Walk(NamedTuple):
    bits: int
    spans: list[tuple[int, int]]
    stop: int
    sense: int
    names: int
    whole: bool


def _walk(data: bytes, start: int, version: int, bits: int) -> _Walk:
    """Go from frame to frame, where a byte of their sizes has so many bits."""
    head, letters = _frame_header(version), 3 if version == 2 else 4
    spans: list[tuple[int, int]] = []
    place, names, padded = start, 0, True
    while place + head <= len(data) and (name := data[place : place + letters]).strip(b"\0"):
        size = data[place + letters : place + letters * 2]
        end = place + head + _number(size, bits)
        if end > len(data) or (bits == 7 and any(byte & 0x80 for byte in size)):
            padded = False
            break
        names += bool(NAME.fullmatch(name))
        spans.append((place, end))
        if len(spans) > MOST_FRAMES:
            raise TagError(f"its ID3v2 tag has more than {MOST_FRAMES} frames")
        place = end
    rest = data[place:]
    clean = not rest.strip(b"\0")
    padded = clean or (padded and not rest[:letters].strip(b"\0"))
    sense = (CLEAN if clean else PADDED if padded else NAMED) if spans and names == len(spans) else UNNAMED
    return _Walk(bits, spans, place, sense, names, clean)


def _likely(ways: list[_Walk]) -> _Walk:
    """Choose how to read the sizes: by the standard, unless the other way makes more sense."""
    standard = ways[0]
    if len(ways) == 1 or standard.sense == CLEAN:
        return standard
    other = ways[1]
    if other.names != standard.names:
        return other if other.names > standard.names else standard
    if other.sense == CLEAN and not standard.whole:
        return other
    if standard.whole or standard.sense == PADDED:
        return standard
    # Only what both agree on; the rest is kept as it is.
    same = [span for span, another in zip(standard.spans, other.spans, strict=False) if span == another]
    stop = same[-1][1] if same else min(span[0] for span in (*standard.spans[:1], *other.spans[:1]))
    return standard._replace(spans=same, stop=stop)


def _extended_size(data: bytes, version: int) -> int:
    """Return the length of the extended header; some programs set its flag and write none."""
    size = _number(data[:4], 7) if version == 4 else 4 + int.from_bytes(data[:4], "big")
    if NAME.fullmatch(data[:4]) and (size > len(data) or version == 3):
        return 0
    if size < 6 or size > len(data) or (version == 4 and any(byte & 0x80 for byte in data[:4])):
        raise TagError("its ID3v2 tag is damaged (its extended header cannot be read)")
    return size


def _with_extended(tag: Tag, extended: bytes) -> Tag:
    """Find the values of an extended header that depend on the frames, if they are right."""
    places: dict[str, int] = {}
    if tag.version == 3 and len(extended) in (10, 14):
        if not tag.junk:
            places["padding"] = 6
        if len(extended) == 14 and extended[4] & 0x80:
            places["frames"] = 10
    elif tag.version == 4 and extended[4] == 1 and extended[5] & 0x20:
        place = 7 if extended[5] & 0x40 else 6
        if extended[place : place + 1] == b"\x05" and len(extended) >= place + 6:
            # By the standard the padding counts; some leave it out.
            places.update({"all": place + 1, "frames": place + 1})
    raws = b"".join(frame.raw for frame in tag.frames)
    live: dict[str, int] = {}
    template = bytearray(extended)
    for kind, place in places.items():
        value = _value(tag, kind, raws, tag.padding)
        if place not in live.values() and extended[place : place + len(value)] == value:
            live[kind] = place
            template[place : place + len(value)] = bytes(len(value))
    return replace(tag, extended=bytes(template), live=live)


def _extended_for(tag: Tag, raws: bytes, padding: int) -> bytes:
    extended = bytearray(tag.extended)
    for kind, place in tag.live.items():
        value = _value(tag, kind, raws, padding)
        extended[place : place + len(value)] = value
    # Together with the letter of a frame that follows, as its end may have to be told from that.
    return _stuffed(bytes(extended) + raws[:1])[: -1 if raws else None] if tag.stuffed else bytes(extended)


def _value(tag: Tag, kind: str, raws: bytes, padding: int) -> bytes:
    if kind == "padding":
        return padding.to_bytes(4, "big")
    data = STUFFED.sub(b"\xff", raws) if tag.stuffed else raws
    checksum = zlib.crc32(data + bytes(padding) + tag.junk if kind == "all" else data)
    return checksum.to_bytes(4, "big") if tag.version == 3 else _bytes(checksum, 7, 5)


def _unsafe(data: bytes) -> bool:
    """Tell whether data that are said to be unsynchronised are not."""
    return bool(re.search(rb"\xff[\xe0-\xff]", data)) or data.endswith(b"\xff")


def _unstuffed(data: bytes) -> tuple[bytes, list[int]]:
    """Undo unsynchronisation; return also the places, in what it leaves, before which a zero was taken out."""
    removed = [found.start() + 1 - number for number, found in enumerate(STUFFED.finditer(data))]
    return STUFFED.sub(b"\xff", data), removed


def _stuffed(data: bytes) -> bytes:
    data = UNSAFE.sub(b"\xff\0", data)
    return data + b"\0" if data.endswith(b"\xff") else data


def _frame_header(version: int) -> int:
    return 6 if version == 2 else 10


def _number(data: bytes, bits: int) -> int:
    value = 0
    for byte in data:
        value = value << bits | byte & (1 << bits) - 1
    return value


def _bytes(value: int, bits: int, count: int = 4) -> bytes:
    return bytes(value >> bits * place & (1 << bits) - 1 for place in reversed(range(count)))

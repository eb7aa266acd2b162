"""Parse ID3v2 tags into frames, and serialise a tag in which some frames were replaced.

All other frames keep their bytes and their order, whether or not they are valid. The content of frames is not decoded
here; see `tagger.tags.raw.id3_text`.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tagger.errors import TagError
from tagger.tags.raw.id3_scan import (
    FRAME_NAME,
    HEADER_SIZE,
    choose_scan,
    decode_number,
    encode_number,
    frame_header_size,
    frame_name_size,
    scan_frames,
)

NEW_PADDING = 1024
"""Bytes of padding of a tag that is new or has to grow."""

MAX_TAG_SIZE = (1 << 28) - 1
"""The largest size that a header can state."""

UNSYNCHRONISATION, EXTENDED_HEADER, EXPERIMENTAL, FOOTER = 0x80, 0x40, 0x20, 0x10
KNOWN_FLAGS = {2: UNSYNCHRONISATION, 3: UNSYNCHRONISATION | EXTENDED_HEADER | EXPERIMENTAL, 4: 0xF0}
"""Flags of a tag's header, and those that each version defines."""

UNSYNCHRONISED_FF, UNSAFE_FF = re.compile(rb"\xff\0"), re.compile(rb"\xff(?=[\0\xe0-\xff])")
"""A byte FF with the zero that unsynchronisation inserts, and one that needs the zero."""


class Frame(NamedTuple):
    """One frame.

    Attributes
    ----------
    name : bytes
        Its identifier as stored in the file: three bytes in ID3v2.2, four in later versions.
    raw : bytes
        All its bytes as stored in the file.
    flags : int
        Flags of the frame's header; 0 in ID3v2.2.
    body : bytes
        What follows the frame's header, after unsynchronisation of a whole ID3v2.2 or 2.3 tag is removed.
    """

    name: bytes
    raw: bytes
    flags: int
    body: bytes

    @property
    def comparable(self) -> bytes:
        """Its bytes without a zero after a last byte FF, which may belong to the padding as well."""
        return self.raw[:-1] if self.raw.endswith(b"\xff\0") and self.body.endswith(b"\xff") else self.raw

    @property
    def nonstandard(self) -> bool:
        """Whether some programs stop reading at this frame."""
        return not self.body or not (self.name.isalnum() and FRAME_NAME.fullmatch(self.name))


@dataclass(frozen=True)
class Tag:
    """One ID3v2 tag.

    Attributes
    ----------
    version, revision, flags : int
        From the tag's header; `version` is 2, 3 or 4.
    extended_header : bytes
        The extended header as stored in the file, with zeros for the values in `computed_values`.
    computed_values : dict of str to int
        Offsets, in the extended header, of the size of the padding and of the checksum, if these are right and have
        to be updated.
    frames : tuple of Frame
        In file order.
    padding : int
        Zeros after the frames.
    junk : bytes
        What follows the padding, or what follows the last frame that can be parsed.
    footer : bool
        Whether there is a footer.
    unsynchronised : bool
        Whether the frames are unsynchronised as a whole (ID3v2.2 and 2.3).
    plain_sizes : bool
        Whether frames of ID3v2.4 state their sizes with 8 bits a byte, as iTunes wrote them.
    length : int
        Bytes from header to footer; 0 for a new tag.
    """

    version: int
    revision: int = 0
    flags: int = 0
    extended_header: bytes = b""
    computed_values: dict[str, int] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    padding: int = 0
    junk: bytes = b""
    footer: bool = False
    unsynchronised: bool = False
    plain_sizes: bool = False
    length: int = 0


def tag_length(start: bytes) -> int:
    """Return the length of a tag without its footer.

    Parameters
    ----------
    start : bytes
        The first 10 bytes of the tag or more.

    Returns
    -------
    int
        In bytes; 0 if the bytes are not the start of a tag.

    Raises
    ------
    TagError
        If the size is invalid.
    """
    if len(start) < HEADER_SIZE or start[:3] != b"ID3":
        return 0
    if any(byte & 0x80 for byte in start[6:10]):
        raise TagError("its ID3v2 tag is damaged (its size is invalid)")
    return HEADER_SIZE + decode_number(start[6:10], 7)


def parse_tag(data: bytes) -> Tag | None:
    """Parse a tag.

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
        If the positions of its frames cannot be determined.
    """
    end = tag_length(data)
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
    body = data[HEADER_SIZE:end]
    unsynchronised = version < 4 and bool(flags & UNSYNCHRONISATION)
    plain, removed = _remove_inserted_zeros(body) if unsynchronised else (body, [])
    start = _extended_header_size(plain, version) if flags & EXTENDED_HEADER else 0
    scans = [scan_frames(plain, start, version, 8 if version < 4 else 7)]
    if version == 4 and (alternative := scan_frames(plain, start, version, 8)).spans != scans[0].spans:
        scans.append(alternative)
    scan = choose_scan(scans)
    if removed and not scan.clean and not start and (unchanged := scan_frames(body, 0, version, 8)).clean:
        # Some programs set the flag without unsynchronising the tag.
        unsynchronised, plain, removed, scan = False, body, [], unchanged

    def raw(first: int, last: int) -> bytes:
        """Return the bytes in the file between two offsets in the tag without unsynchronisation."""
        if not removed:
            return body[first:last]
        return body[first + bisect_right(removed, first) : last + bisect_right(removed, last)]

    header_size = frame_header_size(version)
    frames = tuple(
        Frame(
            plain[first : first + frame_name_size(version)],
            raw(first, last),
            int.from_bytes(plain[first + 8 : first + 10], "big") if version > 2 else 0,
            plain[first + header_size : last],
        )
        for first, last in scan.spans
    )
    rest = raw(scan.stop, len(plain))
    junk = rest.lstrip(b"\0")
    tag = Tag(
        version,
        revision,
        flags,
        frames=frames,
        padding=len(rest) - len(junk),
        junk=junk,
        footer=footer,
        unsynchronised=unsynchronised,
        plain_sizes=scan.bits == 8 and version == 4,
        length=end + HEADER_SIZE * footer,
    )
    return _with_extended_header(tag, plain[:start]) if start else tag


def serialise_tag(tag: Tag, frames: Sequence[Frame]) -> bytes:
    """Serialise a tag with other frames.

    Parameters
    ----------
    tag : Tag
        The tag as parsed.
    frames : sequence of Frame
        The new frames.

    Returns
    -------
    bytes
        As long as before if the padding allows it.

    Raises
    ------
    TagError
        If the tag would be larger than `MAX_TAG_SIZE`.
    """
    frame_bytes = b"".join(frame.raw for frame in frames)
    before = sum(len(frame.raw) for frame in tag.frames)
    padding = tag.padding + before - len(frame_bytes)
    if tag.footer or tag.flags & FOOTER:
        padding = min(max(padding, 0), tag.padding)  # a tag with a footer has no padding
    elif tag.junk and (not tag.padding or padding < HEADER_SIZE):
        padding = tag.padding  # the junk must not move to where a frame is expected
    elif padding < 0 or not tag.length:
        padding = NEW_PADDING + len(frame_bytes) % 2
    body = _extended_header_for(tag, frame_bytes, padding) + frame_bytes + bytes(padding) + tag.junk
    if len(body) > MAX_TAG_SIZE:
        raise TagError("its ID3v2 tag is too large to hold more")
    header = bytes([tag.version, tag.revision, tag.flags]) + encode_number(len(body), 7)
    return b"ID3" + header + body + (b"3DI" + header if tag.footer else b"")


def insertion_index(tag: Tag, frames: Sequence[Frame]) -> int:
    """Return the index for a new frame at which every program finds it.

    Parameters
    ----------
    tag : Tag
        The tag as parsed.
    frames : sequence of Frame
        The frames among which the new one is inserted.

    Returns
    -------
    int
        After the other frames, but before the first one that some programs cannot read.
    """
    header_size = frame_header_size(tag.version)
    if tag.unsynchronised and any(len(frame.raw) != header_size + len(frame.body) for frame in frames):
        return 0  # FFmpeg computes wrong positions in such a tag
    return next((number for number, frame in enumerate(frames) if frame.nonstandard), len(frames))


def make_frame(tag: Tag, name: bytes, body: bytes) -> Frame:
    """Make a frame in the format of a tag.

    Parameters
    ----------
    tag : Tag
        The tag that the frame is for.
    name : bytes
        Identifier: three bytes for ID3v2.2, four for later versions.
    body : bytes
        Content of the frame.

    Returns
    -------
    Frame
    """
    if tag.version == 2:
        plain = name + len(body).to_bytes(3, "big") + body
    else:
        bits = 7 if tag.version == 4 and not tag.plain_sizes else 8
        plain = name + encode_number(len(body), bits) + b"\0\0" + body
    return Frame(name, _unsynchronise(plain) if tag.unsynchronised else plain, 0, body)


def remove_unsynchronisation(data: bytes) -> bytes:
    """Remove unsynchronisation, unless the data cannot be unsynchronised.

    Parameters
    ----------
    data : bytes
        Content that is declared to be unsynchronised.

    Returns
    -------
    bytes
    """
    # An unsynchronised string has no FF before a byte of E0 or more, nor at its end.
    declared_wrongly = bool(re.search(rb"\xff[\xe0-\xff]", data)) or data.endswith(b"\xff")
    return data if declared_wrongly else UNSYNCHRONISED_FF.sub(b"\xff", data)


def _extended_header_size(data: bytes, version: int) -> int:
    """Return the length of the extended header; 0 if a program set its flag and wrote none."""
    size = decode_number(data[:4], 7) if version == 4 else 4 + int.from_bytes(data[:4], "big")
    if FRAME_NAME.fullmatch(data[:4]) and (size > len(data) or version == 3):
        return 0
    if size < 6 or size > len(data) or (version == 4 and any(byte & 0x80 for byte in data[:4])):
        raise TagError("its ID3v2 tag is damaged (its extended header cannot be read)")
    return size


def _with_extended_header(tag: Tag, header: bytes) -> Tag:
    """Add an extended header to a tag; find the values in it that are computed from the frames, if they are right."""
    candidates: dict[str, int] = {}
    if tag.version == 3 and len(header) in (10, 14):
        if not tag.junk:
            candidates["padding"] = 6
        if len(header) == 14 and header[4] & 0x80:
            candidates["frames"] = 10
    elif tag.version == 4 and header[4] == 1 and header[5] & 0x20:
        offset = 7 if header[5] & 0x40 else 6
        if header[offset : offset + 1] == b"\x05" and len(header) >= offset + 6:
            # The standard includes the padding in the checksum; some programs do not.
            candidates.update({"all": offset + 1, "frames": offset + 1})
    frame_bytes = b"".join(frame.raw for frame in tag.frames)
    computed: dict[str, int] = {}
    template = bytearray(header)
    for kind, offset in candidates.items():
        value = _computed_value(tag, kind, frame_bytes, tag.padding)
        if offset not in computed.values() and header[offset : offset + len(value)] == value:
            computed[kind] = offset
            template[offset : offset + len(value)] = bytes(len(value))
    return replace(tag, extended_header=bytes(template), computed_values=computed)


def _extended_header_for(tag: Tag, frame_bytes: bytes, padding: int) -> bytes:
    """Return the extended header with the computed values of other frames."""
    header = bytearray(tag.extended_header)
    for kind, offset in tag.computed_values.items():
        value = _computed_value(tag, kind, frame_bytes, padding)
        header[offset : offset + len(value)] = value
    if not tag.unsynchronised:
        return bytes(header)
    # Whether a zero is inserted after a last byte FF depends on the byte that follows.
    return _unsynchronise(bytes(header) + frame_bytes[:1])[: -1 if frame_bytes else None]


def _computed_value(tag: Tag, kind: str, frame_bytes: bytes, padding: int) -> bytes:
    """Return the size of the padding, or the checksum of the frames or of all that follows the extended header."""
    if kind == "padding":
        return padding.to_bytes(4, "big")
    data = UNSYNCHRONISED_FF.sub(b"\xff", frame_bytes) if tag.unsynchronised else frame_bytes
    checksum = zlib.crc32(data + bytes(padding) + tag.junk if kind == "all" else data)
    return checksum.to_bytes(4, "big") if tag.version == 3 else encode_number(checksum, 7, 5)


def _remove_inserted_zeros(data: bytes) -> tuple[bytes, list[int]]:
    """Remove unsynchronisation; return also the offsets, in the result, before which a zero was removed."""
    removed = [match.start() + 1 - number for number, match in enumerate(UNSYNCHRONISED_FF.finditer(data))]
    return UNSYNCHRONISED_FF.sub(b"\xff", data), removed


def _unsynchronise(data: bytes) -> bytes:
    data = UNSAFE_FF.sub(b"\xff\0", data)
    return data + b"\0" if data.endswith(b"\xff") else data

"""Find the frames of an ID3v2 tag, whose sizes some programs wrote in another form than the standard requires.

In ID3v2.4 a byte of a frame's size has 7 bits; iTunes wrote 8. The tag is scanned in both ways, and the more plausible
scan is used.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from tagger.errors import TagError

HEADER_SIZE = 10
"""Bytes of a tag's header or footer."""

MAX_FRAMES = 1 << 14
"""Frames that a tag may have; no program writes as many."""

FRAME_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9\0 ]?")


class Plausibility(IntEnum):
    """How plausible a scan is."""

    UNNAMED = 0
    """A frame has an invalid name, or there are no frames."""
    NAMED = 1
    """All names are valid."""
    PADDED = 2
    """Zeros follow the frames."""
    CLEAN = 3
    """Nothing but zeros follows the frames."""


class FrameScan(NamedTuple):
    """The frames that were found with one form of sizes.

    Attributes
    ----------
    bits : int
        Bits in each byte of a size, 7 or 8.
    spans : list of (int, int)
        Start and end of each frame.
    stop : int
        Offset at which no further frame was found.
    plausibility : Plausibility
        Rating of the scan.
    valid_names : int
        Number of frames with a valid name.
    complete : bool
        Whether nothing but zeros follows the frames.
    """

    bits: int
    spans: list[tuple[int, int]]
    stop: int
    plausibility: Plausibility
    valid_names: int
    complete: bool

    @property
    def clean(self) -> bool:
        """Whether the scan has the highest plausibility."""
        return self.plausibility == Plausibility.CLEAN


def scan_frames(data: bytes, start: int, version: int, bits: int) -> FrameScan:
    """Find frames by their sizes.

    Parameters
    ----------
    data : bytes
        The tag after its header, without unsynchronisation.
    start : int
        Offset of the first frame.
    version : int
        2, 3 or 4.
    bits : int
        Bits in each byte of a size, 7 or 8.

    Returns
    -------
    FrameScan

    Raises
    ------
    TagError
        If there are more than `MAX_FRAMES`.
    """
    header_size, name_size = frame_header_size(version), frame_name_size(version)
    spans: list[tuple[int, int]] = []
    offset, valid_names, padded = start, 0, True
    while offset + header_size <= len(data) and (name := data[offset : offset + name_size]).strip(b"\0"):
        size = data[offset + name_size : offset + name_size * 2]
        end = offset + header_size + decode_number(size, bits)
        if end > len(data) or (bits == 7 and any(byte & 0x80 for byte in size)):
            padded = False
            break
        valid_names += bool(FRAME_NAME.fullmatch(name))
        spans.append((offset, end))
        if len(spans) > MAX_FRAMES:
            raise TagError(f"its ID3v2 tag has more than {MAX_FRAMES} frames")
        offset = end
    rest = data[offset:]
    complete = not rest.strip(b"\0")
    if not spans or valid_names < len(spans):
        plausibility = Plausibility.UNNAMED
    elif complete:
        plausibility = Plausibility.CLEAN
    elif padded and not rest[:name_size].strip(b"\0"):
        plausibility = Plausibility.PADDED
    else:
        plausibility = Plausibility.NAMED
    return FrameScan(bits, spans, offset, plausibility, valid_names, complete)


def choose_scan(scans: list[FrameScan]) -> FrameScan:
    """Choose the more plausible scan.

    Parameters
    ----------
    scans : list of FrameScan
        The scan by the standard, and one in another form, if that finds other frames.

    Returns
    -------
    FrameScan
        The scan by the standard, unless the other is more plausible. If neither is, the frames that both have found.
    """
    standard = scans[0]
    if len(scans) == 1 or standard.clean:
        return standard
    other = scans[1]
    if other.valid_names != standard.valid_names:
        return other if other.valid_names > standard.valid_names else standard
    if other.clean and not standard.complete:
        return other
    if standard.complete or standard.plausibility == Plausibility.PADDED:
        return standard
    common = [span for span, other_span in zip(standard.spans, other.spans, strict=False) if span == other_span]
    stop = common[-1][1] if common else min(span[0] for span in (*standard.spans[:1], *other.spans[:1]))
    return standard._replace(spans=common, stop=stop)


def frame_header_size(version: int) -> int:
    """Return the size of a frame's header.

    Parameters
    ----------
    version : int
        2, 3 or 4.

    Returns
    -------
    int
        In bytes.
    """
    return 6 if version == 2 else 10


def frame_name_size(version: int) -> int:
    """Return the length of a frame's name, which is also that of its size.

    Parameters
    ----------
    version : int
        2, 3 or 4.

    Returns
    -------
    int
        In bytes.
    """
    return 3 if version == 2 else 4


def decode_number(data: bytes, bits: int) -> int:
    """Decode a big-endian number.

    Parameters
    ----------
    data : bytes
        The number.
    bits : int
        Bits in each byte that count, 7 or 8.

    Returns
    -------
    int
    """
    value = 0
    for byte in data:
        value = value << bits | byte & (1 << bits) - 1
    return value


def encode_number(value: int, bits: int, count: int = 4) -> bytes:
    """Encode a big-endian number.

    Parameters
    ----------
    value : int
        The number.
    bits : int
        Bits to use in each byte, 7 or 8.
    count : int
        Number of bytes.

    Returns
    -------
    bytes
    """
    return bytes(value >> bits * position & (1 << bits) - 1 for position in reversed(range(count)))

"""Which of a file's moods emotag wrote, and which are others': also after another program has saved the file.

The marker names the moods that emotag added. Programs that know one value a field join them when they save (Picard
with ``/``, FFmpeg with ``;``), and some drop fields they do not know, such as the marker; what emotag wrote is then
known from the library. A value that others wrote is never taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagger.tags.schema import FIELDS, Marker
from tagger.tags.write_record import FieldValues

SEPARATORS = ("\0", ";", "/", ",", "|", "\\")
"""What programs join values with, with or without spaces around."""

FieldSpan = tuple[FieldValues, FieldValues]
"""A file's fields before emotag's first write and after its last."""


class Moods(NamedTuple):
    """A file's moods, parted."""

    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def split_moods(now: Mapping[str, tuple[str, ...]], known: FieldSpan | None = None) -> Moods:
    """Part the moods of a file into others' and ours.

    Parameters
    ----------
    now : mapping of str to tuple of str
        The file's fields.
    known : pair of Values, optional
        What the library knows of emotag's writes to this file.
    """
    marker = Marker.parse(now["marker"])
    values = now["moods"]
    if known is not None:
        written = Marker.parse(known[1]["marker"])
        if marker is None:
            marker = written
        if marker is not None and written is not None and marker.moods == written.moods:
            values = _expanded(values, known[1]["moods"])
    if marker is None:
        return Moods(values, ())
    ours = [mood.casefold() for mood in marker.moods]
    lacking = set(ours) - {value.casefold() for value in values}
    theirs: list[str] = []
    found: list[str] = []
    for value in values:
        if value.casefold() in ours:
            found.append(value)
            continue
        rest, taken = _without(value, lacking)
        theirs += rest
        found += taken
    return Moods(tuple(theirs), tuple(found))


def _expanded(values: Iterable[str], written: tuple[str, ...]) -> tuple[str, ...]:
    """Put the values that were written in the place of a value that joins them."""
    found: list[str] = []
    for value in values:
        joined = len(written) > 1 and any(
            re.fullmatch(rf"\s*{re.escape(joint)}\s*".join(map(re.escape, written)), value) for joint in SEPARATORS
        )
        found += written if joined else (value,)
    return tuple(found)


def _without(value: str, ours: set[str]) -> tuple[list[str], list[str]]:
    """Take our moods out of a value that joins them with others', which stay as they are."""
    if not ours:
        return [value], []
    parted = max((_parted(value, joint, ours) for joint in SEPARATORS), key=lambda found: len(found[1]))
    return parted if parted[1] else ([value], [])


def _parted(value: str, joint: str, ours: set[str]) -> tuple[list[str], list[str]]:
    """Part a value at a joint: runs of others' moods, as they stand there, and ours."""
    spans = [found.span() for found in re.finditer(rf"[^{re.escape(joint)}]+", value)]
    if len(spans) < 2:
        return [value], []
    # The last one of each is ours: emotag puts its moods behind those of others.
    mine: dict[str, int] = {}
    for number, (start, end) in enumerate(spans):
        text = value[start:end].strip().casefold()
        if text in ours:
            mine[text] = number
    rest: list[str] = []
    begin: int | None = None
    for number, (start, _) in enumerate([*spans, (len(value), len(value))]):
        if number in mine.values() or number == len(spans):
            if begin is not None:
                rest.append(value[begin : spans[number - 1][1]].strip())
            begin = None
        elif begin is None:
            begin = start
    return [text for text in rest if text], [value[slice(*spans[number])].strip() for number in mine.values()]


def without_ours(now: Mapping[str, tuple[str, ...]], known: FieldSpan | None) -> FieldValues:
    """Return a file's fields as they are without what emotag wrote, and with what others changed since."""
    theirs = split_moods(now, known).theirs
    if known is None:
        return {"moods": theirs, **_NOTHING}
    before, after = known
    origin = before
    if before["marker"]:  # the first writes are not known, only a later one
        origin = {"moods": split_moods(before).theirs, **_NOTHING}
    found = {field: origin[field] if now[field] in (before[field], after[field]) else now[field] for field in FIELDS}
    untouched = _expanded(now["moods"], after["moods"]) == after["moods"]
    return {**found, "moods": origin["moods"] if untouched else theirs, "marker": ()}


_NOTHING: FieldValues = dict.fromkeys(("valence", "arousal", "marker"), ())

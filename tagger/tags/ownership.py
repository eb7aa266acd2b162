"""Tell the moods that emotag wrote from those of other programs, even after another program saved the file.

The marker names the moods that emotag added. Programs that support one value per field join the values when they save
(Picard with ``/``, FFmpeg with ``;``), and some drop unknown fields such as the marker; the moods that emotag wrote are
then known from the library. A value that other programs wrote is never split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tagger.tags.schema import FIELDS, Marker
from tagger.tags.write_record import FieldHistory, FieldValues

SEPARATORS = ("\0", ";", "/", ",", "|", "\\")
"""What programs join values with, with or without spaces around it."""


class MoodOwners(NamedTuple):
    """A file's moods by the program that wrote them.

    Attributes
    ----------
    others : tuple of str
        Moods of other programs.
    ours : tuple of str
        Moods that emotag wrote.
    """

    others: tuple[str, ...]
    ours: tuple[str, ...]


def split_moods(fields: Mapping[str, tuple[str, ...]], history: FieldHistory | None = None) -> MoodOwners:
    """Separate the moods of a file by owner.

    Parameters
    ----------
    fields : mapping of str to tuple of str
        The file's current fields.
    history : FieldHistory, optional
        The recorded writes to this file, from the library.

    Returns
    -------
    MoodOwners
    """
    marker = Marker.parse(fields["marker"])
    values = fields["moods"]
    if history is not None:
        written = Marker.parse(history.after["marker"])
        if marker is None:
            marker = written
        if marker is not None and written is not None and marker.moods == written.moods:
            values = _split_joined(values, history.after["moods"])
    if marker is None:
        return MoodOwners(values, ())
    added = [mood.casefold() for mood in marker.moods]
    missing = set(added) - {value.casefold() for value in values}
    others: list[str] = []
    ours: list[str] = []
    for value in values:
        if value.casefold() in added:
            ours.append(value)
        else:
            rest, extracted = _extract(value, missing)
            others += rest
            ours += extracted
    return MoodOwners(tuple(others), tuple(ours))


def _split_joined(values: Iterable[str], written: tuple[str, ...]) -> tuple[str, ...]:
    """Replace a value that joins all written values by these."""
    result: list[str] = []
    for value in values:
        joined = len(written) > 1 and any(
            re.fullmatch(rf"\s*{re.escape(separator)}\s*".join(map(re.escape, written)), value)
            for separator in SEPARATORS
        )
        result += written if joined else (value,)
    return tuple(result)


def _extract(value: str, moods: set[str]) -> tuple[list[str], list[str]]:
    """Extract moods from a value that joins them with others; return the rest and the moods."""
    if not moods:
        return [value], []
    candidates = (_extract_separated(value, separator, moods) for separator in SEPARATORS)
    best = max(candidates, key=lambda candidate: len(candidate[1]))
    return best if best[1] else ([value], [])


def _extract_separated(value: str, separator: str, moods: set[str]) -> tuple[list[str], list[str]]:
    """Extract moods from a value joined with one separator; adjacent other moods stay joined as they are."""
    spans = [match.span() for match in re.finditer(rf"[^{re.escape(separator)}]+", value)]
    if len(spans) < 2:
        return [value], []
    # Of repeated moods the last one is emotag's, which appends its moods to those of others.
    extracted: dict[str, int] = {}
    for number, (start, end) in enumerate(spans):
        text = value[start:end].strip().casefold()
        if text in moods:
            extracted[text] = number
    rest: list[str] = []
    run_start: int | None = None
    for number, (start, _) in enumerate([*spans, (len(value), len(value))]):
        if number in extracted.values() or number == len(spans):
            if run_start is not None:
                rest.append(value[run_start : spans[number - 1][1]].strip())
            run_start = None
        elif run_start is None:
            run_start = start
    texts = [value[slice(*spans[number])].strip() for number in extracted.values()]
    return [text for text in rest if text], texts


def fields_without_ours(fields: Mapping[str, tuple[str, ...]], history: FieldHistory | None) -> FieldValues:
    """Return the fields that a file has without what emotag wrote; later changes of other programs are kept.

    Parameters
    ----------
    fields : mapping of str to tuple of str
        The file's current fields.
    history : FieldHistory, optional
        As for `split_moods`. Without it, the moods that the marker names are removed.

    Returns
    -------
    dict of str to tuple of str
    """
    others = split_moods(fields, history).others
    if history is None:
        return {"moods": others, **_EMPTY}
    before, after = history
    original = before
    if before["marker"]:  # only a later write is known, not the first ones
        original = {"moods": split_moods(before).others, **_EMPTY}
    restored = {
        field: original[field] if fields[field] in (before[field], after[field]) else fields[field] for field in FIELDS
    }
    unchanged = _split_joined(fields["moods"], after["moods"]) == after["moods"]
    return {**restored, "moods": original["moods"] if unchanged else others, "marker": ()}


_EMPTY: FieldValues = dict.fromkeys(("valence", "arousal", "marker"), ())

"""Moods in the frames of an ID3v2 tag, of which several may hold some.

In ID3v2.4 they belong into TMOO, in older versions into TXXX:MOOD; but Picard writes TMOO into ID3v2.3, FFmpeg writes
TXXX:TMOO, and others write TXXX:MOOD into ID3v2.4. A frame of others stays as it is as long as all it says is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tagger.tags.schema import SEPARATOR

DESCRIPTIONS = ("mood", "tmoo")
"""Descriptions of TXXX frames that hold moods, in whatever case."""

VALUE = re.compile(r"[^;\0]+")


@dataclass(frozen=True)
class MoodFrame:
    """A frame that holds moods.

    Attributes
    ----------
    number : int
        Which of the tag's frames it is.
    name : str
        ``TMOO`` or ``TXXX``.
    head : tuple of str
        The description of a TXXX frame.
    text : str
        Its values, with zeros between them.
    home : bool
        Whether it is the frame in which moods belong.
    """

    number: int
    name: str
    head: tuple[str, ...]
    text: str
    home: bool

    @property
    def spans(self) -> list[tuple[str, int]]:
        """Its moods, and where in the text they end; some programs join several with semicolons."""
        found = VALUE.finditer(self.text)
        return [(mood, match.end()) for match in found if (mood := match[0].strip())]


def mood_frames(texts: Iterable[tuple[int, str, list[str]]], version: int) -> list[MoodFrame]:
    """Pick the frames that hold moods, the one in which they belong last."""
    frames = []
    for number, name, values in texts:
        head, rest = (tuple(values[:1]), values[1:]) if name == "TXXX" else ((), values)
        if head and head[0].casefold() not in DESCRIPTIONS:
            continue
        home = name == "TMOO" if version == 4 else bool(head) and head[0].casefold() == "mood"
        frames.append(MoodFrame(number, name, head, "\0".join(rest), home))
    return sorted(frames, key=lambda frame: frame.home)


def mood_values(frames: Sequence[MoodFrame]) -> tuple[str, ...]:
    """Return the moods of all frames; what a frame repeats of those before it counts once."""
    moods: list[str] = []
    for frame in frames:
        known = {mood.casefold() for mood in moods}
        moods += [mood for mood, _ in frame.spans if mood.casefold() not in known]
    return tuple(moods)


def distribute(frames: Sequence[MoodFrame], moods: tuple[str, ...], version: int) -> tuple[dict[int, str], str]:
    """Share moods out among frames.

    Returns
    -------
    dict of int to str
        The new text of those frames that change, by number; an empty one goes.
    str
        The text of a frame to be made, if not empty.
    """
    home = frames[-1] if frames and frames[-1].home else None
    there = {mood for frame in frames for mood, _ in frame.spans}
    new = [mood for mood in moods if mood not in there]
    separator = "\0" if version == 4 else SEPARATOR
    changed = {}
    for frame in frames:
        text = _reduced(frame, set(moods), separator)
        if frame is home:
            text = separator.join([*([text] if text else []), *new])
        if text != frame.text:
            changed[frame.number] = text
    return changed, "" if home else separator.join(new)


def _reduced(frame: MoodFrame, wanted: set[str], separator: str) -> str:
    """Take moods out of a frame's text, and leave those before them written as they are."""
    stays = [mood in wanted for mood, _ in frame.spans]
    if all(stays):
        return frame.text
    first = stays.index(False)
    if any(stays[first:]):
        return separator.join(mood for (mood, _), stay in zip(frame.spans, stays, strict=True) if stay)
    return frame.text[: frame.spans[first - 1][1]] if first else ""

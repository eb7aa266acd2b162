"""Moods in the frames of an ID3v2 tag; several frames may hold some.

ID3v2.4 has TMOO for moods, older versions use TXXX:MOOD. But Picard writes TMOO into ID3v2.3, FFmpeg writes TXXX:TMOO,
and other programs write TXXX:MOOD into ID3v2.4. All of them are read. A frame of another program is unchanged as long
as all its moods are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tagger.tags.schema import NAMES, SEPARATOR

MOOD_DESCRIPTIONS = ("mood", "tmoo")
"""Descriptions of TXXX frames that hold moods, in lower case."""

MOOD = re.compile(r"[^;\0]+")


@dataclass(frozen=True)
class MoodFormat:
    """How a version of ID3v2 stores moods.

    Attributes
    ----------
    name : str
        Name of the standard frame for moods, ``TMOO`` or ``TXXX``.
    description : tuple of str
        Description of the standard frame, if it is a TXXX frame.
    separator : str
        Joins several moods in the text of a frame.
    multiple : bool
        Whether a frame may hold several texts, with zeros between them.
    """

    name: str
    description: tuple[str, ...]
    separator: str
    multiple: bool

    def is_standard(self, name: str, description: tuple[str, ...]) -> bool:
        """Return whether a frame is the standard one for moods.

        Parameters
        ----------
        name : str
            ``TMOO`` or ``TXXX``.
        description : tuple of str
            The description of a TXXX frame.

        Returns
        -------
        bool
        """
        return name == self.name and [d.casefold() for d in description] == [d.casefold() for d in self.description]

    def split_texts(self, text: str) -> list[str]:
        """Split the text of a frame into the texts that are stored.

        Parameters
        ----------
        text : str
            Moods, joined by `separator`.

        Returns
        -------
        list of str
        """
        return text.split("\0") if self.multiple else [text]


MOOD_FORMATS = {
    3: MoodFormat("TXXX", (NAMES["id3v2.3"]["moods"],), SEPARATOR, multiple=False),
    4: MoodFormat(NAMES["id3v2.4"]["moods"], (), "\0", multiple=True),
}
"""Formats by version; ID3v2.2 uses that of 2.3."""


@dataclass(frozen=True)
class MoodFrame:
    """A frame that holds moods.

    Attributes
    ----------
    number : int
        Index among the tag's frames.
    name : str
        ``TMOO`` or ``TXXX``.
    description : tuple of str
        The description of a TXXX frame.
    text : str
        Its texts, with zeros between them.
    standard : bool
        Whether it is the standard frame for moods.
    """

    number: int
    name: str
    description: tuple[str, ...]
    text: str
    standard: bool

    @property
    def moods(self) -> list[tuple[str, int]]:
        """Its moods, and where each ends in the text; some programs join several with semicolons."""
        return [(mood, match.end()) for match in MOOD.finditer(self.text) if (mood := match[0].strip())]


def find_mood_frames(texts: Iterable[tuple[int, str, list[str]]], mood_format: MoodFormat) -> list[MoodFrame]:
    """Select the frames that hold moods.

    Parameters
    ----------
    texts : iterable of (int, str, list of str)
        Index, name and texts of TMOO and TXXX frames.
    mood_format : MoodFormat
        Format of the tag's version.

    Returns
    -------
    list of MoodFrame
        The standard frame last.
    """
    frames = []
    for number, name, values in texts:
        description, rest = (tuple(values[:1]), values[1:]) if name == "TXXX" else ((), values)
        if description and description[0].casefold() not in MOOD_DESCRIPTIONS:
            continue
        standard = mood_format.is_standard(name, description)
        frames.append(MoodFrame(number, name, description, "\0".join(rest), standard))
    return sorted(frames, key=lambda frame: frame.standard)


def merge_moods(frames: Sequence[MoodFrame]) -> tuple[str, ...]:
    """Return the moods of all frames; those that an earlier frame contains are not repeated.

    Parameters
    ----------
    frames : sequence of MoodFrame
        As from `find_mood_frames`.

    Returns
    -------
    tuple of str
    """
    moods: list[str] = []
    for frame in frames:
        present = {mood.casefold() for mood in moods}
        moods += [mood for mood, _ in frame.moods if mood.casefold() not in present]
    return tuple(moods)


def distribute_moods(frames: Sequence[MoodFrame], moods: tuple[str, ...], separator: str) -> tuple[dict[int, str], str]:
    """Distribute moods over frames.

    Parameters
    ----------
    frames : sequence of MoodFrame
        As from `find_mood_frames`.
    moods : tuple of str
        The moods to store.
    separator : str
        As in `MoodFormat`.

    Returns
    -------
    dict of int to str
        The new text of each frame that changes, by the frame's number; a frame with an empty text is removed.
    str
        The text of the frame to add; empty if none is needed.
    """
    standard = frames[-1] if frames and frames[-1].standard else None
    present = {mood for frame in frames for mood, _ in frame.moods}
    new = [mood for mood in moods if mood not in present]
    changed = {}
    for frame in frames:
        text = _remove_moods(frame, set(moods), separator)
        if frame is standard:
            text = separator.join([*([text] if text else []), *new])
        if text != frame.text:
            changed[frame.number] = text
    return changed, "" if standard else separator.join(new)


def _remove_moods(frame: MoodFrame, kept: set[str], separator: str) -> str:
    """Remove moods from a frame's text; the text before the first removed one is unchanged."""
    keep = [mood in kept for mood, _ in frame.moods]
    if all(keep):
        return frame.text
    first = keep.index(False)
    if any(keep[first:]):
        return separator.join(mood for (mood, _), is_kept in zip(frame.moods, keep, strict=True) if is_kept)
    return frame.text[: frame.moods[first - 1][1]] if first else ""

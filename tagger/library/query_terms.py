"""The terms of queries: each is a condition in SQL, and tells how well a song meets it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import erf, inf, prod, sqrt
from typing import TYPE_CHECKING
from unicodedata import is_normalized, normalize

from tagger.emotions import MOODS, QUADRANTS
from tagger.library.records import NO_CONDITION, Condition

if TYPE_CHECKING:
    from tagger.library.songs import Song

DEFAULT_SD = 0.2
"""Standard deviation of valence and arousal for models that do not predict it."""

COLUMNS = {"valence": "prediction.valence", "arousal": "prediction.arousal", "duration": "audio.duration"}
"""Columns of numbers by field."""

CONTAINS, EQUALS = "emotag_contains", "emotag_equals"
"""Names of the SQL functions of `FUNCTIONS`."""


class Node(ABC):
    """A part of a query."""

    @abstractmethod
    def condition(self) -> Condition:
        """Return the condition that selects the songs.

        Returns
        -------
        Condition
        """

    @abstractmethod
    def score(self, song: Song) -> float:
        """Return how well a song matches.

        Parameters
        ----------
        song : Song

        Returns
        -------
        float
            In 0..1: the probability of a mood, or that the true valence and arousal are in a range or quadrant.
        """

    def leaves(self) -> Iterator[Node]:
        """Yield the terms of which the node consists."""
        yield self


@dataclass(frozen=True)
class And(Node):
    """All conditions; without conditions, every song."""

    nodes: tuple[Node, ...] = ()

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        return _join(" AND ", self.nodes) if self.nodes else NO_CONDITION

    def score(self, song: Song) -> float:
        """Return the product of the scores."""
        return prod(node.score(song) for node in self.nodes)

    def leaves(self) -> Iterator[Node]:
        """Yield the terms."""
        for node in self.nodes:
            yield from node.leaves()


@dataclass(frozen=True)
class Or(Node):
    """Any of several conditions."""

    nodes: tuple[Node, ...]

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        return _join(" OR ", self.nodes)

    def score(self, song: Song) -> float:
        """Return the highest score."""
        return max(node.score(song) for node in self.nodes)

    def leaves(self) -> Iterator[Node]:
        """Yield the terms."""
        for node in self.nodes:
            yield from node.leaves()


@dataclass(frozen=True)
class Not(Node):
    """The opposite of a condition."""

    node: Node

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        sql, values = self.node.condition()
        return Condition(f"(NOT {sql})", values)

    def score(self, song: Song) -> float:
        """Return the complement of the score."""
        return 1 - self.node.score(song)

    def leaves(self) -> Iterator[Node]:
        """Yield the terms."""
        yield from self.node.leaves()


def _join(operator: str, nodes: tuple[Node, ...]) -> Condition:
    conditions = [node.condition() for node in nodes]
    sql = operator.join(condition.sql for condition in conditions)
    return Condition(f"({sql})", tuple(value for condition in conditions for value in condition.values))


@dataclass(frozen=True)
class Mood(Node):
    """An assigned mood, one of `tagger.emotions.MOODS`."""

    name: str

    def condition(self) -> Condition:
        """Return the condition in SQL, the rule of `tagger.emotions.select_labels`."""
        columns = [mood.replace("-", "_") for mood in MOODS]
        index = MOODS.index(self.name)
        column = columns[index]
        above = [f"{column} > {other}" for other in columns[:index]]
        not_below = [f"{column} >= {other}" for other in columns[index + 1 :]]
        return Condition(f"({column} >= threshold OR ({' AND '.join(above + not_below)}))")

    def score(self, song: Song) -> float:
        """Return the probability of the mood."""
        return song.emotion.probabilities[MOODS.index(self.name)]


@dataclass(frozen=True)
class Quadrant(Node):
    """A quadrant of the valence/arousal plane."""

    name: str

    @property
    def _signs(self) -> tuple[bool, bool]:
        return next(signs for signs, name in QUADRANTS.items() if name == self.name)

    def condition(self) -> Condition:
        """Return the condition in SQL, the rule of `tagger.emotions.quadrant`."""
        valence, arousal = (">=" if positive else "<" for positive in self._signs)
        return Condition(f"({COLUMNS['valence']} {valence} 0 AND {COLUMNS['arousal']} {arousal} 0)")

    def score(self, song: Song) -> float:
        """Return the probability that the song is in the quadrant."""
        ranges = [(0.0, inf) if positive else (-inf, 0.0) for positive in self._signs]
        return prod(
            _probability(song, field, *limits) for field, limits in zip(("valence", "arousal"), ranges, strict=True)
        )


@dataclass(frozen=True)
class Range(Node):
    """A range of valence, arousal or duration, with or without its ends."""

    field: str
    low: float = -inf
    high: float = inf
    with_low: bool = True
    with_high: bool = True

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        column = COLUMNS[self.field]
        parts = []
        if self.low > -inf:
            parts.append((f"{column} {'>=' if self.with_low else '>'} ?", self.low))
        if self.high < inf:
            parts.append((f"{column} {'<=' if self.with_high else '<'} ?", self.high))
        return Condition(f"({' AND '.join(sql for sql, _ in parts)})", tuple(value for _, value in parts))

    def score(self, song: Song) -> float:
        """Return the probability that valence or arousal is in the range; for the duration 1 or 0."""
        if self.field != "duration":
            return _probability(song, self.field, self.low, self.high)
        low = song.duration >= self.low if self.with_low else song.duration > self.low
        high = song.duration <= self.high if self.with_high else song.duration < self.high
        return float(low and high)


def _probability(song: Song, field: str, low: float, high: float) -> float:
    """Return the probability that valence or arousal, of which the mean is predicted, is between two limits."""
    emotion = song.emotion
    if field == "valence":
        mean, sd = emotion.valence, emotion.valence_sd
    else:
        mean, sd = emotion.arousal, emotion.arousal_sd
    scale = (sd or DEFAULT_SD) * sqrt(2)
    return (erf((high - mean) / scale) - erf((low - mean) / scale)) / 2


TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "artist": ("artist",),
    "title": ("title",),
    "album": ("album",),
    "genre": ("genre",),
    "path": ("file.path",),
    "": ("artist", "title", "album", "file.path"),
}
"""Columns in which a text is looked for, by field; the empty field is that of plain words."""


@dataclass(frozen=True)
class Text(Node):
    """A text that a tag or the path contains or, if `exact`, that it is; the case is ignored.

    Plain words, which have no field, are looked for in artist, title, album, and the path below the home folder.
    """

    field: str
    text: str
    exact: bool = False

    def condition(self) -> Condition:
        """Return the condition in SQL, with a function of `FUNCTIONS`."""
        function = EQUALS if self.exact else CONTAINS
        # The argument of a command may have bytes that are not UTF-8, which SQLite accepts as bytes only.
        text = fold(self.text).encode(errors="surrogatepass")
        return Condition(f"{function}(?, ?, {', '.join(TEXT_COLUMNS[self.field])})", (text, self.field))

    def score(self, song: Song) -> float:
        """Return 1 if the song matches, else 0."""
        values = {
            "artist": song.artist,
            "title": song.title,
            "album": song.album,
            "genre": "\n".join(song.genres),
            "file.path": os.fsencode(song.path),
        }
        function = FUNCTIONS[EQUALS if self.exact else CONTAINS]
        text = fold(self.text).encode(errors="surrogatepass")
        return float(function(text, self.field, *(values[column] for column in TEXT_COLUMNS[self.field])))


@dataclass(frozen=True)
class Below(Node):
    """A file, or the files below a folder, given as an absolute path."""

    path: str

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        folder = self._folder
        return Condition("(file.path = ? OR (file.path > ? AND file.path < ?))", (folder, folder + b"/", folder + b"0"))

    def score(self, song: Song) -> float:
        """Return 1 if the song matches, else 0."""
        key, folder = os.fsencode(song.path), self._folder
        return float(key == folder or key.startswith(folder + b"/"))

    @property
    def _folder(self) -> bytes:
        return os.fsencode(self.path).rstrip(b"/")


@dataclass(frozen=True)
class WithoutTags(Node):
    """Songs whose tags the library does not have yet."""

    def condition(self) -> Condition:
        """Return the condition in SQL."""
        return Condition("(file.artist IS NULL)")

    def score(self, song: Song) -> float:
        """Return 1 if the song matches, else 0."""
        return float(not song.tags_read)


def fold(text: str) -> str:
    """Return text in the form in which texts are compared: without case, and with composed characters.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)


def _contains(text: bytes, field: str, *values: str | bytes | None) -> bool:
    searched = text.decode(errors="surrogatepass")
    return any(searched in fold(_as_text(value, field)) for value in values if value)


def _equals(text: bytes, field: str, *values: str | bytes | None) -> bool:
    searched = text.decode(errors="surrogatepass")
    return any(searched in _alternatives(fold(_as_text(value, field)), field) for value in values if value)


def _alternatives(value: str, field: str) -> list[str]:
    """Return the whole value of a tag, and the single values of which it consists."""
    return [value, *value.split("\n" if field == "genre" else "; ")]


def _as_text(value: str | bytes, field: str) -> str:
    if isinstance(value, str):
        return value
    path = os.fsdecode(value)
    # All songs of a user called Nina are below a folder of this name, but not by Nina Simone.
    return path if field else path.removeprefix(_home())


@cache
def _home() -> str:
    return os.path.join(os.path.expanduser("~"), "")


FUNCTIONS: dict[str, Callable[..., bool]] = {CONTAINS: _contains, EQUALS: _equals}
"""SQL functions of the terms by name: of a folded text, a field, and the values of its columns."""

"""Valence and arousal of a song relative to all songs of the library: as ranks or as standard scores."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tagger.emotions import Emotion
    from tagger.library.songs import Song
    from tagger.library.store import Store

RANK, Z = "rank", "z"
RELATIVE_SCALES = (RANK, Z)
"""Names of the scales: ranks from -1 to 1, and standard scores."""


class RelativePosition(NamedTuple):
    """The position of a song among all songs of the library.

    Attributes
    ----------
    scale : str
        One of `RELATIVE_SCALES`.
    valence, arousal : float
        Ranks are in -1..1; standard scores are not limited.
    """

    scale: str
    valence: float
    arousal: float

    @property
    def columns(self) -> dict[str, float]:
        """The position by column of a report, with four decimals."""
        values = (round(self.valence, 4), round(self.arousal, 4))
        return dict(zip(relative_columns(self.scale), values, strict=True))


def relative_columns(scale: str) -> tuple[str, str]:
    """Return the columns of a report for a scale.

    Parameters
    ----------
    scale : str
        One of `RELATIVE_SCALES`.

    Returns
    -------
    tuple of (str, str)
        Such as ``valence_rank`` and ``arousal_rank``.
    """
    return f"valence_{scale}", f"arousal_{scale}"


@dataclass(frozen=True)
class _Distribution:
    """The values of one output over all songs, in ascending order, with their mean and standard deviation."""

    values: array[float]
    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Iterable[float]) -> _Distribution:
        ascending = array("d", sorted(values))
        count = max(1, len(ascending))
        mean = sum(ascending) / count
        return cls(ascending, mean, sqrt(sum((value - mean) ** 2 for value in ascending) / count))

    def rank(self, value: float) -> float:
        """Return the rank, from -1 for the lowest to 1 for the highest; equal values share the mean of their ranks."""
        if len(self.values) < 2:
            return 0.0
        place = (bisect_left(self.values, value) + bisect_right(self.values, value) - 1) / 2
        return min(1.0, max(-1.0, 2 * place / (len(self.values) - 1) - 1))

    def z(self, value: float) -> float:
        """Return the standard score; 0 if all values are equal."""
        # The mean of equal values may be rounded, and the deviation of nearly equal ones may underflow.
        equal = not self.values or self.values[0] == self.values[-1] or self.deviation == 0
        return 0.0 if equal else (value - self.mean) / self.deviation


@dataclass(frozen=True)
class LibraryScale:
    """Valence and arousal of all songs of a library, to which songs are compared.

    Attributes
    ----------
    name : str
        One of `RELATIVE_SCALES`.
    valence, arousal : _Distribution
    """

    name: str
    valence: _Distribution
    arousal: _Distribution

    def position(self, emotion: Emotion) -> RelativePosition:
        """Return the position of an emotion among all songs.

        Parameters
        ----------
        emotion : Emotion

        Returns
        -------
        RelativePosition
        """
        if self.name == RANK:
            return RelativePosition(RANK, self.valence.rank(emotion.valence), self.arousal.rank(emotion.arousal))
        return RelativePosition(Z, self.valence.z(emotion.valence), self.arousal.z(emotion.arousal))

    def place(self, song: Song) -> Song:
        """Return a song with its relative position.

        Parameters
        ----------
        song : Song

        Returns
        -------
        Song
        """
        return song._replace(relative=self.position(song.emotion))


def library_scale(store: Store, name: str) -> LibraryScale:
    """Read valence and arousal of all songs of the library.

    Parameters
    ----------
    store : Store
        The library database.
    name : str
        One of `RELATIVE_SCALES`.

    Returns
    -------
    LibraryScale
        Copies of a song, which have the same audio, count once.
    """
    predictions = {file.audio: file.prediction for file in store.predicted_files()}
    return LibraryScale(
        name,
        _Distribution.of(prediction.valence for prediction in predictions.values()),
        _Distribution.of(prediction.arousal for prediction in predictions.values()),
    )

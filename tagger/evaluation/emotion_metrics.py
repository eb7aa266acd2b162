"""Metrics of predicted emotions: quadrants, mood words, and contradictions between moods and quadrant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from tagger.datasets.mer450 import QUADRANT_SIGNS
from tagger.emotions import MOODS, quadrant
from tagger.evaluation.results import Table

CONTRADICTORY = {
    "happy": "angry-aggressive",
    "calm": "angry-aggressive",
    "sad": "happy-pleased",
    "tense": "relaxing-calm",
}
"""The mood that contradicts each quadrant of `tagger.emotions.QUADRANTS`."""


def quadrant_metrics(points: np.ndarray, quadrants: np.ndarray) -> dict[str, float]:
    """Compare predicted valence and arousal with annotated quadrants.

    Parameters
    ----------
    points : numpy.ndarray, shape=(songs, 2)
        Predicted valence and arousal.
    quadrants : numpy.ndarray, shape=(songs,)
        Annotated quadrants, ``Q1`` to ``Q4``; see `tagger.datasets.mer450.QUADRANT_SIGNS`.

    Returns
    -------
    dict of str to float
        `auc_valence`, `auc_arousal`: area under the ROC curve of each output against the annotated sign.
        `auc_valence_quiet`, `auc_valence_loud`: the same among the songs with negative arousal (``Q3``, ``Q4``) and
        with positive arousal (``Q1``, ``Q2``). `quadrants_right`: share of songs whose two predicted signs are right; 0
        counts as positive. An area is NaN if all of its songs have the same sign.
    """
    signs = np.array([QUADRANT_SIGNS[name] for name in quadrants.tolist()])
    valence, arousal = (signs > 0).T
    return {
        "auc_valence": _auc(valence, points[:, 0]),
        "auc_valence_quiet": _auc(valence[~arousal], points[~arousal, 0]),
        "auc_valence_loud": _auc(valence[arousal], points[arousal, 0]),
        "auc_arousal": _auc(arousal, points[:, 1]),
        "quadrants_right": float(((points >= 0) == (signs > 0)).all(axis=1).mean()),
    }


def word_metrics(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Compare predicted moods with the moods that annotated words stand for.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs, moods)
        Probability, or any other score, of each of `tagger.emotions.MOODS`.
    labels : numpy.ndarray, shape=(songs, moods)
        0 or 1, such as of `tagger.datasets.mer450.QuadrantDataset.mood_labels`.

    Returns
    -------
    dict of str to float
        Area under the ROC curve of each mood, such as `auc_sad_lonely`, and their mean `auc_moods`. The area of a mood
        that all songs or no songs have is NaN, and does not count in the mean.
    """
    figures = {
        "auc_" + mood.replace("-", "_"): _auc(labels[:, i] > 0, probabilities[:, i]) for i, mood in enumerate(MOODS)
    }
    defined = [value for value in figures.values() if not np.isnan(value)]
    return {**figures, "auc_moods": float(np.mean(defined)) if defined else float("nan")}


def _auc(positive: np.ndarray, scores: np.ndarray) -> float:
    if positive.all() or not positive.any():
        return float("nan")
    return float(roc_auc_score(positive, scores))


class Contradiction(NamedTuple):
    """A quadrant and a mood that contradict each other.

    Attributes
    ----------
    quadrant, mood : str
    songs : int
        Number of songs that have both.
    of : int
        Number of songs in the quadrant.
    """

    quadrant: str
    mood: str
    songs: int
    of: int


@dataclass(frozen=True)
class Contradictions:
    """How often the moods of a song contradict its quadrant.

    Attributes
    ----------
    kinds : tuple of Contradiction
        One for each quadrant.
    songs : int
        Number of all songs.
    """

    kinds: tuple[Contradiction, ...]
    songs: int

    @property
    def share(self) -> float:
        """Share of all songs with a contradiction, in 0..1."""
        return sum(kind.songs for kind in self.kinds) / self.songs


def contradictions(points: np.ndarray, moods: np.ndarray) -> Contradictions:
    """Count the songs whose moods contradict their quadrant, as listed in `CONTRADICTORY`.

    Parameters
    ----------
    points : numpy.ndarray, shape=(songs, 2)
        Predicted valence and arousal.
    moods : numpy.ndarray, shape=(songs, moods)
        Whether each of `tagger.emotions.MOODS` is assigned, such as of `tagger.evaluation.metrics.select_labels`.

    Returns
    -------
    Contradictions

    Raises
    ------
    ValueError
        If there are no songs.
    """
    if not len(points):
        raise ValueError("no songs")
    quadrants = np.array([quadrant(*point) for point in points.tolist()])
    kinds = []
    for name, mood in CONTRADICTORY.items():
        inside = quadrants == name
        assigned = moods[:, MOODS.index(mood)].astype(bool)
        kinds.append(Contradiction(name, mood, int((inside & assigned).sum()), int(inside.sum())))
    return Contradictions(tuple(kinds), len(points))


def contradiction_table(models: Mapping[str, Contradictions]) -> Table:
    """Return the contradictions of models as a table with a row per kind, and one for all kinds.

    Parameters
    ----------
    models : mapping of str to Contradictions
        By name of the model.

    Returns
    -------
    Table
    """
    rows: list[tuple[str, str, str, int, int, float]] = []
    for name, found in models.items():
        rows += [(name, *kind, kind.songs / kind.of if kind.of else 0.0) for kind in found.kinds]
        rows.append((name, "all", "all", sum(kind.songs for kind in found.kinds), found.songs, found.share))
    title = "Songs whose moods contradict their quadrant"
    return Table(title, ("model", "quadrant", "mood", "songs", "of", "share"), tuple(rows))

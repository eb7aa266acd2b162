"""Valence and arousal along a song."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from tagger.analysis import SETS, extract
from tagger.audio.decode import Plan
from tagger.audio.excerpts import windows_every
from tagger.features import join_feature_sets
from tagger.models.format import AffectModel

STEP = 2.0
"""Seconds between two windows."""


@dataclass(frozen=True)
class Curve:
    """What a song feels like as it goes on.

    Attributes
    ----------
    starts, ends : numpy.ndarray, shape=(parts,)
        The parts that were listened to, in seconds; they may overlap.
    points : numpy.ndarray, shape=(parts, 2)
        Valence and arousal of each, in -1..1.
    """

    starts: np.ndarray
    ends: np.ndarray
    points: np.ndarray

    @property
    def middles(self) -> np.ndarray:
        """The middle of each part, in seconds; shape (parts,)."""
        return (self.starts + self.ends) / 2


def emotion_curve(path: str, model: AffectModel, step: float = STEP) -> Curve:
    """Follow valence and arousal along a song.

    Parameters
    ----------
    path : str
        The file.
    model : AffectModel
        With one of half seconds, such as EmoDJ's, each of them is a part of the curve.
    step : float
        Seconds between two windows of other models.

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    """
    first, *others = model.features
    plan: Plan | None = partial(windows_every, step=step) if first == "affect" else None
    starts, rows = extract(path, first, plan)
    rows = join_feature_sets([rows, *(extract(path, name)[1] for name in others)])
    began = np.array(starts)
    return Curve(began, began + SETS[first].seconds, model.predict(rows)[:, :2])

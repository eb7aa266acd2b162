"""Valence and arousal along a song."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from tagger.analysis.extraction import FEATURE_SETS, extract_features
from tagger.audio.decode import Plan
from tagger.audio.excerpts import curve_windows
from tagger.features import join_feature_sets
from tagger.models.model import AffectModel

STEP = 2.0
"""Default time between the starts of two windows, in seconds."""


@dataclass(frozen=True)
class Curve:
    """Valence and arousal of the windows of a song.

    Attributes
    ----------
    starts, ends : numpy.ndarray, shape=(windows,)
        Start and end of each window, in seconds; windows may overlap.
    points : numpy.ndarray, shape=(windows, 2)
        Valence and arousal of each window, in -1..1.
    """

    starts: np.ndarray
    ends: np.ndarray
    points: np.ndarray

    @property
    def middles(self) -> np.ndarray:
        """Middle of each window, in seconds; shape (windows,)."""
        middles: np.ndarray = (self.starts + self.ends) / 2
        return middles


def emotion_curve(path: str, model: AffectModel, step: float = STEP) -> Curve:
    """Predict valence and arousal along a song.

    Parameters
    ----------
    path : str
        Audio file.
    model : AffectModel
        A model of half-second segments, such as EmoDJ's, gives a point for each segment.
    step : float, default 2
        Time between the starts of two windows, in seconds; only for models of 10-second windows.

    Returns
    -------
    Curve

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    """
    first, *others = model.features
    plan: Plan | None = partial(curve_windows, step=step) if first == "affect" else None
    starts, rows = extract_features(path, first, plan)
    rows = join_feature_sets([rows, *(extract_features(path, name)[1] for name in others)])
    window_starts = np.array(starts)
    return Curve(
        window_starts, window_starts + FEATURE_SETS[first].seconds, model.predict(rows)[:, model.points][:, :2]
    )

"""The estimator of one listener's valence and arousal: a small correction of those that a model predicts.

The correction is an offset and a linear function of predicted valence and arousal, with a prior at no correction: few
ratings change little. It is used only if it predicts ratings that were left out better than no correction does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIN_RATINGS = 10
"""Least number of ratings; with fewer, chance decides whether a correction seems to be better."""

PRIOR_SD = 0.1
"""Standard deviation of the offset, and of the change per half unit of valence or arousal, among listeners."""

UNIT = 0.5
"""Predicted valence and arousal are divided by this, about their range."""

NOISE_SD, NOISE_RATINGS = 0.4, 5
"""Standard deviation of one rating of one song (DEAM: 0.38 and 0.39), and its weight as a number of ratings."""

MIN_STANDARD_ERRORS = 1.0
"""The mean squared error must be lower by more than this many standard errors."""


class ListenerFit(NamedTuple):
    """The correction of one output, valence or arousal.

    Attributes
    ----------
    ratings : int
        Number of ratings.
    weights : numpy.ndarray, shape=(3,)
        Offset, and change per unit of predicted valence and arousal; zero if the correction is not used.
    error, corrected_error : float
        Root mean squared error of the model, and that of the correction on ratings left out one by one; NaN if there
        are too few ratings.
    is_better : bool
        Whether the correction is used.
    """

    ratings: int
    weights: np.ndarray
    error: float
    corrected_error: float
    is_better: bool


def fit_listener(predicted: np.ndarray, ratings: np.ndarray, output: int) -> ListenerFit:
    """Fit the correction of one output.

    Parameters
    ----------
    predicted : numpy.ndarray, shape=(songs, 2)
        Predicted valence and arousal.
    ratings : numpy.ndarray, shape=(songs, 2)
        The listener's; NaN where there is none.
    output : {0, 1}
        Valence or arousal.

    Returns
    -------
    ListenerFit
    """
    rated = np.isfinite(ratings[:, output])
    count = int(rated.sum())
    none = np.zeros(3)
    if count < MIN_RATINGS:
        return ListenerFit(count, none, np.nan, np.nan, False)
    residual = ratings[rated, output] - predicted[rated, output]
    X = np.column_stack([np.ones(count), predicted[rated] / UNIT])
    variance = (np.square(residual).sum() + NOISE_RATINGS * NOISE_SD**2) / (count + NOISE_RATINGS)
    inverse = np.linalg.inv(X.T @ X + variance / PRIOR_SD**2 * np.eye(3))
    weights = inverse @ X.T @ residual
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X)
    left_out = (residual - X @ weights) / (1 - leverage)
    gain = np.square(residual) - np.square(left_out)
    is_better = bool(gain.mean() > MIN_STANDARD_ERRORS * gain.std(ddof=1) / np.sqrt(count))
    error, corrected_error = (float(np.sqrt(np.square(values).mean())) for values in (residual, left_out))
    used = weights / [1, UNIT, UNIT] if is_better else none
    return ListenerFit(count, used, error, corrected_error, is_better)

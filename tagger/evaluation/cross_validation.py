"""How models are measured. All fitting, scaling included, happens on the training side of a split."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

Figures = dict[str, dict[str, float]]
"""By metric: ``mean`` over the seeds, and ``se``, the standard error of that mean."""

FOLDS = 10

AnyEstimator = TypeVar("AnyEstimator", bound=BaseEstimator)


def fit_reproducibly(estimator: AnyEstimator, X: np.ndarray, Y: np.ndarray) -> AnyEstimator:
    """Fit an estimator so that the same data give the same bits: sums in BLAS depend on its threads."""
    with threadpool_limits(1):
        return estimator.fit(X, Y)


def cross_val_predict(
    estimator: BaseEstimator,
    X: np.ndarray,
    Y: np.ndarray,
    seed: int,
    groups: np.ndarray | None = None,
    *,
    jobs: int = 1,
) -> np.ndarray:
    """Predict every song by a model that was fitted without it, in ten shuffled folds.

    Parameters
    ----------
    estimator : estimator
        Unfitted; each fold fits a copy.
    X : numpy.ndarray, shape=(songs, columns)
    Y : numpy.ndarray, shape=(songs, outputs)
    seed : int
        Of the shuffling.
    groups : numpy.ndarray, shape=(songs,), optional
        What belongs together, and is predicted by a model fitted without any of it: artists, or the songs of frames.
    jobs : int
        Folds that are fitted at the same time.

    Returns
    -------
    numpy.ndarray, shape=(songs, outputs)
        As many outputs as the estimator predicts.
    """
    units = np.arange(len(X)) if groups is None else np.unique(groups, return_inverse=True)[1]
    folds = KFold(min(FOLDS, units.max() + 1), shuffle=True, random_state=seed).split(np.unique(units))
    tests = [np.isin(units, held) for _, held in folds]
    fits = (delayed(_predicted)(estimator, X, Y, test) for test in tests)
    parts = Parallel(jobs)(fits)
    predicted = np.empty((len(Y), *parts[0].shape[1:]))
    for test, part in zip(tests, parts, strict=True):
        predicted[test] = part
    return predicted


def _predicted(estimator: BaseEstimator, X: np.ndarray, Y: np.ndarray, test: np.ndarray) -> np.ndarray:
    return fit_reproducibly(clone(estimator), X[~test], Y[~test]).predict(X[test])


def summarise(runs: list[dict[str, float]]) -> Figures:
    """Return mean and standard error of each metric over runs; the error is 0 where there is one run."""
    count = len(runs)
    return {
        metric: {
            "mean": float(np.mean([run[metric] for run in runs])),
            "se": float(np.std([run[metric] for run in runs], ddof=1) / np.sqrt(count)) if count > 1 else 0.0,
        }
        for metric in runs[0]
    }

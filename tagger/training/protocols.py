"""How models are measured. All fitting, scaling included, happens on the training side of a split."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

Figures = dict[str, dict[str, float]]
"""By metric: ``mean`` over the seeds, and ``se``, the standard error of that mean."""

FOLDS = 10

AnyEstimator = TypeVar("AnyEstimator", bound=BaseEstimator)


def fit(estimator: AnyEstimator, X: np.ndarray, Y: np.ndarray) -> AnyEstimator:
    """Fit an estimator so that the same data give the same bits: sums in BLAS depend on its threads."""
    with threadpool_limits(1):
        return estimator.fit(X, Y)


def out_of_fold(
    estimator: BaseEstimator, X: np.ndarray, Y: np.ndarray, seed: int, groups: np.ndarray | None = None
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

    Returns
    -------
    numpy.ndarray, shape=(songs, outputs)
    """
    predicted = np.empty(Y.shape)
    units = np.arange(len(X)) if groups is None else np.unique(groups, return_inverse=True)[1]
    for _, held in KFold(min(FOLDS, units.max() + 1), shuffle=True, random_state=seed).split(np.unique(units)):
        test = np.isin(units, held)
        train = ~test
        predicted[test] = fit(clone(estimator), X[train], Y[train]).predict(X[test])
    return predicted


def cross_validated(
    estimator: BaseEstimator,
    X: np.ndarray,
    Y: np.ndarray,
    judge: Callable[[np.ndarray, np.ndarray], dict[str, float]],
    seeds: Iterable[int],
    on_seed: Callable[[], object] = lambda: None,
) -> Figures:
    """Judge out-of-fold predictions under several shufflings."""
    runs = []
    for seed in seeds:
        runs.append(judge(Y, out_of_fold(estimator, X, Y, seed)))
        on_seed()
    return summarised(runs)


def summarised(runs: list[dict[str, float]]) -> Figures:
    """Return mean and standard error of each metric over runs; the error is 0 where there is one run."""
    count = len(runs)
    return {
        metric: {
            "mean": float(np.mean([run[metric] for run in runs])),
            "se": float(np.std([run[metric] for run in runs], ddof=1) / np.sqrt(count)) if count > 1 else 0.0,
        }
        for metric in runs[0]
    }

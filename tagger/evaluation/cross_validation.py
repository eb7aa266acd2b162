"""Cross-validation. All fitting, including standardisation, happens in the training part of a split."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

Figures = dict[str, dict[str, float]]
"""By metric: the ``mean`` over the runs and its standard error, ``se``."""

FOLDS = 10


class Regressor(Protocol):
    """A scikit-learn estimator, as far as it is used here."""

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Any:
        """Fit to features of shape (songs, columns) and targets of shape (songs, outputs)."""
        ...

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict outputs of shape (songs, outputs)."""
        ...


AnyRegressor = TypeVar("AnyRegressor", bound=Regressor)


def fit_reproducibly(estimator: AnyRegressor, X: np.ndarray, Y: np.ndarray) -> AnyRegressor:
    """Fit an estimator in one thread, so that the same data give the same bits.

    The order of sums in BLAS, and so their rounding, depends on the number of threads.

    Parameters
    ----------
    estimator : estimator
        Fitted in place.
    X : numpy.ndarray, shape=(songs, columns)
    Y : numpy.ndarray, shape=(songs, outputs)

    Returns
    -------
    estimator
        The same object.
    """
    with threadpool_limits(1):
        estimator.fit(X, Y)
    return estimator


def cross_val_predict(
    estimator: Regressor,
    X: np.ndarray,
    Y: np.ndarray,
    seed: int,
    groups: np.ndarray | None = None,
    *,
    jobs: int = 1,
) -> np.ndarray:
    """Predict every song with a model that was fitted without it, in ten shuffled folds.

    Parameters
    ----------
    estimator : estimator
        Not fitted; each fold fits a clone.
    X : numpy.ndarray, shape=(songs, columns)
    Y : numpy.ndarray, shape=(songs, outputs)
    seed : int
        Random seed of the shuffling.
    groups : numpy.ndarray, shape=(songs,), optional
        Rows of the same group are held out together, such as songs of an artist or segments of a song.
    jobs : int, default 1
        Number of folds that are fitted in parallel.

    Returns
    -------
    numpy.ndarray, shape=(songs, outputs)
        With as many outputs as the estimator predicts.
    """
    units = np.arange(len(X)) if groups is None else np.unique(groups, return_inverse=True)[1]
    folds = KFold(min(FOLDS, units.max() + 1), shuffle=True, random_state=seed).split(np.unique(units))
    test_masks = [np.isin(units, held_out) for _, held_out in folds]
    parts = Parallel(jobs)(delayed(_fit_and_predict)(estimator, X, Y, test) for test in test_masks)
    predicted = np.empty((len(Y), *parts[0].shape[1:]))
    for test, part in zip(test_masks, parts, strict=True):
        predicted[test] = part
    return predicted


def _fit_and_predict(estimator: Regressor, X: np.ndarray, Y: np.ndarray, test: np.ndarray) -> np.ndarray:
    copy: Regressor = clone(estimator)
    return fit_reproducibly(copy, X[~test], Y[~test]).predict(X[test])


def aggregate_runs(runs: Iterable[dict[str, float]]) -> Figures:
    """Compute the mean and its standard error of each metric over runs.

    Parameters
    ----------
    runs : iterable of dict of str to float
        Metrics of each run; one run for each seed.

    Returns
    -------
    Figures
        With a standard error of 0 if there is one run.
    """
    runs = list(runs)
    count = len(runs)
    return {
        metric: {
            "mean": float(np.mean([run[metric] for run in runs])),
            "se": float(np.std([run[metric] for run in runs], ddof=1) / np.sqrt(count)) if count > 1 else 0.0,
        }
        for metric in runs[0]
    }

"""The algorithms of `emotag train moods`, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tagger.features import marsyas
from tagger.training.estimators.base import Estimator, StandardizedEstimator
from tagger.training.estimators.cnn import CnnEstimator
from tagger.training.estimators.kernels import CalibratedSVC, KernelLogistic
from tagger.training.estimators.meta_estimators import (
    BinaryRelevance,
    ClassifierChains,
    ColumnWeighting,
    MeanEstimator,
)
from tagger.training.estimators.trees import ForestEstimator, XGBoostTrees

ENSEMBLE_CLIP = 4.0
"""Clipping limit of the ensemble, in standard deviations: new songs may be far from all training songs."""


@dataclass(frozen=True)
class Algorithm:
    """A mood classification algorithm.

    Attributes
    ----------
    about : str
        Description for model cards.
    make : callable
        Returns an unfitted estimator of label probabilities, given a seed.
    grid : dict of str to tuple
        Settings for a grid search; empty if there is nothing to search for.
    powerset : callable, optional
        Returns an unfitted estimator of classes, given a seed; for label sets as classes.
    """

    about: str
    make: Callable[[int], Estimator]
    grid: dict[str, tuple[Any, ...]]
    powerset: Callable[[int], Estimator] | None = None


def ensemble(seed: int, chains: bool = True, kernel: bool = True, trees: bool = True) -> Estimator:
    """Return the mean of classifier chains of SVMs, kernel logistic regression and extremely randomised trees.

    In the kernel methods, the unstable columns have half weight. Leaves of at least two songs make the trees less
    sensitive to them.

    Parameters
    ----------
    seed : int
        Random seed.
    chains, kernel, trees : bool
        Which members to include.

    Returns
    -------
    Estimator
        Not fitted.
    """
    kernel_methods: list[Estimator] = []
    if chains:
        kernel_methods.append(ClassifierChains(CalibratedSVC(C=1.0, gamma=0.012, seed=seed), count=5, seed=seed))
    if kernel:
        kernel_methods.append(KernelLogistic(0.012, 4.0))
    members: list[Estimator] = [
        StandardizedEstimator(ColumnWeighting(method, marsyas.UNSTABLE_COLUMNS), ENSEMBLE_CLIP)
        for method in kernel_methods
    ]
    if trees:
        members.append(ForestEstimator(300, 2, seed))
    return MeanEstimator(members)


def _random_forest(seed: int) -> Estimator:
    return ForestEstimator(300, 1, seed, bagged=True)


def _xgboost(seed: int) -> Estimator:
    return BinaryRelevance(XGBoostTrees(seed=seed))


def _svm(seed: int) -> Estimator:
    return StandardizedEstimator(BinaryRelevance(CalibratedSVC(seed=seed)))


def _chains(seed: int) -> Estimator:
    return StandardizedEstimator(ClassifierChains(CalibratedSVC(C=1.0, gamma=0.012, seed=seed), count=8, seed=seed))


SVM_GRID = {"inner__single__C": (0.5, 1.0, 2.0), "inner__single__gamma": (0.006, 0.012, 0.024)}

ALGORITHMS = {
    "forest": Algorithm(
        "random forest of 300 trees, all labels at once",
        _random_forest,
        {"min_samples_leaf": (1, 2, 4)},
        _random_forest,
    ),
    "xgboost": Algorithm(
        "XGBoost with 100 trees of depth 6, one model per label",
        _xgboost,
        {"single__depth": (2, 4, 6), "single__rate": (0.05, 0.1, 0.3)},
        _xgboost,
    ),
    "cnn": Algorithm(
        "convolutional network with two layers of 128 channels, 100 epochs, all labels at once",
        lambda seed: StandardizedEstimator(CnnEstimator(seed)),
        {"inner__epochs": (25, 50, 100)},
        lambda seed: StandardizedEstimator(CnnEstimator(seed, exclusive=True)),
    ),
    "svm": Algorithm(
        "RBF support vector machine (C 1, gamma 0.01), one model per label, calibrated on held-out folds",
        _svm,
        SVM_GRID,
        _svm,
    ),
    "chains": Algorithm(
        "8 classifier chains in random label orders, of calibrated support vector machines (C 1, gamma 0.012)",
        _chains,
        SVM_GRID,
    ),
    "ensemble": Algorithm(
        "mean of 5 classifier chains of calibrated support vector machines (C 1, gamma 0.012), kernel logistic "
        "regression (gamma 0.012, variance 4) and extremely randomised trees (300 trees)",
        ensemble,
        {},
    ),
}
"""Algorithms by name."""

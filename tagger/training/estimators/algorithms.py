"""The algorithms that `emotag train moods` offers, each told by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tagger.extras import require_extra
from tagger.features import marsyas
from tagger.models import components
from tagger.models.components import Component
from tagger.training.estimators.base import (
    ColumnWeighting,
    Estimator,
    Forest,
    KernelLogistic,
    MeanEstimator,
    fit_component,
    fit_standardized,
)
from tagger.training.estimators.cnn import CnnEstimator
from tagger.training.estimators.meta_estimators import label_set_ids

FAR, NEAR = 30.0, 4.0
"""Clip at standard deviations that no song reaches, where an algorithm is to be as it is known; and where new songs may
be unlike all others.
"""


class StandardizedEstimator(Estimator):
    """An estimator that is given standardised features.

    Parameters
    ----------
    inner : Estimator
    limit : float
        Standard deviations at which they are clipped.
    """

    def __init__(self, inner: Estimator, limit: float = FAR):
        self.inner = inner
        self.limit = limit

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        return fit_standardized(self.inner, X, Y, self.limit)


class Logit(Estimator):
    """Logistic regression, one a label.

    Parameters
    ----------
    C : float
        Inverse of the shrinkage.
    """

    def __init__(self, C: float = 0.1):
        self.C = C

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.linear_model import LogisticRegression

        lines = [LogisticRegression(C=self.C, max_iter=2000).fit(X, y) for y in Y.T]
        weights = np.hstack([line.coef_.T for line in lines])
        return components.Sigmoid(components.Linear(weights, np.concatenate([line.intercept_ for line in lines])))


class CalibratedSVC(Estimator):
    """A support vector classifier of one label, its margins turned into probabilities on held-out folds.

    Parameters
    ----------
    C, gamma : float
        As in scikit-learn's `SVC`.
    seed : int
        Of the folds.
    """

    def __init__(self, C: float = 1.0, gamma: float = 0.01, seed: int = 0):
        self.C = C
        self.gamma = gamma
        self.seed = seed

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.svm import SVC

        y = Y.ravel()
        machine = SVC(C=self.C, gamma=self.gamma)
        folds = StratifiedKFold(3, shuffle=True, random_state=self.seed)
        margins = cross_val_predict(machine, X, y, cv=folds, method="decision_function")
        line = LogisticRegression(C=1e3).fit(margins[:, None], y)
        slope, start = float(line.coef_[0, 0]), float(line.intercept_[0])
        machine.fit(X, y)
        kernel = components.RbfKernel(
            machine.support_vectors_.astype(np.float32),
            slope * machine.dual_coef_.T,
            slope * machine.intercept_ + start,
            self.gamma,
        )
        return components.Sigmoid(kernel)


class BinaryRelevance(Estimator):
    """An estimator of one label, fitted to each label alone.

    Parameters
    ----------
    single : Estimator
    """

    def __init__(self, single: Estimator):
        self.single = single

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        return components.Concatenate(tuple(fit_component(self.single, X, y[:, None]) for y in Y.T))


class ClassifierChains(Estimator):
    """Chains of an estimator of one label, each in another random order; their mean is the prediction.

    J. Read et al., "Classifier chains for multi-label classification", 2009.

    Parameters
    ----------
    single : Estimator
    count : int
        How many chains.
    seed : int
        Of the orders.
    """

    def __init__(self, single: Estimator, count: int = 10, seed: int = 0):
        self.single = single
        self.count = count
        self.seed = seed

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        random = np.random.default_rng(self.seed)
        return components.Mean(tuple(self._chain(X, Y, random.permutation(Y.shape[1])) for _ in range(self.count)))

    def _chain(self, X: np.ndarray, Y: np.ndarray, order: np.ndarray) -> Component:
        links = []
        for label in order:
            links.append(fit_component(self.single, X, Y[:, [label]]))
            X = np.hstack([X, Y[:, [label]]])
        return components.ClassifierChain(tuple(links), order.astype(np.int16))


class XGBoostTrees(Estimator):
    """XGBoost's trees for one label.

    Parameters
    ----------
    rounds, depth : int
        Number of trees, and their depth.
    rate : float
        Learning rate.
    seed : int
        Of the algorithm.
    """

    def __init__(self, rounds: int = 100, depth: int = 6, rate: float = 0.3, seed: int = 0):
        self.rounds = rounds
        self.depth = depth
        self.rate = rate
        self.seed = seed

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        xgboost = require_extra("xgboost", "train")
        options = {"max_depth": self.depth, "learning_rate": self.rate, "random_state": self.seed, "n_jobs": 1}
        model = xgboost.XGBClassifier(n_estimators=self.rounds, **options).fit(X, Y.ravel())
        return components.Sigmoid(convert_booster(model.get_booster()))


def convert_booster(booster: Any) -> components.ScaledSum:
    """Lay the trees of an XGBoost booster of one output end to end."""
    raw = json.loads(bytes(booster.save_raw("json")))["learner"]
    share = float(str(raw["learner_model_param"]["base_score"]).strip("[]"))
    trees = raw["gradient_booster"]["model"]["trees"]
    left, right, column = (
        [np.array(tree[name], int) for tree in trees] for name in ("left_children", "right_children", "split_indices")
    )
    condition = np.concatenate([np.array(tree["split_conditions"], np.float32) for tree in trees])
    sizes = np.array([len(tree) for tree in left])
    roots = np.cumsum(sizes) - sizes
    own, offset = np.arange(sizes.sum()), np.repeat(roots, sizes)
    children = np.stack([np.concatenate(left), np.concatenate(right)])
    leaf = children[0] < 0
    forest = components.Forest(
        roots.astype(np.int32),
        np.where(leaf, own, children + offset).astype(np.int32),
        np.where(leaf, 0, np.concatenate(column)).astype(np.int16),
        # XGBoost goes to the first child below its condition, and not at it.
        np.where(leaf, 0, np.nextafter(condition, np.float32(-np.inf))).astype(np.float32),
        np.where(leaf, condition, 0)[:, None].astype(np.float32),
        int(max(_depth(tree["left_children"], tree["right_children"]) for tree in trees)),
    )
    return components.ScaledSum(forest, len(trees), float(np.log(share / (1 - share))))


def _depth(left: list[int], right: list[int]) -> int:
    level, depth = [0], 0
    while level := [child for node in level if left[node] >= 0 for child in (left[node], right[node])]:
        depth += 1
    return depth


class RandomOversampler(Estimator):
    """An estimator that is given rare sets of labels as often as common ones, by repeating their songs.

    Parameters
    ----------
    inner : Estimator
    seed : int
        Of the choice of songs.
    """

    def __init__(self, inner: Estimator, seed: int = 0):
        self.inner = inner
        self.seed = seed

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        chosen = oversample(label_set_ids(Y), np.random.default_rng(self.seed))
        return fit_component(self.inner, X[chosen], Y[chosen])


def oversample(classes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the places of all songs, and again of songs drawn from each class until all are as large."""
    names, counts = np.unique(classes, return_counts=True)
    more = [
        random.choice(np.flatnonzero(classes == name), counts.max() - count)
        for name, count in zip(names, counts, strict=True)
    ]
    return np.concatenate([np.arange(len(classes)), *more])


class CorrelationFilter(Estimator):
    """An estimator that does not see columns too much like an earlier one.

    Parameters
    ----------
    inner : Estimator
    limit : float
        Absolute correlation above which a column is dropped.
    """

    def __init__(self, inner: Estimator, limit: float = 0.8):
        self.inner = inner
        self.limit = limit

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        # Blanked, not removed: the others keep their places.
        seen = np.zeros(X.shape[1])
        seen[uncorrelated_columns(X, self.limit)] = 1
        return components.ColumnScale(seen, fit_component(self.inner, X * seen, Y))


def correlations(X: np.ndarray) -> np.ndarray:
    """Return the correlations of columns, shape (columns, columns); a constant column correlates with none."""
    centred = X - X.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    constant = np.ptp(X, axis=0) == 0
    units = np.where(constant, 0, centred) / np.where(constant, 1, lengths)
    return np.clip(units.T @ units, -1, 1)


def uncorrelated_columns(X: np.ndarray, limit: float) -> np.ndarray:
    """Return the places of the columns that do not correlate more than `limit` with any earlier one."""
    return np.flatnonzero(~(np.triu(np.abs(correlations(X)), 1) > limit).any(axis=0))


def _chains(seed: int) -> Estimator:
    return StandardizedEstimator(ClassifierChains(CalibratedSVC(C=1.0, gamma=0.012, seed=seed), count=8, seed=seed))


UNSTABLE_COLUMNS = tuple(
    i for i, name in enumerate(marsyas.COLUMNS) if name.startswith("Std_Acc1298_Std_") or name.endswith("_Flux")
)
"""Columns that vary most from excerpt to excerpt (deviations of deviations), or from codec to codec (fluxes)."""


def ensemble(seed: int, chains: bool = True, kernel: bool = True, trees: bool = True) -> Estimator:
    """Return the mean of kernel machines in chains, kernel logistic regression and extra trees, or of some of them.

    The kernel machines see the columns that vary without the music at half weight; leaves of two songs at least keep
    the trees from jumping at them.
    """
    machines: list[Estimator] = [
        ClassifierChains(CalibratedSVC(C=1.0, gamma=0.012, seed=seed), count=5, seed=seed)
    ] * chains
    machines += [KernelLogistic(0.012, 4.0)] * kernel
    members: list[Estimator] = [
        StandardizedEstimator(ColumnWeighting(machine, UNSTABLE_COLUMNS), NEAR) for machine in machines
    ]
    return MeanEstimator([*members, *[Forest(300, 2, seed)] * trees])


@dataclass(frozen=True)
class Algorithm:
    """One way to tell the moods.

    Attributes
    ----------
    about : str
        What it is, for people.
    make : callable
        From a seed to an unfitted estimator of label probabilities.
    grid : dict of str to tuple
        The settings that a grid search tries; none where there is nothing to search for.
    powerset : callable, optional
        From a seed to an estimator of classes, for the form that takes sets of labels for classes.
    """

    about: str
    make: Callable[[int], Estimator]
    grid: dict[str, tuple[Any, ...]]
    powerset: Callable[[int], Estimator] | None = None


ALGORITHMS = {
    "forest": Algorithm(
        "random forest (300), all labels at once",
        lambda seed: Forest(300, 1, seed, bagged=True),
        {"min_samples_leaf": (1, 2, 4)},
        lambda seed: Forest(300, 1, seed, bagged=True),
    ),
    "xgboost": Algorithm(
        "XGBoost (100 trees of depth 6), one a label",
        lambda seed: BinaryRelevance(XGBoostTrees(seed=seed)),
        {"single__depth": (2, 4, 6), "single__rate": (0.05, 0.1, 0.3)},
        lambda seed: BinaryRelevance(XGBoostTrees(seed=seed)),
    ),
    "cnn": Algorithm(
        "convolutional network (two layers of 128 channels, 100 epochs), all labels at once",
        lambda seed: StandardizedEstimator(CnnEstimator(seed)),
        {"inner__epochs": (25, 50, 100)},
        lambda seed: StandardizedEstimator(CnnEstimator(seed, exclusive=True)),
    ),
    "svm": Algorithm(
        "RBF support vector machine (C 1, gamma .01), one a label, calibrated on held-out folds",
        lambda seed: StandardizedEstimator(BinaryRelevance(CalibratedSVC(seed=seed))),
        {"inner__single__C": (0.5, 1.0, 2.0), "inner__single__gamma": (0.006, 0.012, 0.024)},
        lambda seed: StandardizedEstimator(BinaryRelevance(CalibratedSVC(seed=seed))),
    ),
    "chains": Algorithm(
        "8 classifier chains of such machines (gamma .012), in random orders",
        _chains,
        {"inner__single__C": (0.5, 1.0, 2.0), "inner__single__gamma": (0.006, 0.012, 0.024)},
    ),
    "ensemble": Algorithm(
        "mean of 5 such chains, kernel logistic regression (gamma .012, variance 4) and extra trees (300)",
        ensemble,
        {},
    ),
}
"""By name."""

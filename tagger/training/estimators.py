"""The estimators behind the models: fitted by scikit-learn, applied as `tagger.predictors`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from tagger import predictors
from tagger.predictors import Part

CACHE = 1000
"""Megabytes of distances that a support vector machine may keep: all of those among 15 000 half seconds."""


class Estimator(BaseEstimator, ABC):
    """An estimator whose fitting makes a `tagger.predictors.Part`, kept in `part_`."""

    part_: Part

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Estimator:
        """Fit to features of shape (songs, columns) and outputs of shape (songs, outputs)."""
        self.part_ = self._fitted(X, Y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return outputs of shape (songs, outputs)."""
        return self.part_.predict(X)

    @abstractmethod
    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part: ...


def part(estimator: Estimator, X: np.ndarray, Y: np.ndarray) -> Part:
    """Return what a copy of an estimator becomes when it is fitted."""
    return clone(estimator).fit(X, Y).part_


def scaled(estimator: Estimator, X: np.ndarray, Y: np.ndarray, limit: float) -> predictors.Scaled:
    """Fit an estimator to standardised and clipped features."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    scale[scale == 0] = 1
    return predictors.Scaled(mean, scale, limit, part(estimator, np.clip((X - mean) / scale, -limit, limit), Y))


class Forest(Estimator):
    """Extremely randomised trees for several labels at once.

    Parameters
    ----------
    trees : int
        How many.
    min_samples_leaf : int
        Fewest songs in a leaf.
    seed : int
        Of the random splits.
    bagged : bool
        Grow a random forest instead: best splits, each tree on a sample of the songs.
    """

    def __init__(self, trees: int = 200, min_samples_leaf: int = 2, seed: int = 0, bagged: bool = False):
        self.trees = trees
        self.min_samples_leaf = min_samples_leaf
        self.seed = seed
        self.bagged = bagged

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        options: dict[str, Any] = {"min_samples_leaf": self.min_samples_leaf, "random_state": self.seed, "n_jobs": -1}
        grown = (RandomForestClassifier if self.bagged else ExtraTreesClassifier)(self.trees, **options).fit(X, Y)
        trees = [member.tree_ for member in grown.estimators_]
        values = np.concatenate([tree.value for tree in trees])
        ones = [
            values[:, i, list(c).index(1)] if 1 in c else np.zeros(len(values)) for i, c in enumerate(grown.classes_)
        ]
        return forest(trees, np.stack(ones, axis=1))


def forest(trees: list[Any], values: np.ndarray) -> predictors.Forest:
    """Lay scikit-learn's trees end to end; `values` are those of their nodes, of shape (nodes, outputs)."""
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.cumsum(sizes) - sizes
    own, offset = np.arange(sizes.sum()), np.repeat(roots, sizes)
    left, right, column, threshold = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("children_left", "children_right", "feature", "threshold")
    )
    leaf = left < 0
    return predictors.Forest(
        roots.astype(np.int32),
        np.where(leaf, own, np.stack([left, right]) + offset).astype(np.int32),
        np.where(leaf, 0, column).astype(np.int16),
        rounded_down(threshold),
        np.where(leaf[:, None], values, 0).astype(np.float32),
        int(max(tree.max_depth for tree in trees)),
    )


def rounded_down(values: np.ndarray) -> np.ndarray:
    """Return the greatest float32 not above each value: a float32 compares with either alike."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


class SupportVectors(Estimator):
    """Support vector regression of one output with an RBF kernel.

    Parameters
    ----------
    C, gamma, epsilon : float
        Cost of errors, width of the kernel and the error that costs nothing, as in scikit-learn's `SVR`.
    """

    def __init__(self, C: float = 1.0, gamma: float = 0.01, epsilon: float = 0.1):
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        from sklearn.svm import SVR

        machine = SVR(C=self.C, gamma=self.gamma, epsilon=self.epsilon, cache_size=CACHE).fit(X, Y.ravel())
        vectors = machine.support_vectors_.astype(np.float32)
        return predictors.Kernel(vectors, machine.dual_coef_.T, machine.intercept_, self.gamma)


class KernelRidge(Estimator):
    """Ridge regression of the outputs' deviations from their means, with an RBF kernel.

    Parameters
    ----------
    alpha, gamma : float
        Shrinkage and width of the kernel, as in scikit-learn's `KernelRidge`.
    """

    def __init__(self, alpha: float = 1.0, gamma: float = 0.01):
        self.alpha = alpha
        self.gamma = gamma

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        from sklearn import kernel_ridge

        mean = Y.mean(axis=0)
        machine = kernel_ridge.KernelRidge(alpha=self.alpha, kernel="rbf", gamma=self.gamma).fit(X, Y - mean)
        return predictors.Kernel(X.astype(np.float32), machine.dual_coef_, mean, self.gamma)


class Ridge(Estimator):
    """Ridge regression.

    Parameters
    ----------
    alpha : float
        Shrinkage, as in scikit-learn's `Ridge`.
    """

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        from sklearn import linear_model

        line = linear_model.Ridge(self.alpha).fit(X, Y)
        return predictors.Linear(line.coef_.reshape(-1, X.shape[1]).T, np.atleast_1d(line.intercept_))


class MoodsBlend(Estimator):
    """Mean of the mood probabilities of a forest and of a kernel machine.

    Parameters
    ----------
    forest : Estimator
        Predicts the probability of each label from the raw features.
    kernel : Estimator
        A regressor of the labels, given standardised features.
    limit : float
        Standard deviations at which the kernel machine's features are clipped.
    """

    def __init__(self, forest: Estimator, kernel: Estimator, limit: float = 4.0):
        self.forest = forest
        self.kernel = kernel
        self.limit = limit

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        kernel = predictors.Bounded(scaled(self.kernel, X, Y, self.limit), 0.0, 1.0)
        return predictors.Mean((part(self.forest, X, Y), kernel))


class Only(Estimator):
    """An estimator that sees some of the columns.

    Parameters
    ----------
    inner : Estimator
    columns : tuple of int

    Attributes
    ----------
    inner_ : Estimator
        Fitted.
    """

    def __init__(self, inner: Estimator, columns: tuple[int, ...]):
        self.inner = inner
        self.columns = columns

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        columns = np.array(self.columns, np.int16)
        self.inner_ = clone(self.inner).fit(X[:, columns], Y)
        return predictors.Kept(columns, self.inner_.part_)


class Average(Estimator):
    """The mean of several estimators of the same outputs.

    Parameters
    ----------
    members : list of Estimator
    """

    def __init__(self, members: list[Estimator]):
        self.members = members

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        return predictors.Mean(tuple(part(member, X, Y) for member in self.members))


class AffectBlend(Estimator):
    """Valence and arousal, with a chosen share of the coupling between the two.

    Raters of the training songs called lively music pleasant, so a plain model of valence learns to
    report arousal. This one predicts arousal, and the part of valence that a line through arousal
    leaves unexplained, and adds back only a share of that line.

    Parameters
    ----------
    regressor : Estimator
        A regressor of one output, given standardised features.
    coupling : float
        Share of the line added back; 1 is plain prediction of valence, 0 ignores arousal.
    limit : float
        Standard deviations at which features are clipped.
    """

    def __init__(self, regressor: Estimator, coupling: float = 1.0, limit: float = 4.0):
        self.regressor = regressor
        self.coupling = coupling
        self.limit = limit

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Part:
        centre = Y.mean(axis=0)
        valence, arousal = (Y - centre).T
        slope = float(np.polyfit(arousal, valence, 1)[0])
        residual, aroused = (
            scaled(self.regressor, X, y[:, None], self.limit) for y in (valence - slope * arousal, arousal)
        )
        return predictors.Affect(residual, aroused, centre, slope, self.coupling)

"""The estimators behind the models: fitted by scikit-learn, applied as `tagger.models.components.base`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from tagger.models import components
from tagger.models.components import Component

SVM_CACHE_MB = 1000
"""Megabytes of distances that a support vector machine may keep: all of those among 15 000 half seconds."""


class Estimator(BaseEstimator, ABC):
    """An estimator whose fitting makes a `tagger.models.components.base.Part`, kept in `component_`."""

    component_: Component

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Estimator:
        """Fit to features of shape (songs, columns) and outputs of shape (songs, outputs)."""
        self.component_ = self._fitted(X, Y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return outputs of shape (songs, outputs)."""
        return self.component_.predict(X)

    @abstractmethod
    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component: ...


def fit_component(estimator: Estimator, X: np.ndarray, Y: np.ndarray) -> Component:
    """Return what a copy of an estimator becomes when it is fitted."""
    return clone(estimator).fit(X, Y).component_


def fit_standardized(estimator: Estimator, X: np.ndarray, Y: np.ndarray, limit: float) -> components.Standardize:
    """Fit an estimator to standardised and clipped features."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    scale[scale == 0] = 1
    inner = fit_component(estimator, np.clip((X - mean) / scale, -limit, limit), Y)
    return components.Standardize(mean, scale, limit, inner)


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

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        options: dict[str, Any] = {"min_samples_leaf": self.min_samples_leaf, "random_state": self.seed, "n_jobs": -1}
        grown = (RandomForestClassifier if self.bagged else ExtraTreesClassifier)(self.trees, **options).fit(X, Y)
        trees = [member.tree_ for member in grown.estimators_]
        values = np.concatenate([tree.value for tree in trees])
        ones = [
            values[:, i, list(c).index(1)] if 1 in c else np.zeros(len(values)) for i, c in enumerate(grown.classes_)
        ]
        return convert_trees(trees, np.stack(ones, axis=1))


def convert_trees(trees: list[Any], values: np.ndarray) -> components.Forest:
    """Lay scikit-learn's trees end to end; `values` are those of their nodes, of shape (nodes, outputs)."""
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.cumsum(sizes) - sizes
    own, offset = np.arange(sizes.sum()), np.repeat(roots, sizes)
    left, right, column, threshold = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("children_left", "children_right", "feature", "threshold")
    )
    leaf = left < 0
    return components.Forest(
        roots.astype(np.int32),
        np.where(leaf, own, np.stack([left, right]) + offset).astype(np.int32),
        np.where(leaf, 0, column).astype(np.int16),
        round_down_float32(threshold),
        np.where(leaf[:, None], values, 0).astype(np.float32),
        int(max(tree.max_depth for tree in trees)),
    )


def round_down_float32(values: np.ndarray) -> np.ndarray:
    """Return the greatest float32 not above each value: a float32 compares with either alike."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


class RbfSVR(Estimator):
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

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.svm import SVR

        machine = SVR(C=self.C, gamma=self.gamma, epsilon=self.epsilon, cache_size=SVM_CACHE_MB).fit(X, Y.ravel())
        vectors = machine.support_vectors_.astype(np.float32)
        return components.RbfKernel(vectors, machine.dual_coef_.T, machine.intercept_, self.gamma)


class KernelLogistic(Estimator):
    """Logistic regression with an RBF kernel, one a label.

    Parameters
    ----------
    gamma : float
        How narrow the kernel is.
    variance : float
        Of the log-odds before any song is seen: the greater, the less shrinkage.
    """

    def __init__(self, gamma: float = 0.012, variance: float = 4.0):
        self.gamma = gamma
        self.variance = variance

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.metrics.pairwise import rbf_kernel

        kernel = self.variance * rbf_kernel(X, gamma=self.gamma)
        fits = [fit_kernel_logistic(kernel, y) for y in Y.T]
        weights = self.variance * np.stack([weights for weights, _ in fits], axis=1)
        intercept = np.array([start for _, start in fits])
        return components.Sigmoid(components.RbfKernel(X.astype(np.float32), weights, intercept, self.gamma))


def fit_kernel_logistic(kernel: np.ndarray, y: np.ndarray, steps: int = 30) -> tuple[np.ndarray, float]:
    """Fit kernel logistic regression by Newton's method.

    Parameters
    ----------
    kernel : numpy.ndarray, shape=(songs, songs)
    y : numpy.ndarray, shape=(songs,)
        0 or 1.
    steps : int
        At most so many.

    Returns
    -------
    weights : numpy.ndarray, shape=(songs,)
    start : float
        Log-odds of the label as often as it is there.

    Notes
    -----
    C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 3.1.
    """
    from scipy.linalg import cho_factor, cho_solve

    share = np.clip(y.mean(), 1e-3, 1 - 1e-3)
    start = float(np.log(share / (1 - share)))
    odds, weights = np.zeros(len(y)), np.zeros(len(y))
    for _ in range(steps):
        probability = 0.5 + 0.5 * np.tanh(0.5 * (odds + start))
        spread = probability * (1 - probability) + 1e-9
        root = np.sqrt(spread)
        inner = root[:, None] * kernel * root
        inner[np.diag_indices(len(y))] += 1
        right = spread * odds + y - probability
        weights = right - root * cho_solve(cho_factor(inner, overwrite_a=True), root * (kernel @ right))
        before, odds = odds, kernel @ weights
        if np.abs(odds - before).max() < 1e-3:
            break
    return weights, start


class ColumnWeighting(Estimator):
    """An estimator that is given some columns with less weight, or none; the sum of squares stays.

    Parameters
    ----------
    inner : Estimator
    columns : tuple of int
        Those with less weight.
    weight : float
        Theirs; with 0 they are not looked at.

    Attributes
    ----------
    inner_ : Estimator
        Fitted.
    """

    def __init__(self, inner: Estimator, columns: tuple[int, ...], weight: float = 0.5):
        self.inner = inner
        self.columns = columns
        self.weight = weight

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        weights = np.ones(X.shape[1])
        weights[list(self.columns)] = self.weight
        weights /= np.sqrt(np.square(weights).mean())
        self.inner_ = clone(self.inner).fit(X * weights, Y)
        return components.ColumnScale(weights, self.inner_.component_)


class MeanEstimator(Estimator):
    """The mean of several estimators of the same outputs.

    Parameters
    ----------
    members : list of Estimator
    """

    def __init__(self, members: list[Estimator]):
        self.members = members

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        return components.Mean(tuple(fit_component(member, X, Y) for member in self.members))

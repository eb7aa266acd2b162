"""The estimators inside model files: fitted by scikit-learn, kept and applied as plain arrays.

scikit-learn's trees and support vector machines follow the indices and sizes of their arrays in C without
looking, so that a forged model file could crash the process; numpy's indexing can't be led astray. Plain
arrays also load many times faster than hundreds of small objects.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, clone


class Forest(BaseEstimator):
    """Extremely randomised trees for several labels at once.

    All trees lie end to end in the same arrays; a leaf is its own child, so that walking on stays there.

    Parameters
    ----------
    trees : int
        How many.
    min_samples_leaf : int
        Fewest songs in a leaf.
    seed : int
        Of the random splits.
    """

    def __init__(self, trees: int = 200, min_samples_leaf: int = 2, seed: int = 0):
        self.trees = trees
        self.min_samples_leaf = min_samples_leaf
        self.seed = seed

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Forest:
        """Grow the trees on features of shape (songs, columns) and labels 0 or 1 of shape (songs, moods)."""
        from sklearn.ensemble import ExtraTreesClassifier

        options = {"min_samples_leaf": self.min_samples_leaf, "random_state": self.seed, "n_jobs": -1}
        grown = ExtraTreesClassifier(self.trees, **options).fit(X, Y)
        trees = [member.tree_ for member in grown.estimators_]
        sizes = np.array([tree.node_count for tree in trees])
        self.roots_ = (np.cumsum(sizes) - sizes).astype(np.int32)
        self.depth_ = int(max(tree.max_depth for tree in trees))
        own = np.arange(sizes.sum())
        offset = np.repeat(self.roots_, sizes)
        left, right, column = (
            np.concatenate([getattr(tree, name) for tree in trees])
            for name in ("children_left", "children_right", "feature")
        )
        leaf = left < 0
        self.children_ = np.where(leaf, own, np.stack([left, right]) + offset).astype(np.int32)
        self.columns_ = np.where(leaf, 0, column).astype(np.int16)
        self.thresholds_ = _rounded_down(np.concatenate([tree.threshold for tree in trees]))
        values = np.concatenate([tree.value for tree in trees])
        ones = [values[:, i, list(c).index(1)] if 1 in c else 0 * own for i, c in enumerate(grown.classes_)]
        self.shares_ = np.where(leaf, ones, 0).T.astype(np.float32)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each label; shape (songs, moods)."""
        songs = np.arange(len(X))[:, None]
        X = np.asarray(X, np.float32)
        node = np.repeat(self.roots_[None], len(X), axis=0)
        for _ in range(self.depth_):
            node = self.children_[(X[songs, self.columns_[node]] > self.thresholds_[node]).astype(np.int8), node]
        return self.shares_[node].mean(axis=1, dtype=np.float64)


def _rounded_down(values: np.ndarray) -> np.ndarray:
    """Return the greatest float32 not above each value: a float32 compares with either alike."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


class SupportVectors(BaseEstimator):
    """Support vector regression with an RBF kernel.

    Parameters
    ----------
    C, gamma, epsilon : float
        Cost of errors, width of the kernel and the error that costs nothing, as in scikit-learn's `SVR`.
    """

    def __init__(self, C: float = 1.0, gamma: float = 0.01, epsilon: float = 0.1):
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon

    def fit(self, X: np.ndarray, y: np.ndarray) -> SupportVectors:
        """Fit to features of shape (songs, columns) and a number for each song."""
        from sklearn.svm import SVR

        machine = SVR(C=self.C, gamma=self.gamma, epsilon=self.epsilon).fit(X, y)
        self.vectors_ = machine.support_vectors_.astype(np.float32)
        self.weights_ = machine.dual_coef_[0]
        self.intercept_ = float(machine.intercept_[0])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return a number for each song."""
        vectors = self.vectors_.astype(np.float64)
        distance = np.square(X).sum(axis=1)[:, None] - 2 * X @ vectors.T + np.square(vectors).sum(axis=1)
        return np.exp(-self.gamma * distance) @ self.weights_ + self.intercept_


class _Standardised(BaseEstimator):
    """Standardises features and clips them: a song unlike all others must not fall out of every kernel."""

    limit: float

    def _learn_scale(self, X: np.ndarray) -> np.ndarray:
        self.mean_, self.scale_ = X.mean(axis=0), X.std(axis=0)
        self.scale_[self.scale_ == 0] = 1
        return self._standardised(X)

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return np.clip((X - self.mean_) / self.scale_, -self.limit, self.limit)


class MoodsBlend(_Standardised):
    """Mean of the mood probabilities of a forest and of a kernel machine.

    Parameters
    ----------
    forest : estimator
        Predicts the probability of each label from the raw features.
    kernel : estimator
        A multi-output regressor of the labels' deviations from their prevalence, given standardised
        features.
    drop : tuple of int
        Columns not to look at.
    limit : float
        Standard deviations at which the kernel machine's features are clipped.
    """

    def __init__(self, forest: BaseEstimator, kernel: BaseEstimator, drop: tuple[int, ...] = (), limit: float = 4.0):
        self.forest = forest
        self.kernel = kernel
        self.drop = drop
        self.limit = limit

    def fit(self, X: np.ndarray, Y: np.ndarray) -> MoodsBlend:
        """Fit both parts to features of shape (songs, columns) and labels 0 or 1 of shape (songs, moods)."""
        kept = np.delete(X, self.drop, axis=1)
        self.prevalence_ = Y.mean(axis=0)
        self.forest_ = clone(self.forest).fit(kept, Y)
        self.kernel_ = clone(self.kernel).fit(self._learn_scale(kept), Y - self.prevalence_)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each mood; shape (songs, moods)."""
        kept = np.delete(X, self.drop, axis=1)
        kernel = self.prevalence_ + self.kernel_.predict(self._standardised(kept))
        return (self.forest_.predict(kept) + np.clip(kernel, 0, 1)) / 2


class AffectBlend(_Standardised):
    """Valence and arousal, with a chosen share of the coupling between the two.

    Raters of the training songs called lively music pleasant, so a plain model of valence learns to
    report arousal. This one predicts arousal, and the part of valence that a line through arousal
    leaves unexplained, and adds back only a share of that line.

    Parameters
    ----------
    regressors : list of estimator
        Regressors of one output, given standardised features; their mean is the prediction.
    coupling : float
        Share of the line added back; 1 is plain prediction of valence, 0 ignores arousal.
    limit : float
        Standard deviations at which features are clipped.
    """

    def __init__(self, regressors: list[BaseEstimator], coupling: float = 1.0, limit: float = 4.0):
        self.regressors = regressors
        self.coupling = coupling
        self.limit = limit

    def fit(self, X: np.ndarray, Y: np.ndarray) -> AffectBlend:
        """Fit to features of shape (songs, columns) and valence and arousal of shape (songs, 2)."""
        valence, arousal = Y.T
        self.centre_ = Y.mean(axis=0)
        self.slope_ = np.polyfit(arousal, valence, 1)[0]
        residual = valence - self.centre_[0] - self.slope_ * (arousal - self.centre_[1])
        standardised = self._learn_scale(X)
        self.residual_ = [clone(r).fit(standardised, residual) for r in self.regressors]
        self.arousal_ = [clone(r).fit(standardised, arousal - self.centre_[1]) for r in self.regressors]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return valence and arousal; shape (windows, 2)."""
        standardised = self._standardised(X)
        residual, arousal = (
            np.mean([r.predict(standardised) for r in part], axis=0) for part in (self.residual_, self.arousal_)
        )
        valence = residual + self.coupling * self.slope_ * arousal
        return self.centre_ + np.column_stack([valence, arousal])

"""The estimators inside model files; scikit-learn's parts, put together for emotions."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, clone


class MoodsBlend(BaseEstimator):
    """Mean of the mood probabilities of a forest and of a kernel machine.

    Parameters
    ----------
    forest : estimator
        A multi-label classifier with ``predict_proba``, given the raw features.
    kernel : estimator
        A multi-output regressor of the labels' deviations from their prevalence, given standardised
        features.
    drop : tuple of int
        Columns not to look at.
    limit : float
        Standard deviations at which the kernel machine's features are clipped: a song unlike all others
        must not fall out of every kernel.
    """

    def __init__(
        self, forest: BaseEstimator, kernel: BaseEstimator, drop: tuple[int, ...] = (), limit: float = 4.0
    ):
        self.forest = forest
        self.kernel = kernel
        self.drop = drop
        self.limit = limit

    def fit(self, X: np.ndarray, Y: np.ndarray) -> MoodsBlend:
        """Fit both parts to features of shape (songs, columns) and labels 0 or 1 of shape (songs, moods)."""
        kept = np.delete(X, self.drop, axis=1)
        self.mean_, self.scale_ = kept.mean(axis=0), kept.std(axis=0)
        self.scale_[self.scale_ == 0] = 1
        self.prevalence_ = Y.mean(axis=0)
        self.forest_ = clone(self.forest).fit(kept, Y)
        self.kernel_ = clone(self.kernel).fit(self._standardised(kept), Y - self.prevalence_)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each mood; shape (songs, moods)."""
        kept = np.delete(X, self.drop, axis=1)
        forest = np.stack([p[:, 1:].sum(axis=1) for p in self.forest_.predict_proba(kept)], axis=1)
        kernel = self.prevalence_ + self.kernel_.predict(self._standardised(kept))
        return (forest + np.clip(kernel, 0, 1)) / 2

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return np.clip((X - self.mean_) / self.scale_, -self.limit, self.limit)


class AffectBlend(BaseEstimator):
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
        self.mean_, self.scale_ = X.mean(axis=0), X.std(axis=0)
        self.scale_[self.scale_ == 0] = 1
        valence, arousal = Y.T
        self.centre_ = Y.mean(axis=0)
        self.slope_ = np.polyfit(arousal, valence, 1)[0]
        residual = valence - self.centre_[0] - self.slope_ * (arousal - self.centre_[1])
        standardised = self._standardised(X)
        self.residual_ = [clone(r).fit(standardised, residual) for r in self.regressors]
        self.arousal_ = [clone(r).fit(standardised, arousal - self.centre_[1]) for r in self.regressors]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return valence and arousal; shape (windows, 2)."""
        standardised = self._standardised(X)
        residual, arousal = (
            np.mean([r.predict(standardised) for r in part], axis=0)
            for part in (self.residual_, self.arousal_)
        )
        valence = residual + self.coupling * self.slope_ * arousal
        return self.centre_ + np.column_stack([valence, arousal])

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return np.clip((X - self.mean_) / self.scale_, -self.limit, self.limit)

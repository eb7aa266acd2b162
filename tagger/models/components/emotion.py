"""The component of the joint model of moods, valence and arousal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require, require_indices


@dataclass(frozen=True)
class EmotionOutput(Component):
    """Compute moods, valence and arousal from the same scores, so that they agree with each other.

    The scores are outputs of kernel regressions: one for each kind of label that the model was trained on. They are
    standardised and clipped. Each score, and its product with one of them (that for arousal), is an input of a linear
    model of valence and arousal and of a logistic model of the moods. The products let a score count differently in
    quiet and in loud songs.

    Attributes
    ----------
    scores : Component
        Predicts the scores, then the logarithms of the squared errors of valence and arousal.
    mean, scale : numpy.ndarray, shape=(scores,)
        Standardise the scores.
    limit : float
        Clip at this number of standard deviations.
    gate : int
        Index of the score that the others are multiplied with.
    point_weights : numpy.ndarray, shape=(2 * scores, 2)
    point_intercept : numpy.ndarray, shape=(2,)
        Linear model of valence and arousal.
    mood_weights : numpy.ndarray, shape=(2 * scores, moods)
    mood_intercept : numpy.ndarray, shape=(moods,)
        Logistic model of the moods.
    uncertainty_scale : numpy.ndarray, shape=(2,)
        Scales the predicted errors of valence and arousal to standard deviations.
    """

    scores: Component
    mean: np.ndarray
    scale: np.ndarray
    limit: float
    gate: int
    point_weights: np.ndarray
    point_intercept: np.ndarray
    mood_weights: np.ndarray
    mood_intercept: np.ndarray
    uncertainty_scale: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Compute the outputs.

        Parameters
        ----------
        X : numpy.ndarray, shape=(rows, columns)

        Returns
        -------
        numpy.ndarray, shape=(rows, moods + 4)
            Probabilities of the moods, valence and arousal, and the standard deviations of valence and arousal.
        """
        return self.combine(self.scores.predict(X))

    def combine(self, outputs: np.ndarray) -> np.ndarray:
        """Compute the outputs from the scores.

        Parameters
        ----------
        outputs : numpy.ndarray, shape=(rows, scores + 2)
            Outputs of `scores`.

        Returns
        -------
        numpy.ndarray, shape=(rows, moods + 4)
            As `predict` returns it.
        """
        count = len(self.mean)
        inputs = with_products(standardize(outputs[:, :count], self.mean, self.scale, self.limit), self.gate)
        odds = np.exp(-np.clip(inputs @ self.mood_weights + self.mood_intercept, -50, 50))
        points = inputs @ self.point_weights + self.point_intercept
        deviations = self.uncertainty_scale * np.exp(np.clip(outputs[:, count:], -50, 50) / 2)
        return np.hstack([1 / (1 + odds), points, deviations])

    def check(self, columns: int) -> int:
        require(self.mean.ndim == 1 and self.mean.shape == self.scale.shape, "scale has the wrong shape")
        count = len(self.mean)
        require(self.scores.check(columns) == count + 2, f"the scores do not have {count + 2} outputs")
        require_indices(np.array([self.gate]), count, "score")
        require(self.point_weights.shape == (2 * count, 2), "point_weights have the wrong shape")
        require(self.point_intercept.shape == (2,), "point_intercept has the wrong shape")
        moods = len(self.mood_intercept)
        require(self.mood_weights.shape == (2 * count, moods), "mood_weights have the wrong shape")
        require(self.uncertainty_scale.shape == (2,), "uncertainty_scale has the wrong shape")
        return moods + 4


def standardize(scores: np.ndarray, mean: np.ndarray, scale: np.ndarray, limit: float) -> np.ndarray:
    """Standardise and clip scores.

    Parameters
    ----------
    scores : numpy.ndarray, shape=(rows, scores)
    mean, scale : numpy.ndarray, shape=(scores,)
    limit : float
        Clip at this number of standard deviations.

    Returns
    -------
    numpy.ndarray, shape=(rows, scores)
    """
    standardized: np.ndarray = np.clip((scores - mean) / scale, -limit, limit)
    return standardized


def with_products(scores: np.ndarray, gate: int) -> np.ndarray:
    """Append the products of all scores with one of them.

    Parameters
    ----------
    scores : numpy.ndarray, shape=(rows, scores)
        Standardised scores.
    gate : int
        Index of the score that all are multiplied with.

    Returns
    -------
    numpy.ndarray, shape=(rows, 2 * scores)
        The products have half weight, so that a linear model with a penalty prefers the scores themselves.
    """
    return np.hstack([scores, scores * scores[:, [gate]] / 2])

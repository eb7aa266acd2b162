"""The parts of the model of valence and arousal (`tagger.models.components.base` has the others)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tagger.models.components.base import Component, require, require_indices
from tagger.models.components.elementary import BLOCK


@dataclass(frozen=True)
class AdditiveRbfKernel:
    """A weighted sum over the songs of the training set, by how like them a song is in each family of features.

    `columns` has the places of the families' columns, one family after the other, `ends` where each family ends;
    `mean` and `scale` (columns,) standardise them, `limit` clips them, and `vectors` (songs, columns) are the
    training songs so treated. `widths` (families,) tell how unlike songs must be to mean nothing to each other,
    `weights` (families, outputs) what the families count for, `coefficients` (songs, outputs) what the songs do.
    """

    columns: np.ndarray
    ends: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    limit: float
    widths: np.ndarray
    weights: np.ndarray
    vectors: np.ndarray
    coefficients: np.ndarray
    intercept: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        rows = np.clip((X[:, self.columns] - self.mean) / self.scale, -self.limit, self.limit)
        told = [np.empty((0, len(self.intercept)))]
        for start in range(0, len(rows), BLOCK):
            told.append(self._told(rows[start : start + BLOCK]))
        return np.concatenate(told) + self.intercept

    def _told(self, rows: np.ndarray) -> np.ndarray:
        found = np.zeros((len(rows), len(self.intercept)))
        for family, (start, end) in enumerate(pairwise([0, *self.ends])):
            likeness = rbf_kernel(rows[:, start:end], self.vectors[:, start:end], self.widths[family])
            found += likeness @ (self.coefficients * self.weights[family])
        return found

    def check(self, columns: int) -> int:
        require_indices(self.columns, columns)
        count, outputs = len(self.columns), len(self.intercept)
        families = len(self.ends)
        require(self.ends.ndim == 1 and families and self.ends[-1] == count, "families that are not all")
        require(self.ends.dtype.kind in "iu" and (np.diff([0, *self.ends]) > 0).all(), "families without columns")
        require(self.mean.shape == self.scale.shape == (count,), "a scale of another shape")
        require(self.widths.shape == (families,), "widths of another shape")
        require(self.weights.shape == (families, outputs), "weights of another shape")
        require(self.vectors.shape == (len(self.coefficients), count), "vectors of another shape")
        require(self.coefficients.shape[1:] == (outputs,), "coefficients of another shape")
        return outputs


def rbf_kernel(rows: np.ndarray, others: np.ndarray, width: float) -> np.ndarray:
    """Return how like rows are to others, from 0 to 1.

    Parameters
    ----------
    rows : numpy.ndarray, shape=(n, columns)
    others : numpy.ndarray, shape=(m, columns)
    width : float
        Squared distance, a column, at which likeness has fallen to 1/e.

    Returns
    -------
    numpy.ndarray, shape=(n, m)
    """
    others = others.astype(np.float64)
    distance = np.square(rows).sum(axis=1)[:, None] - 2 * rows @ others.T + np.square(others).sum(axis=1)
    return np.exp(np.maximum(distance, 0) / (-width * rows.shape[1]))


@dataclass(frozen=True)
class AffectOutput:
    """Valence and arousal, and how far the ratings may lie from them.

    `component` tells what arousal leaves unexplained of valence, arousal, and what the moods say for a song's
    pleasantness, standardised; then, where there is a `doubt`, the logarithm of the squared error of valence and of
    arousal, which `doubt` (2,) or (0,) scales to standard deviations. `centre` has the means of valence and arousal,
    `slope` is that of valence over arousal in the ratings, `coupling` the share of it that is put back, and `trust`
    what one of the evidence adds to valence.
    """

    component: Component
    centre: np.ndarray
    slope: float
    arousal_share: float
    evidence_weight: float
    uncertainty_scale: np.ndarray = field(default_factory=lambda: np.empty(0))

    def predict(self, X: np.ndarray) -> np.ndarray:
        told = self.component.predict(X)
        rest, arousal, evidence = told[:, :3].T
        valence = rest + self.arousal_share * self.slope * arousal + self.evidence_weight * evidence
        deviations = self.uncertainty_scale * np.exp(told[:, 3:] / 2)
        return np.hstack([self.centre + np.column_stack([valence, arousal]), deviations])

    def check(self, columns: int) -> int:
        require(self.uncertainty_scale.shape in ((0,), (2,)), "a doubt of another shape")
        outputs = 3 + len(self.uncertainty_scale)
        require(self.component.check(columns) == outputs, "a component with another number of outputs")
        require(self.centre.shape == (2,), "a centre of another shape")
        return 2 + len(self.uncertainty_scale)

"""The components of the valence and arousal model."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tagger.models.components.base import Component, require, require_indices
from tagger.models.components.elementary import BLOCK


@dataclass(frozen=True)
class AdditiveRbfKernel(Component):
    """Kernel regression with a weighted sum of RBF kernels, one for each group of columns.

    Attributes
    ----------
    columns : numpy.ndarray, shape=(used,)
        Indices of the columns of all groups, one group after the other.
    ends : numpy.ndarray, shape=(groups,)
        Where each group ends in `columns`.
    mean, scale : numpy.ndarray, shape=(used,)
        Standardise the columns.
    limit : float
        Clip at this number of standard deviations.
    widths : numpy.ndarray, shape=(groups,)
        Width of each group's kernel, as in `rbf_kernel`.
    weights : numpy.ndarray, shape=(groups, outputs)
        Weight of each group's kernel.
    vectors : numpy.ndarray, shape=(songs, used)
        The training songs, standardised and clipped.
    coefficients : numpy.ndarray, shape=(songs, outputs)
    intercept : numpy.ndarray, shape=(outputs,)
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
        rows = self.standardize(X)
        blocks = [np.empty((0, len(self.intercept)))]
        for start in range(0, len(rows), BLOCK):
            blocks.append(self._predict_block(rows[start : start + BLOCK]))
        outputs: np.ndarray = np.concatenate(blocks) + self.intercept
        return outputs

    def standardize(self, X: np.ndarray) -> np.ndarray:
        """Return the columns of all groups, standardised and clipped like `vectors`; shape (rows, used)."""
        standardized: np.ndarray = np.clip((X[:, self.columns] - self.mean) / self.scale, -self.limit, self.limit)
        return standardized

    def restore(self, rows: np.ndarray) -> np.ndarray:
        """Return the columns of X, shape (rows, used), from what `standardize` returned for them."""
        restored: np.ndarray = rows * self.scale + self.mean
        return restored

    def _predict_block(self, rows: np.ndarray) -> np.ndarray:
        outputs = np.zeros((len(rows), len(self.intercept)))
        for group, (start, end) in enumerate(pairwise([0, *self.ends])):
            kernel = rbf_kernel(rows[:, start:end], self.vectors[:, start:end], self.widths[group])
            outputs += kernel @ (self.coefficients * self.weights[group])
        return outputs

    def check(self, columns: int) -> int:
        require_indices(self.columns, columns, "column")
        count, outputs = len(self.columns), len(self.intercept)
        groups = len(self.ends)
        require(self.ends.ndim == 1 and groups and self.ends[-1] == count, "groups do not cover the columns")
        require(self.ends.dtype.kind in "iu" and (np.diff([0, *self.ends]) > 0).all(), "a group has no columns")
        require(self.mean.shape == self.scale.shape == (count,), "scale has the wrong shape")
        require(self.widths.shape == (groups,), "widths have the wrong shape")
        require(self.weights.shape == (groups, outputs), "weights have the wrong shape")
        require(self.vectors.shape == (len(self.coefficients), count), "vectors have the wrong shape")
        require(self.coefficients.shape[1:] == (outputs,), "coefficients have the wrong shape")
        return outputs


def rbf_kernel(rows: np.ndarray, others: np.ndarray, width: float) -> np.ndarray:
    """Return the RBF kernel between two sets of rows.

    Parameters
    ----------
    rows : numpy.ndarray, shape=(n, columns)
    others : numpy.ndarray, shape=(m, columns)
    width : float
        Mean squared distance per column at which the kernel has fallen to 1/e.

    Returns
    -------
    numpy.ndarray, shape=(n, m)
        In 0..1; 1 for equal rows.
    """
    others = others.astype(np.float64)
    # In place, because new arrays of this size take longer than the arithmetic.
    kernel: np.ndarray = rows @ others.T
    kernel *= -2
    kernel += np.square(rows).sum(axis=1)[:, None]
    kernel += np.square(others).sum(axis=1)
    np.maximum(kernel, 0, out=kernel)
    kernel /= -width * rows.shape[1]
    np.exp(kernel, out=kernel)
    return kernel


class AffectTargets(NamedTuple):
    """What the inner component of an `AffectOutput` predicts, by name.

    Attributes
    ----------
    residual_valence : numpy.ndarray, shape=(rows,)
        Valence minus its linear regression on arousal, relative to the mean.
    arousal : numpy.ndarray, shape=(rows,)
        Relative to the mean.
    evidence : numpy.ndarray, shape=(rows,)
        What the moods say about pleasantness, standardised.
    log_squared_errors : numpy.ndarray, shape=(rows, 2) or (rows, 0)
        Logarithms of the squared errors of valence and arousal; (rows, 0) for a model without standard deviations.
    """

    residual_valence: np.ndarray
    arousal: np.ndarray
    evidence: np.ndarray
    log_squared_errors: np.ndarray

    @classmethod
    def from_columns(cls, columns: np.ndarray) -> AffectTargets:
        """Name the columns of an array.

        Parameters
        ----------
        columns : numpy.ndarray, shape=(rows, 3) or (rows, 5)

        Returns
        -------
        AffectTargets
        """
        residual_valence, arousal, evidence = columns[:, :3].T
        return cls(residual_valence, arousal, evidence, columns[:, 3:])

    def to_columns(self) -> np.ndarray:
        """Return the targets as the columns of an array.

        Returns
        -------
        numpy.ndarray, shape=(rows, 3) or (rows, 5)
        """
        return np.column_stack(self)


@dataclass(frozen=True)
class AffectOutput(Component):
    """Compute valence and arousal, and their standard deviations, from the outputs of a component.

    Valence is the residual valence, plus a share of its regression on arousal, plus the weighted evidence of the moods.

    Attributes
    ----------
    component : Component
        Predicts the columns of `AffectTargets`.
    centre : numpy.ndarray, shape=(2,)
        Mean valence and arousal of the training songs.
    slope : float
        Slope of valence over arousal in the ratings.
    arousal_share : float
        Share of the regression on arousal that is added to valence, in 0..1.
    evidence_weight : float
        Valence added per standard deviation of the evidence.
    uncertainty_scale : numpy.ndarray, shape=(2,) or (0,)
        Scales the predicted errors of valence and arousal to standard deviations; empty for a model without them.
    """

    component: Component
    centre: np.ndarray
    slope: float
    arousal_share: float
    evidence_weight: float
    uncertainty_scale: np.ndarray = field(default_factory=lambda: np.empty(0))

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.combine(self.component.predict(X))

    def combine(self, outputs: np.ndarray) -> np.ndarray:
        """Compute valence and arousal, and their standard deviations, from the outputs of the inner component.

        Parameters
        ----------
        outputs : numpy.ndarray, shape=(rows, 3) or (rows, 5)
            Columns of `AffectTargets`.

        Returns
        -------
        numpy.ndarray, shape=(rows, 2) or (rows, 4)
        """
        residual, arousal, evidence, log_errors = AffectTargets.from_columns(outputs)
        valence = residual + self.arousal_share * self.slope * arousal + self.evidence_weight * evidence
        deviations = self.uncertainty_scale * np.exp(log_errors / 2)
        return np.hstack([self.centre + np.column_stack([valence, arousal]), deviations])

    def check(self, columns: int) -> int:
        require(self.uncertainty_scale.shape in ((0,), (2,)), "uncertainty_scale has the wrong shape")
        outputs = 3 + len(self.uncertainty_scale)
        require(self.component.check(columns) == outputs, f"the component does not have {outputs} outputs")
        require(self.centre.shape == (2,), "centre has the wrong shape")
        return 2 + len(self.uncertainty_scale)

"""The estimator of the valence and arousal model: kernel ridge regression with a kernel for each group of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from tagger.emotions import MOODS
from tagger.evaluation.cross_validation import cross_val_predict
from tagger.models.components import AdditiveRbfKernel, AffectOutput, AffectTargets, Component, rbf_kernel
from tagger.training.estimators.base import Estimator

PLEASANTNESS = {"happy-pleased": 1.0, "relaxing-calm": 1.0, "sad-lonely": -1.0, "angry-aggressive": -1.0}
"""Weights of the moods' log-odds in the evidence for pleasantness; 0 for other moods."""

MIN_PROBABILITY = 0.01
"""Mood probabilities are clipped to 0.01..0.99 before log-odds are computed."""


@dataclass(frozen=True)
class FeatureGroup:
    """Features that share a kernel.

    Attributes
    ----------
    name : str
    columns : tuple of int
        Indices of the features.
    valence, arousal, evidence : float
        Weights of the kernel for these outputs; relative to those of the other groups.
    """

    name: str
    columns: tuple[int, ...]
    valence: float
    arousal: float
    evidence: float = 0.0


class RidgeOutput(NamedTuple):
    """Settings of one output of `MultiKernelRidge`.

    Attributes
    ----------
    weight : {"valence", "arousal", "evidence"}
        Attribute of `FeatureGroup` that holds the weights of the kernels.
    shrinkage : float
        Ridge penalty.
    """

    weight: str
    shrinkage: float


OUTPUTS = (RidgeOutput("valence", 0.4), RidgeOutput("arousal", 0.2), RidgeOutput("evidence", 0.05))
"""Outputs for residual valence, arousal and evidence."""

ERROR_OUTPUTS = (RidgeOutput("valence", 5.0), RidgeOutput("arousal", 5.0))
"""Outputs for the log squared errors of valence and arousal."""

MIN_SQUARED_ERROR = 0.003
"""Added to squared errors before the logarithm, so that differences between tiny errors have little effect."""


class MultiKernelRidge(Estimator):
    """Kernel ridge regression with a weighted sum of RBF kernels, one for each group of features.

    Parameters
    ----------
    groups : tuple of FeatureGroup
    width : float
        Mean squared distance per column at which a kernel has fallen to 1/e.
    outputs : tuple of RidgeOutput
        One for each column of the targets.
    limit : float
        Clip the standardised features at this number of standard deviations.
    half_weight : tuple of int
        Indices of columns that have half weight in distances.
    """

    def __init__(
        self,
        groups: tuple[FeatureGroup, ...],
        width: float = 4.0,
        outputs: tuple[RidgeOutput, ...] = OUTPUTS,
        limit: float = 4.0,
        half_weight: tuple[int, ...] = (),
    ):
        self.groups = groups
        self.width = width
        self.outputs = outputs
        self.limit = limit
        self.half_weight = half_weight

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        columns = np.array([column for group in self.groups for column in group.columns])
        ends = np.cumsum([len(group.columns) for group in self.groups])
        weights = np.array([[getattr(group, output.weight) for output in self.outputs] for group in self.groups])
        weights = weights / np.maximum(weights.sum(axis=0), 1e-9)
        used = X[:, columns]
        mean, scale = used.mean(axis=0), used.std(axis=0)
        scale[scale == 0] = 1
        scale[np.isin(columns, self.half_weight)] *= 2
        vectors = np.clip((used - mean) / scale, -self.limit, self.limit).astype(np.float32)
        kernels = [
            rbf_kernel(part.astype(np.float64), part, self.width) for part in np.split(vectors, ends[:-1], axis=1)
        ]
        intercept = Y.mean(axis=0)
        coefficients = np.empty(Y.shape)
        for i, output in enumerate(self.outputs):
            kernel = sum(weight * group_kernel for weight, group_kernel in zip(weights[:, i], kernels, strict=True))
            kernel[np.diag_indices(len(X))] += output.shrinkage
            coefficients[:, i] = np.linalg.solve(kernel, Y[:, i] - intercept[i])
        return AdditiveRbfKernel(
            columns.astype(np.int16),
            ends.astype(np.int16),
            mean,
            scale,
            self.limit,
            np.full(len(ends), self.width),
            weights,
            vectors,
            coefficients,
            intercept,
        )


class AffectEstimator(Estimator):
    """Valence and arousal, with a chosen share of their correlation, and with evidence from a moods model.

    In the ratings, arousal and valence are correlated, so that a plain model of valence mostly predicts arousal. This
    estimator predicts arousal and the residual of valence after linear regression on arousal. It then adds a share of
    the regression, and evidence from a moods model that was trained on other songs.

    Parameters
    ----------
    regressor : MultiKernelRidge
        Predicts the columns of `AffectTargets`.
    evidence_column : int
        Index of the column with the evidence of the moods for pleasantness. It is a target, not a feature: prediction
        does not need it.
    arousal_share : float
        Share of the regression on arousal that is added to valence, in 0..1. 1 is plain prediction of valence.
    evidence_weight : float
        Valence added per standard deviation of the evidence, in standard deviations of the residual valence.
    deviations : bool
        Also predict standard deviations, learnt from cross-validated errors.
    """

    def __init__(
        self,
        regressor: MultiKernelRidge,
        evidence_column: int,
        arousal_share: float,
        evidence_weight: float,
        deviations: bool = False,
    ):
        self.regressor = regressor
        self.evidence_column = evidence_column
        self.arousal_share = arousal_share
        self.evidence_weight = evidence_weight
        self.deviations = deviations

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        centre = Y.mean(axis=0)
        valence, arousal = (Y - centre).T
        slope = float(np.polyfit(arousal, valence, 1)[0])
        residual = valence - slope * arousal
        evidence = X[:, self.evidence_column]
        standardized_evidence = (evidence - evidence.mean()) / (evidence.std() or 1.0)
        log_errors, uncertainty_scale = np.empty((len(X), 0)), np.empty(0)
        outputs = self.regressor.outputs
        if self.deviations:
            log_errors, uncertainty_scale = self._fit_errors(X, Y)
            outputs += ERROR_OUTPUTS
        targets = AffectTargets(residual, arousal, standardized_evidence, log_errors).to_columns()
        component = clone(self.regressor).set_params(outputs=outputs).fit(X, targets).component_
        evidence_weight = self.evidence_weight * float(residual.std())
        return AffectOutput(component, centre, slope, self.arousal_share, evidence_weight, uncertainty_scale)

    def _fit_errors(self, X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log squared errors of held-out songs, and the scale of the standard deviations.

        The scale makes the mean predicted variance equal to the mean squared error.
        """
        squares = np.square(Y - cross_val_predict(clone(self).set_params(deviations=False), X, Y, seed=0))
        log_errors = np.log(squares + MIN_SQUARED_ERROR)
        predicted = cross_val_predict(clone(self.regressor).set_params(outputs=ERROR_OUTPUTS), X, log_errors, seed=0)
        return log_errors, np.sqrt(squares.mean(axis=0) / np.exp(predicted).mean(axis=0))


def pleasantness(probabilities: np.ndarray) -> np.ndarray:
    """Compute the evidence of moods for the pleasantness of songs: a weighted sum of their log-odds.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs, moods)
        In the order of `tagger.emotions.MOODS`.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Positive for pleasant moods.
    """
    clipped = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    evidence: np.ndarray = np.log(clipped / (1 - clipped)) @ np.array([PLEASANTNESS.get(mood, 0.0) for mood in MOODS])
    return evidence

"""The estimator behind the model of valence and arousal: likeness to rated songs, family of features by family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from tagger.emotions import MOODS
from tagger.evaluation.cross_validation import cross_val_predict
from tagger.models.components import AdditiveRbfKernel, AffectOutput, Component, rbf_kernel
from tagger.training.estimators.base import Estimator

PLEASANTNESS = {"happy-pleased": 1.0, "relaxing-calm": 1.0, "sad-lonely": -1.0, "angry-aggressive": -1.0}
"""What each mood says for the pleasantness of a song."""

MIN_PROBABILITY = 0.01
"""Probability that a mood is taken to have at least, and to lack."""


@dataclass(frozen=True)
class FeatureGroup:
    """Features that are compared together.

    Attributes
    ----------
    name : str
    columns : tuple of int
        Their places.
    valence, arousal, evidence : float
        What they count for.
    """

    name: str
    columns: tuple[int, ...]
    valence: float
    arousal: float
    evidence: float = 0.0


OUTPUTS = (("valence", 0.4), ("arousal", 0.2), ("evidence", 0.05))
"""What a family's features count for, and the shrinkage of it."""

ERROR_OUTPUTS = (("valence", 5.0), ("arousal", 5.0))
"""The same of the errors."""

MIN_SQUARED_ERROR = 0.003
"""Added to squared errors: of which of two songs the error is next to nothing says nothing."""


class MultiKernelRidge(Estimator):
    """Kernel ridge regression with a sum of Gaussian kernels, one a family of features.

    Parameters
    ----------
    families : tuple of Family
    width : float
        Squared distance, a column, at which likeness has fallen to 1/e.
    outputs : tuple of (str, float)
        For each output the name of what families count for, and the shrinkage.
    limit : float
        Standard deviations at which features are clipped.
    halved : tuple of int
        Columns that count for half in distances.
    """

    def __init__(
        self,
        families: tuple[FeatureGroup, ...],
        width: float = 4.0,
        outputs: tuple[tuple[str, float], ...] = OUTPUTS,
        limit: float = 4.0,
        halved: tuple[int, ...] = (),
    ):
        self.families = families
        self.width = width
        self.outputs = outputs
        self.limit = limit
        self.halved = halved

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        columns = np.array([column for family in self.families for column in family.columns])
        ends = np.cumsum([len(family.columns) for family in self.families])
        weights = np.array([[getattr(family, name) for name, _ in self.outputs] for family in self.families])
        weights = weights / np.maximum(weights.sum(axis=0), 1e-9)
        chosen = X[:, columns]
        mean, scale = chosen.mean(axis=0), chosen.std(axis=0)
        scale[scale == 0] = 1
        scale[np.isin(columns, self.halved)] *= 2
        vectors = np.clip((chosen - mean) / scale, -self.limit, self.limit).astype(np.float32)
        kernels = [
            rbf_kernel(part.astype(np.float64), part, self.width) for part in np.split(vectors, ends[:-1], axis=1)
        ]
        intercept = Y.mean(axis=0)
        coefficients = np.empty(Y.shape)
        for output, (_, shrinkage) in enumerate(self.outputs):
            kernel = sum(w * k for w, k in zip(weights[:, output], kernels, strict=True))
            kernel[np.diag_indices(len(X))] += shrinkage
            coefficients[:, output] = np.linalg.solve(kernel, Y[:, output] - intercept[output])
        widths = np.full(len(ends), self.width)
        places = (columns.astype(np.int16), ends.astype(np.int16))
        return AdditiveRbfKernel(*places, mean, scale, self.limit, widths, weights, vectors, coefficients, intercept)


class AffectEstimator(Estimator):
    """Valence and arousal, with a chosen share of the likeness between the two, and evidence from the moods.

    Raters of the training songs called lively music pleasant, so a plain model of valence learns to report
    arousal. This one predicts arousal, and the part of valence that a line through arousal leaves unexplained;
    it adds back only a share of that line, and what a model of moods, which was trained on other songs, says.

    Parameters
    ----------
    regressor : Estimator
        Of both.
    evidence : int
        Place of the column that has what the moods say for a song's pleasantness. It is learnt, not looked at: who
        predicts need not have it.
    coupling : float
        Share of the line added back; 1 is plain prediction of valence, 0 ignores arousal.
    trust : float
        What a standard deviation of the evidence adds to valence, in standard deviations of the rest.
    doubts : bool
        Learn from the errors for songs left out how far the ratings lie from what is predicted, and tell it.
    """

    def __init__(self, regressor: MultiKernelRidge, evidence: int, coupling: float, trust: float, doubts: bool = False):
        self.regressor = regressor
        self.evidence = evidence
        self.coupling = coupling
        self.trust = trust
        self.doubts = doubts

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        centre = Y.mean(axis=0)
        valence, arousal = (Y - centre).T
        slope = float(np.polyfit(arousal, valence, 1)[0])
        rest = valence - slope * arousal
        said = X[:, self.evidence]
        outputs = np.column_stack([rest, arousal, (said - said.mean()) / (said.std() or 1.0)])
        errors, doubt = self._errors(X, Y) if self.doubts else (np.empty((len(X), 0)), np.empty(0))
        regressor = clone(self.regressor).set_params(outputs=self.regressor.outputs + ERROR_OUTPUTS * self.doubts)
        part = regressor.fit(X, np.hstack([outputs, errors])).component_
        return AffectOutput(part, centre, slope, self.coupling, self.trust * float(rest.std()), doubt)

    def _errors(self, X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the logarithms of squared errors, and what scales the deviations that are predicted from them."""
        squares = np.square(Y - cross_val_predict(clone(self).set_params(doubts=False), X, Y, seed=0))
        logarithms = np.log(squares + MIN_SQUARED_ERROR)
        told = cross_val_predict(clone(self.regressor).set_params(outputs=ERROR_OUTPUTS), X, logarithms, seed=0)
        return logarithms, np.sqrt(squares.mean(axis=0) / np.exp(told).mean(axis=0))


def pleasantness(probabilities: np.ndarray) -> np.ndarray:
    """Return what moods say for the pleasantness of songs: their log-odds, weighted.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs, moods)

    Returns
    -------
    numpy.ndarray, shape=(songs,)
    """
    sure = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return np.log(sure / (1 - sure)) @ np.array([PLEASANTNESS.get(mood, 0.0) for mood in MOODS])

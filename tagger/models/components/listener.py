"""The component that adjusts valence and arousal to one listener."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require


@dataclass(frozen=True)
class ListenerCorrection(Component):
    """Add a linear function of valence and arousal to them; other outputs stay as they are.

    Attributes
    ----------
    component : Component
        Predicts valence and arousal among other outputs.
    start : int
        Index of valence; arousal follows.
    weights : numpy.ndarray, shape=(2, 2)
        Change of valence and arousal (columns) per unit of predicted valence and arousal (rows).
    offset : numpy.ndarray, shape=(2,)
    """

    component: Component
    start: int
    weights: np.ndarray
    offset: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        outputs = self.component.predict(X).copy()
        points = outputs[:, self.start : self.start + 2].clip(-1, 1)
        outputs[:, self.start : self.start + 2] = points + points @ self.weights + self.offset
        return outputs

    def check(self, columns: int) -> int:
        outputs = self.component.check(columns)
        require(0 <= self.start <= outputs - 2, "index of valence out of range")
        require(self.weights.shape == (2, 2) and self.offset.shape == (2,), "the correction has the wrong shape")
        return outputs

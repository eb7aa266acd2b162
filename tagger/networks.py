"""A small convolutional network, and what tells sets of labels, as parts of models (`tagger.predictors`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.predictors import Part, demand

WIDTH = 3
"""Neighbouring columns that a convolution looks at."""


@dataclass(frozen=True)
class Network:
    """Two convolutions over the columns, each pooled, then a dense layer and an output layer, which gives log-odds.

    `first` has the shape (channels, 1, 3), `second` (channels, channels, 3), `dense` (units, channels * length) and
    `last` (outputs, units). After each but the last comes its bias, and the scale and shift of its normalisation;
    `pool1` and `pool2` are the numbers of neighbours of which the greatest is taken.
    """

    first: np.ndarray
    bias1: np.ndarray
    scale1: np.ndarray
    shift1: np.ndarray
    second: np.ndarray
    bias2: np.ndarray
    scale2: np.ndarray
    shift2: np.ndarray
    dense: np.ndarray
    bias3: np.ndarray
    scale3: np.ndarray
    shift3: np.ndarray
    last: np.ndarray
    bias4: np.ndarray
    pool1: int
    pool2: int

    def predict(self, X: np.ndarray) -> np.ndarray:
        x = X[:, None].astype(np.float32)
        x = _pooled(np.tanh(_convolved(x, self.first, self.bias1)) * self.scale1 + self.shift1, self.pool1)
        x = _pooled(np.tanh(_convolved(x, self.second, self.bias2)) * self.scale2 + self.shift2, self.pool2)
        x = np.maximum(x.reshape(len(x), -1) @ self.dense.T + self.bias3, 0) * self.scale3 + self.shift3
        return (x @ self.last.T + self.bias4).astype(np.float64)

    def check(self, columns: int) -> int:
        channels, units = len(self.first), len(self.dense)
        demand(self.first.shape == (channels, 1, WIDTH), "a first convolution of another shape")
        demand(self.second.shape == (channels, channels, WIDTH), "a second convolution of another shape")
        demand(self.pool1 > 0 and self.pool2 > 0, "pools of no neighbours")
        length = ((columns - WIDTH + 1) // self.pool1 - WIDTH + 1) // self.pool2
        demand(length > 0, "fewer columns than the convolutions need")
        demand(self.dense.shape == (units, channels * length), "a dense layer of another shape")
        demand(self.last.shape == (len(self.bias4), units) and self.bias4.ndim == 1, "outputs of another shape")
        sizes = {1: channels, 2: channels, 3: units}
        for number, size in sizes.items():
            for name in ("bias", "scale", "shift"):
                demand(getattr(self, f"{name}{number}").shape == (size,), f"a {name} of another shape")
        return len(self.last)


def _convolved(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return (songs, length, channels) for (songs, channels before, length before)."""
    views = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=2)
    songs, channels, length, _ = views.shape
    flat = views.transpose(0, 2, 1, 3).reshape(songs * length, channels * WIDTH)
    return (flat @ weights.reshape(len(weights), -1).T + bias).reshape(songs, length, -1)


def _pooled(x: np.ndarray, size: int) -> np.ndarray:
    """Return (songs, channels, pools) for (songs, length, channels)."""
    pools = x.shape[1] // size
    return x[:, : pools * size].reshape(len(x), pools, size, -1).max(axis=2).transpose(0, 2, 1)


@dataclass(frozen=True)
class Shares:
    """Turns log-odds of classes into probabilities that sum to one."""

    part: Part

    def predict(self, X: np.ndarray) -> np.ndarray:
        odds = self.part.predict(X)
        powers = np.exp(odds - odds.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def check(self, columns: int) -> int:
        return self.part.check(columns)


@dataclass(frozen=True)
class Sets:
    """Tells labels by the sets of them that a part takes for classes; `sets` has the shape (classes, labels)."""

    part: Part
    sets: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        shares = np.maximum(self.part.predict(X), 1e-9)
        return shares / shares.sum(axis=1, keepdims=True) @ self.sets

    def check(self, columns: int) -> int:
        demand(self.sets.ndim == 2, "sets of another shape")
        demand(self.part.check(columns) == len(self.sets), "sets that the classes don't fit")
        return self.sets.shape[1]

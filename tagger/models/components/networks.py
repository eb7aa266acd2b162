"""A small convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import require

WIDTH = 3
"""Neighbouring columns that a convolution looks at."""


@dataclass(frozen=True)
class ConvolutionalNetwork:
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
        x = _max_pool(np.tanh(_convolve(x, self.first, self.bias1)) * self.scale1 + self.shift1, self.pool1)
        x = _max_pool(np.tanh(_convolve(x, self.second, self.bias2)) * self.scale2 + self.shift2, self.pool2)
        x = np.maximum(x.reshape(len(x), -1) @ self.dense.T + self.bias3, 0) * self.scale3 + self.shift3
        return (x @ self.last.T + self.bias4).astype(np.float64)

    def check(self, columns: int) -> int:
        channels, units = len(self.first), len(self.dense)
        require(self.first.shape == (channels, 1, WIDTH), "a first convolution of another shape")
        require(self.second.shape == (channels, channels, WIDTH), "a second convolution of another shape")
        require(self.pool1 > 0 and self.pool2 > 0, "pools of no neighbours")
        length = ((columns - WIDTH + 1) // self.pool1 - WIDTH + 1) // self.pool2
        require(length > 0, "fewer columns than the convolutions need")
        require(self.dense.shape == (units, channels * length), "a dense layer of another shape")
        require(self.last.shape == (len(self.bias4), units) and self.bias4.ndim == 1, "outputs of another shape")
        sizes = {1: channels, 2: channels, 3: units}
        for number, size in sizes.items():
            for name in ("bias", "scale", "shift"):
                require(getattr(self, f"{name}{number}").shape == (size,), f"a {name} of another shape")
        return len(self.last)


def _convolve(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return (songs, length, channels) for (songs, channels before, length before)."""
    views = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=2)
    songs, channels, length, _ = views.shape
    flat = views.transpose(0, 2, 1, 3).reshape(songs * length, channels * WIDTH)
    return (flat @ weights.reshape(len(weights), -1).T + bias).reshape(songs, length, -1)


def _max_pool(x: np.ndarray, size: int) -> np.ndarray:
    """Return (songs, channels, pools) for (songs, length, channels)."""
    pools = x.shape[1] // size
    return x[:, : pools * size].reshape(len(x), pools, size, -1).max(axis=2).transpose(0, 2, 1)

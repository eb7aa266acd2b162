"""A small convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require

WIDTH = 3
"""Width of the convolution kernels, in columns."""


@dataclass(frozen=True)
class ConvolutionalNetwork(Component):
    """Two convolutions over the columns, each with max pooling, then a dense layer and an output layer.

    The outputs are log-odds. After each layer but the last come its bias and the scale and shift of its batch
    normalisation.

    Attributes
    ----------
    first : numpy.ndarray, shape=(channels, 1, 3)
        First convolution.
    bias1, scale1, shift1 : numpy.ndarray, shape=(channels,)
    second : numpy.ndarray, shape=(channels, channels, 3)
        Second convolution.
    bias2, scale2, shift2 : numpy.ndarray, shape=(channels,)
    dense : numpy.ndarray, shape=(units, channels * length)
        Dense layer.
    bias3, scale3, shift3 : numpy.ndarray, shape=(units,)
    last : numpy.ndarray, shape=(outputs, units)
        Output layer.
    bias4 : numpy.ndarray, shape=(outputs,)
    pool1, pool2 : int
        Widths of the max pooling.
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
        log_odds: np.ndarray = (x @ self.last.T + self.bias4).astype(np.float64)
        return log_odds

    def check(self, columns: int) -> int:
        channels, units = len(self.first), len(self.dense)
        require(self.first.shape == (channels, 1, WIDTH), "first convolution has the wrong shape")
        require(self.second.shape == (channels, channels, WIDTH), "second convolution has the wrong shape")
        require(self.pool1 > 0 and self.pool2 > 0, "pooling width is not positive")
        length = ((columns - WIDTH + 1) // self.pool1 - WIDTH + 1) // self.pool2
        require(length > 0, "too few columns for the convolutions")
        require(self.dense.shape == (units, channels * length), "dense layer has the wrong shape")
        require(self.last.shape == (len(self.bias4), units) and self.bias4.ndim == 1, "outputs have the wrong shape")
        sizes = {1: channels, 2: channels, 3: units}
        for number, size in sizes.items():
            for name in ("bias", "scale", "shift"):
                require(getattr(self, f"{name}{number}").shape == (size,), f"{name}{number} has the wrong shape")
        return len(self.last)


def _convolve(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return (rows, length, output channels) for `x` of shape (rows, input channels, input length)."""
    views = np.lib.stride_tricks.sliding_window_view(x, WIDTH, axis=2)
    rows, channels, length, _ = views.shape
    flat = views.transpose(0, 2, 1, 3).reshape(rows * length, channels * WIDTH)
    outputs: np.ndarray = (flat @ weights.reshape(len(weights), -1).T + bias).reshape(rows, length, -1)
    return outputs


def _max_pool(x: np.ndarray, size: int) -> np.ndarray:
    """Return (rows, channels, pools) for `x` of shape (rows, length, channels)."""
    pools = x.shape[1] // size
    pooled: np.ndarray = x[:, : pools * size].reshape(len(x), pools, size, -1).max(axis=2).transpose(0, 2, 1)
    return pooled

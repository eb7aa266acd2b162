"""The network MSD_musicnn: from its checkpoint to the network of the embedding, without the filters that do nothing.

Training with weight decay has reduced most filters of the first layers to a constant: their weights are practically
zero, or their bias is so negative that the rectifier never opens. `prune` proves this from the weights alone, by the
bounds of the input, and moves the constants to the biases of the layers after them. The result is the same network.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tagger.features.embedding import COMPRESSION, MEAN_POWER
from tagger.features.embedding_network import BANDS, PATCH_FRAMES, Layer, Network, convolve_linear

EPSILON = 1e-3
"""Added to the variances of the batch normalization."""

MAX_INPUT = float(np.log10(1 + COMPRESSION * MEAN_POWER * PATCH_FRAMES * BANDS))
"""Largest possible value of a patch: all of its power in one band of one frame."""

NEGLIGIBLE = 1e-6
"""Range of outputs up to which a filter counts as constant; the others vary by .02 to 60."""

TALL, LONG, CONVOLUTIONS = (0, 1), (2, 3, 4), (5, 6, 7)
"""Numbers of the layers in the checkpoint."""

POOLING = 9
"""Number of the batch normalization between the pooling and the dense layer."""


def from_checkpoint(variables: Mapping[str, np.ndarray]) -> Network:
    """Return the complete network of a checkpoint.

    Parameters
    ----------
    variables : mapping of str to numpy.ndarray
        As `tagger.training.tf_checkpoint.read_checkpoint` returns them.

    Returns
    -------
    Network

    Raises
    ------
    KeyError
        If a variable is missing.
    """

    def name(kind: str, number: int) -> str:
        return f"{kind}_{number}" if number else kind

    def normalization(number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return scale and offset as 64-bit floats."""
        gamma, beta, mean, variance = (
            variables[f"{name('batch_normalization', number)}/{key}"].astype(np.float64)
            for key in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        return scale, beta - mean * scale

    def convolution(number: int) -> Layer:
        """Return a layer, whose batch normalization has the next number."""
        kernel = variables[f"{name('conv2d', number)}/kernel"]
        frames, bands, inputs, outputs = kernel.shape
        kernel = kernel.reshape(frames, bands * inputs, outputs)
        return _layer(kernel, variables[f"{name('conv2d', number)}/bias"], *normalization(number + 1))

    (input_scale,), (input_offset,) = normalization(0)
    scale, offset = normalization(POOLING)
    kernel = variables["dense/kernel"].astype(np.float64)
    bias = variables["dense/bias"] + offset @ kernel
    kernel = kernel * scale[:, None]
    # The checkpoint has maximum and mean of each channel in turn.
    dense = _layer(np.concatenate([kernel[0::2], kernel[1::2]]), bias, *normalization(POOLING + 1))
    tall, long, convolutions = (tuple(map(convolution, numbers)) for numbers in (TALL, LONG, CONVOLUTIONS))
    return Network(float(input_scale), float(input_offset), tall, long, convolutions, dense)


def _layer(*arrays: np.ndarray) -> Layer:
    return Layer(*(np.ascontiguousarray(array, np.float32) for array in arrays))


def prune(network: Network) -> Network:
    """Return the same network without the constant filters of its first layers.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Network
    """
    ends = np.array([0.0, MAX_INPUT]) * network.input_scale + network.input_offset
    lowest, highest = min(0.0, *ends), max(0.0, *ends)  # the frames of the padding are zeros
    filters = (*network.tall, *network.long)
    constants = np.concatenate([constant_outputs(layer, lowest, highest) for layer in filters])
    varying = np.isnan(constants)
    used = np.split(varying, np.cumsum([layer.kernel.shape[2] for layer in filters])[:-1])
    kept = tuple(_select(layer, columns) for layer, columns in zip(filters, used, strict=True))
    first, *others = network.convolutions
    steady = np.tile(constants[~varying].astype(np.float32), (PATCH_FRAMES, 1))
    bias = first.bias + convolve_linear(steady, first.kernel[:, ~varying])
    first = _layer(first.kernel[:, varying], bias, first.scale, first.offset)
    return Network(
        network.input_scale,
        network.input_offset,
        kept[: len(network.tall)],
        kept[len(network.tall) :],
        (first, *others),
        _prune_dense(network.dense, constants),
    )


def constant_outputs(layer: Layer, lowest: float, highest: float) -> np.ndarray:
    """Find the filters whose output is the same for all inputs.

    Parameters
    ----------
    layer : Layer
    lowest, highest : float
        Bounds of the inputs.

    Returns
    -------
    numpy.ndarray, shape=(filters,)
        The output of constant filters, NaN for the others.
    """
    kernel = layer.kernel.reshape(-1, layer.kernel.shape[2]).astype(np.float64)
    least = np.maximum(layer.bias + np.minimum(kernel * lowest, kernel * highest).sum(axis=0), 0)
    most = np.maximum(layer.bias + np.maximum(kernel * lowest, kernel * highest).sum(axis=0), 0)
    constant = np.abs(layer.scale) * (most - least) <= NEGLIGIBLE
    return np.where(constant, layer.offset + layer.scale * (least + most) / 2, np.nan)


def _select(layer: Layer, columns: np.ndarray) -> Layer:
    return _layer(layer.kernel[..., columns], layer.bias[columns], layer.scale[columns], layer.offset[columns])


def _prune_dense(dense: Layer, constants: np.ndarray) -> Layer:
    """Move constant inputs to the bias. The filters are the first of the channels, whose maxima precede the means."""
    channels = len(dense.kernel) // 2
    maxima, means = dense.kernel[:channels].astype(np.float64), dense.kernel[channels:].astype(np.float64)
    kept = np.ones(channels, bool)
    kept[: len(constants)] = np.isnan(constants)
    steady = constants[~kept[: len(constants)]]
    bias = dense.bias + steady @ (maxima[~kept] + means[~kept])
    return _layer(np.concatenate([maxima[kept], means[kept]]), bias, dense.scale, dense.offset)


def multiplications(network: Network) -> int:
    """Return the number of multiplications that the definition of the network needs for a patch.

    Parameters
    ----------
    network : Network

    Returns
    -------
    int
    """
    positions = PATCH_FRAMES
    tall = sum(positions * (BANDS - layer.kernel.shape[1] + 1) * layer.kernel.size for layer in network.tall)
    long = sum(positions * BANDS * layer.kernel.size for layer in network.long)
    rest = sum(positions * layer.kernel.size for layer in network.convolutions) + network.dense.kernel.size
    return int(tall + long + rest)

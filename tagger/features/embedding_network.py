"""The network of the embedding in numpy: from a patch of a log mel spectrogram to 200 values.

The network is MSD_musicnn (https://github.com/jordipons/musicnn):

1. Tall filters cover a few frames and many mel bands; each keeps its extreme response across the bands of a frame, so
   that it finds a timbre at any pitch. Long filters cover many frames of one band; each keeps its extreme response
   across all bands.
2. Three convolutions along time follow; the second and the third add their input to their output.
3. The maximum and the mean over time of the outputs of 1 and 2 go through a dense layer.

Each layer consists of a linear map, a bias, a rectifier, and a scale and an offset (batch normalization). The filters
of step 1 need nearly all of the time. They are therefore applied to several neighbouring positions in one matrix
product: a stack of shifted copies of the filters is multiplied by one window that covers all of these positions. No
window overlaps more than its neighbours, so little is copied and the products are large enough for BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tagger.io import array_archive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

FORMAT = 4
"""Version of the file format, which is that of model files."""

KIND = "embedding"

PATCH_FRAMES = 187
BANDS = 96
VALUES = 200

TALL_BLOCK = 4
"""Bands per matrix product of tall filters."""

LONG_BLOCK = 16
"""Frames per matrix product of long filters."""


@dataclass(frozen=True)
class Layer:
    """The weights of a layer.

    Attributes
    ----------
    kernel : numpy.ndarray
        Filters of step 1: shape (frames, bands, filters). Convolutions: shape (frames, inputs, outputs). Dense layer:
        shape (inputs, outputs), where the maxima of all inputs come before the means.
    bias : numpy.ndarray, shape=(outputs,) or (PATCH_FRAMES, outputs)
        Added to the linear map; a convolution may have another bias in each frame.
    scale, offset : numpy.ndarray, shape=(outputs,)
        Applied to the rectified outputs.
    """

    kernel: Array
    bias: Array
    scale: Array
    offset: Array

    def activate(self, linear: Array) -> Array:
        """Return the outputs of the layer.

        Parameters
        ----------
        linear : numpy.ndarray, shape=(..., outputs)
            The results of the linear map; they are overwritten.

        Returns
        -------
        numpy.ndarray, shape=(..., outputs)
        """
        linear += self.bias
        np.maximum(linear, 0, out=linear)
        linear *= self.scale
        linear += self.offset
        return linear

    @cached_property
    def sign(self) -> Array:
        """The signs of the scale: a filter with a negative scale keeps its least response instead of its largest."""
        return np.where(self.scale < 0, -1, 1).astype(np.float32)

    @cached_property
    def tall_stack(self) -> Array:
        """Copies of tall filters for `TALL_BLOCK` positions; shape (bands and frames of a window, outputs)."""
        frames, bands, filters = self.kernel.shape
        stack = np.zeros((bands + TALL_BLOCK - 1, frames, TALL_BLOCK, filters), np.float32)
        for position in range(TALL_BLOCK):
            stack[position : position + bands, :, position] = self.kernel.transpose(1, 0, 2) * self.sign
        return stack.reshape(-1, TALL_BLOCK * filters)

    @cached_property
    def long_stack(self) -> Array:
        """Copies of long filters for `LONG_BLOCK` positions; shape (frames of a window, outputs)."""
        frames, _, filters = self.kernel.shape
        stack = np.zeros((frames + LONG_BLOCK - 1, LONG_BLOCK, filters), np.float32)
        for position in range(LONG_BLOCK):
            stack[position : position + frames, position] = self.kernel[:, 0] * self.sign
        return stack.reshape(-1, LONG_BLOCK * filters)


@dataclass(frozen=True)
class Network:
    """The network.

    Attributes
    ----------
    input_scale, input_offset : float
        Applied to the patch.
    tall, long : tuple of Layer
        The filters of step 1.
    convolutions : tuple of Layer
    dense : Layer
    """

    input_scale: float
    input_offset: float
    tall: tuple[Layer, ...]
    long: tuple[Layer, ...]
    convolutions: tuple[Layer, ...]
    dense: Layer

    def embed(self, patch: Array) -> Array:
        """Return the embedding of a patch.

        Parameters
        ----------
        patch : numpy.ndarray, shape=(PATCH_FRAMES, BANDS)
            log10(1 + 10000 power) of a mel spectrogram.

        Returns
        -------
        numpy.ndarray, shape=(VALUES,)
        """
        x = np.asarray(patch, np.float32) * np.float32(self.input_scale) + np.float32(self.input_offset)
        front = [tall_filters(x, layer) for layer in self.tall] + [long_filters(x, layer) for layer in self.long]
        outputs = [np.concatenate(front, axis=1)]
        for i, layer in enumerate(self.convolutions):
            output = convolve(outputs[-1], layer)
            outputs.append(output + outputs[-1] if i else output)
        channels = np.concatenate(outputs, axis=1)
        pooled = np.concatenate([channels.max(axis=0), channels.mean(axis=0)])
        return self.dense.activate(pooled @ self.dense.kernel)


def _pad_frames(x: Array, frames: int, multiple: int = 1) -> Array:
    """Add frames of zeros, so that a filter of `frames` frames has an output for each frame.

    The number of outputs is rounded up to a multiple of `multiple`.
    """
    before = (frames - 1) // 2
    after = frames - 1 - before + -len(x) % multiple
    return np.pad(x, ((before, after), (0, 0)))


def tall_filters(x: Array, layer: Layer) -> Array:
    """Apply filters at all positions across the bands, and keep the extreme response in each frame.

    Parameters
    ----------
    x : numpy.ndarray, shape=(frames, BANDS)
    layer : Layer
        With a kernel of shape (frames, bands, filters).

    Returns
    -------
    numpy.ndarray, shape=(frames, filters)
    """
    frames, bands, filters = layer.kernel.shape
    # One row for each frame: the frames around it, band by band. The windows of all positions are parts of the row.
    rows = sliding_window_view(_pad_frames(x, frames), frames, axis=0).reshape(len(x), -1)
    last = x.shape[1] - bands - (TALL_BLOCK - 1)
    # The last block may overlap the one before it, which does not change the maximum.
    starts = [*range(0, last, TALL_BLOCK), last]
    length = (bands + TALL_BLOCK - 1) * frames
    largest = rows[:, :length] @ layer.tall_stack
    responses = np.empty_like(largest)
    for start in starts[1:]:
        np.matmul(rows[:, start * frames : start * frames + length], layer.tall_stack, out=responses)
        np.maximum(largest, responses, out=largest)
    return layer.activate(largest.reshape(len(x), TALL_BLOCK, filters).max(axis=1) * layer.sign)


def long_filters(x: Array, layer: Layer) -> Array:
    """Apply filters along the time in each band, and keep the extreme response across the bands.

    Parameters
    ----------
    x : numpy.ndarray, shape=(frames, BANDS)
    layer : Layer
        With a kernel of shape (frames, 1, filters).

    Returns
    -------
    numpy.ndarray, shape=(frames, filters)
    """
    frames, _, filters = layer.kernel.shape
    bands = np.ascontiguousarray(_pad_frames(x, frames, LONG_BLOCK).T)
    windows = sliding_window_view(bands, frames + LONG_BLOCK - 1, axis=1)[:, ::LONG_BLOCK]
    responses = windows.reshape(-1, windows.shape[2]) @ layer.long_stack
    largest = responses.reshape(x.shape[1], -1).max(axis=0).reshape(-1, filters)[: len(x)]
    return layer.activate(largest * layer.sign)


def convolve(x: Array, layer: Layer) -> Array:
    """Convolve channels along the time.

    Parameters
    ----------
    x : numpy.ndarray, shape=(frames, inputs)
    layer : Layer
        With a kernel of shape (frames, inputs, outputs).

    Returns
    -------
    numpy.ndarray, shape=(frames, outputs)
    """
    return layer.activate(convolve_linear(x, layer.kernel))


def convolve_linear(x: Array, kernel: Array) -> Array:
    """Return the linear part of `convolve`.

    Parameters
    ----------
    x : numpy.ndarray, shape=(frames, inputs)
    kernel : numpy.ndarray, shape=(frames, inputs, outputs)

    Returns
    -------
    numpy.ndarray, shape=(frames, outputs)
    """
    frames, inputs, outputs = kernel.shape
    padded = _pad_frames(x, frames)
    rows = np.concatenate([padded[i : i + len(x)] for i in range(frames)], axis=1)
    return rows @ kernel.reshape(frames * inputs, outputs)


def pack(network: Network) -> bytes:
    """Return the content of the file of a network.

    Parameters
    ----------
    network : Network

    Returns
    -------
    bytes
    """
    arrays: list[np.ndarray] = []

    def describe(layer: Layer) -> dict[str, Any]:
        names = [field.name for field in fields(Layer)]
        arrays.extend(getattr(layer, name) for name in names)
        return {name: {"array": len(arrays) - len(names) + i} for i, name in enumerate(names)}

    def describe_all(layers: Sequence[Layer]) -> list[dict[str, Any]]:
        return [describe(layer) for layer in layers]

    component = {
        "input_scale": float(network.input_scale),
        "input_offset": float(network.input_offset),
        "tall": describe_all(network.tall),
        "long": describe_all(network.long),
        "convolutions": describe_all(network.convolutions),
        "dense": describe(network.dense),
    }
    return array_archive.pack({"format": FORMAT, "kind": KIND, "component": component}, arrays)


def unpack(data: bytes) -> Network:
    """Return the network of a file.

    Parameters
    ----------
    data : bytes
        As `pack` returned them.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If it is not the file of a network.
    """
    archive = array_archive.ArrayArchive(data)
    content = archive.description
    if (content["format"], content["kind"]) != (FORMAT, KIND):
        raise ValueError("not the file of an embedding")

    def layer(node: dict[str, Any]) -> Layer:
        return Layer(**{name: archive.array(int(value["array"])).astype(np.float32) for name, value in node.items()})

    parts = content["component"]
    network = Network(
        float(parts["input_scale"]),
        float(parts["input_offset"]),
        tuple(map(layer, parts["tall"])),
        tuple(map(layer, parts["long"])),
        tuple(map(layer, parts["convolutions"])),
        layer(parts["dense"]),
    )
    if network.embed(np.zeros((PATCH_FRAMES, BANDS), np.float32)).shape != (VALUES,):
        raise ValueError("the network has the wrong number of outputs")
    return network

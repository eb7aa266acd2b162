"""Mix frames of any channel layout and sample format to one channel.

Music is mixed as the mean of its channels. If the channels cancel each other in that mean, as when the right channel
is the inverted left one, the channels that cancel are inverted first. `cancellation` decides this for each excerpt
from the products of its channels: if the energy of the sum is at least `CANCELLED_BELOW` of the channels' energies,
the mean is used unchanged; if it is at most `FULLY_CANCELLED_BELOW`, the mix with inverted channels is used; in
between, one fades into the other, so that a small change of a song has a small effect.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import av
import numpy as np
import numpy.typing as npt

Products = npt.NDArray[np.floating[Any]]
"""Sums over time of the products of each two channels; shape (channels, channels)."""

Signs = tuple[int, ...]
"""Sign of each channel in a mix, 1 or -1; the first one is 1."""


class SampleFormat(NamedTuple):
    """How FFmpeg stores samples.

    Attributes
    ----------
    stored : numpy.dtype
        Type of a stored sample.
    scale : float
        Factor from stored samples to -1..1.
    exact : numpy.dtype
        Type in which two channels are added without loss.
    is_planar : bool
        Whether each channel has a plane of its own; otherwise the samples of the channels alternate.
    """

    stored: np.dtype[Any]
    scale: float
    exact: np.dtype[Any]
    is_planar: bool


FORMATS = {
    name + suffix: SampleFormat(np.dtype(stored), scale, np.dtype(exact), suffix == "p")
    for name, stored, scale, exact in (
        ("u8", "u1", 2.0**-7, "f4"),
        ("s16", "i2", 2.0**-15, "f4"),
        ("s32", "i4", 2.0**-31, "f8"),
        ("s64", "i8", 2.0**-63, "f8"),
        ("flt", "f4", 1.0, "f4"),
        ("dbl", "f8", 1.0, "f8"),
    )
    for suffix in ("", "p")
}
"""Sample formats by FFmpeg's names."""

UNSIGNED_ZERO = 128
"""The stored sample of unsigned formats that means silence."""

MAX_PLANES = 8
"""Number of planes that PyAV reads from a frame without going beyond the end of FFmpeg's array."""

CANCELLED_BELOW = 0.05
"""Energy of the sum of the channels over the sum of their energies, at and above which the mean is used unchanged.

The ratio is 1 for uncorrelated channels or if only one of them is audible, and n for n equal channels.
"""

FULLY_CANCELLED_BELOW = 0.02
"""The same ratio, at and below which only the mix with inverted channels is used."""

COMPARED_SAMPLES = 1024
"""Number of samples of a frame from which the products of its channels are computed."""


def _channels(frame: Any, sample_format: SampleFormat) -> list[npt.NDArray[Any]]:
    """Return views of the stored samples of each channel of a frame."""
    if not sample_format.is_planar:
        count = frame.layout.nb_channels or 1
        samples = np.frombuffer(frame.planes[0], sample_format.stored, frame.samples * count)
        return [samples[channel::count] for channel in range(count)]
    count = frame.layout.nb_channels or 1
    if count > MAX_PLANES:
        return _channels(*_packed(frame))
    stored, length = sample_format.stored, frame.samples
    return [np.frombuffer(plane, stored, length) for plane in frame.planes[:count]]


def _packed(frame: Any) -> tuple[Any, SampleFormat]:
    """Convert a planar frame to the format in which the samples of its channels alternate."""
    # PyAV finds the end of the list of planes by a null pointer, which FFmpeg does not write after the last plane.
    resampler = av.AudioResampler(frame.format.name.removesuffix("p"), frame.layout, frame.sample_rate)
    (packed,) = resampler.resample(frame)
    return packed, FORMATS[packed.format.name]


def mix_to_mono(frame: Any, signs: Signs, out: npt.NDArray[np.float32]) -> None:
    """Mix a frame to one channel, the mean of its signed channels.

    Parameters
    ----------
    frame : av.AudioFrame
        A decoded frame of any channel layout and sample format.
    signs : tuple of int
        Sign of each channel; if it is empty or the frame has another number of channels, all are 1.
    out : numpy.ndarray, shape=(samples,)
        Array for the mixed samples, in -1..1.
    """
    sample_format = FORMATS[frame.format.name]
    channels = _channels(frame, sample_format)
    count = len(channels)
    if count <= 2 and sample_format.exact == out.dtype:
        mixed: npt.NDArray[Any] = out
        mixed[:] = channels[0]
    else:
        mixed = channels[0].astype(np.float64)
    if signs and len(signs) == count:
        for channel, sign in zip(channels[1:], signs[1:], strict=True):
            if sign > 0:
                mixed += channel
            else:
                mixed -= channel
    else:
        signs = ()
        for channel in channels[1:]:
            mixed += channel
    if sample_format.stored.kind == "u":
        mixed -= UNSIGNED_ZERO * (sum(signs) if signs else count)
    mixed *= sample_format.scale / count
    if mixed is not out:
        out[:] = mixed


def channel_products(frame: Any) -> Products:
    """Compute the products of the channels of a frame, from its first `COMPARED_SAMPLES` samples.

    Parameters
    ----------
    frame : av.AudioFrame
        A decoded frame of any channel layout and sample format.

    Returns
    -------
    numpy.ndarray, shape=(channels, channels)
        Sums over time of the products of each two channels, in squared units of the stored samples.
    """
    sample_format = FORMATS[frame.format.name]
    channels = _channels(frame, sample_format)
    samples = np.array([channel[:COMPARED_SAMPLES] for channel in channels], np.float32)
    if sample_format.stored.kind == "u":
        samples -= UNSIGNED_ZERO
    return samples @ samples.T


def cancellation(products: Products) -> tuple[float, Signs]:
    """Decide whether the channels of an excerpt cancel each other, and which must be inverted.

    Parameters
    ----------
    products : numpy.ndarray, shape=(channels, channels)
        Sum of the `channel_products` of some frames of the excerpt; may be empty.

    Returns
    -------
    weight : float
        Weight of the mix with inverted channels, in 0..1; the rest is the weight of the mean.
    signs : tuple of int
        Sign of each channel in that mix; empty if its weight is 0.
    """
    energy = float(np.trace(products)) if len(products) > 1 else 0.0
    if not (np.isfinite(products).all() and energy > 0):
        return 0.0, ()
    ratio = float(products.sum()) / energy
    if ratio >= CANCELLED_BELOW:
        return 0.0, ()
    weight = min(1.0, (CANCELLED_BELOW - ratio) / (CANCELLED_BELOW - FULLY_CANCELLED_BELOW))
    # From the loudest channel on, give each the sign with which it correlates positively with the sum so far.
    signs = np.zeros(len(products))
    for channel in np.argsort(-np.diag(products), kind="stable"):
        signs[channel] = 1 if products[channel] @ signs >= 0 else -1
    return weight, tuple(int(sign * signs[0]) for sign in signs)

"""Mix frames of any layout and sample format to one channel.

Ordinary music is mixed as the mean of its channels. Where that mean cancels what is in the channels (as when the
right channel is the left one inverted), the channels that cancel are inverted first. `balance` decides it for one
excerpt from the products of its channels: of `CANCELLED` or more the mean is kept to the bit, of `GONE` or less the
other mix takes its place, and in between one fades into the other, so that no small change of a song is a jump.
"""

from __future__ import annotations

from typing import Any

import av
import numpy as np

FORMATS = {
    "u8": ("u1", 2.0**-7, "f4"),
    "s16": ("i2", 2.0**-15, "f4"),
    "s32": ("i4", 2.0**-31, "f8"),
    "s64": ("i8", 2.0**-63, "f8"),
    "flt": ("f4", 1.0, "f4"),
    "dbl": ("f8", 1.0, "f8"),
}
"""By sample format: how a sample is stored, the size of a step, and in what two channels are added without loss."""

MAX_PLANES = 8
"""Planes that a frame of FFmpeg points to itself; PyAV reads beyond them when it looks for more."""

CANCELLED_BELOW = 0.05
"""Energy of the channels' sum over the sum of their energies from which on the mean is kept.

It is 1 for channels that have nothing in common or of which only one sounds, and n for n equal ones.
"""

FULLY_CANCELLED_BELOW = 0.02
"""The same, up to which the channels that cancel are inverted."""

Signs = tuple[int, ...]
"""By channel, 1 or -1 for one that is to be inverted; the first one never is."""


def _channels(frame: Any, name: str, stored: str) -> Any:
    """Return the samples of each channel of a frame, as they are stored."""
    count = frame.layout.nb_channels or 1
    if not name.endswith("p"):
        return np.frombuffer(frame.planes[0], stored, frame.samples * count).reshape(-1, count).T
    if count > MAX_PLANES:
        # PyAV ends its list of planes at a zero, which nothing puts behind the last one.
        resampler = av.AudioResampler(name.removesuffix("p"), frame.layout, frame.sample_rate)
        (packed,) = resampler.resample(frame)
        return _channels(packed, packed.format.name, stored)
    return [np.frombuffer(plane, stored, frame.samples) for plane in frame.planes[:count]]


def mix_to_mono(frame: Any, signs: Signs = ()) -> np.ndarray:
    """Mix a frame of any layout and sample format to one channel of float32 in -1..1.

    Parameters
    ----------
    frame : av.AudioFrame
        What a decoder gave.
    signs : tuple of int
        By channel, whether it is inverted; without them none is.
    """
    name = frame.format.name
    stored, step, exact = FORMATS[name.removesuffix("p")]
    found = _channels(frame, name, stored)
    count = len(found)
    mixed = found[0].astype(exact if count <= 2 else np.float64)
    if len(signs) == count:
        for channel, sign in zip(found[1:], signs[1:], strict=True):
            np.add(mixed, channel, out=mixed) if sign > 0 else np.subtract(mixed, channel, out=mixed)
    else:
        for channel in found[1:]:
            mixed += channel
    if stored == "u1":
        mixed -= 128 * (sum(signs) if len(signs) == count else count)
    mixed *= step / count
    return mixed.astype(np.float32, copy=False)


def products(frame: Any) -> np.ndarray:
    """Return the sums over time of the products of each two channels of a frame; shape (channels, channels)."""
    name = frame.format.name
    found = np.asarray(_channels(frame, name, FORMATS[name.removesuffix("p")][0]))
    samples = found.astype(np.float32)
    if found.dtype == np.uint8:
        samples -= 128
    with np.errstate(all="ignore"):
        return samples @ samples.T


def balance(summed: np.ndarray) -> tuple[float, Signs]:
    """Tell how much of a mix the mean of the channels must give way to another, and the signs of that other.

    Parameters
    ----------
    summed : numpy.ndarray, shape=(channels, channels)
        What `products` says of the excerpt, or of a sample of its frames.

    Returns
    -------
    weight : float
        From 0, where the mean is kept, to 1.
    signs : tuple of int
        By channel, 1 or -1; empty for a weight of 0.
    """
    energy = float(np.trace(summed)) if len(summed) > 1 else 0.0
    if not (np.isfinite(summed).all() and energy > 0):
        return 0.0, ()
    share = float(summed.sum()) / energy
    if share >= CANCELLED_BELOW:
        return 0.0, ()
    weight = min(1.0, (CANCELLED_BELOW - share) / (CANCELLED_BELOW - FULLY_CANCELLED_BELOW))
    # From the loudest channel on, each takes the sign by which it adds to those before.
    signs = np.zeros(len(summed))
    for channel in np.argsort(-np.diag(summed), kind="stable"):
        signs[channel] = 1 if summed[channel] @ signs >= 0 else -1
    return weight, tuple(int(sign * signs[0]) for sign in signs)

"""Tell whether there is anything to hear in samples."""

from __future__ import annotations

import numpy as np

SILENCE = 2.0**-14
"""Peak up to which audio counts as silent (two steps of 16 bit)."""

NOTHING = 2.0**-23
"""Peak up to which there is nothing at all (one step of 24 bit)."""

BLOCK = 2048
"""Samples in which quiet audio is looked at, to tell music from noise."""

FLAT = 0.2
"""Spectral flatness from which quiet audio may be noise: 1 is that of white noise; music has a tenth of it."""

STEADY = 0.3
"""Deviation of the energy of blocks, as a share of its mean, below which quiet audio may be noise."""


def is_silent(y: np.ndarray) -> bool:
    """Tell whether there is nothing to hear in these samples."""
    return bool(np.abs(y).max() <= SILENCE)


def is_noise(y: np.ndarray) -> bool:
    """Tell whether samples that `is_silent` are nothing but the noise of the last digits, as dither is.

    That noise is as loud at all times, and about as loud at all frequencies; music of any level is neither.
    """
    count = len(y) // BLOCK
    blocks = y[: count * BLOCK].reshape(count, BLOCK).astype(np.float64)
    # The edges of a constant level are the resampler's.
    blocks = (blocks - blocks.mean(axis=1, keepdims=True))[1:-1]
    if count < 3 or np.abs(blocks).max() <= NOTHING:
        return True
    powers = np.square(np.abs(np.fft.rfft(blocks * np.hanning(BLOCK))))[:, 4 : 7 * BLOCK // 16]
    spectrum = powers.mean(axis=0)
    flatness = np.exp(np.log(spectrum + 1e-300).mean()) / (spectrum.mean() + 1e-300)
    energies = np.square(blocks).mean(axis=1)
    return bool(flatness > FLAT and energies.std() < STEADY * energies.mean())

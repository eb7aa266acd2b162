"""Detection of excerpts without audible sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

MAX_SILENT_PEAK = 2.0**-14
"""Peak up to which audio is silent: two steps of 16-bit samples."""

MAX_EMPTY_PEAK = 2.0**-23
"""Peak up to which there is no signal at all: one step of 24-bit samples."""

BLOCK = 2048
"""Number of samples in a block, in which quiet audio is compared with noise."""

MIN_NOISE_FLATNESS = 0.2
"""Spectral flatness above which quiet audio may be noise; it is 1 for white noise and about 0.02 for music."""

MAX_NOISE_DEVIATION = 0.3
"""Standard deviation of the energy of blocks over its mean, below which quiet audio may be noise."""


def is_silent(samples: npt.NDArray[np.floating[Any]]) -> bool:
    """Return whether samples are silent.

    Parameters
    ----------
    samples : numpy.ndarray, shape=(n,)
        In -1..1.

    Returns
    -------
    bool
        Whether the peak is at most `MAX_SILENT_PEAK`.
    """
    return bool(np.abs(samples).max() <= MAX_SILENT_PEAK)


def is_noise(samples: npt.NDArray[np.floating[Any]]) -> bool:
    """Return whether silent samples contain nothing but the noise of the last digits, such as dither.

    The energy of such noise is constant in time and flat in frequency; that of music is neither, however quiet it is.

    Parameters
    ----------
    samples : numpy.ndarray, shape=(n,)
        In -1..1, with a peak of at most `MAX_SILENT_PEAK`.

    Returns
    -------
    bool
    """
    count = len(samples) // BLOCK
    blocks = samples[: count * BLOCK].reshape(count, BLOCK).astype(np.float64)
    # The first and the last block of a constant level contain artefacts of the resampler.
    blocks = (blocks - blocks.mean(axis=1, keepdims=True))[1:-1]
    if count < 3 or np.abs(blocks).max() <= MAX_EMPTY_PEAK:
        return True
    powers = np.square(np.abs(np.fft.rfft(blocks * np.hanning(BLOCK))))[:, 4 : 7 * BLOCK // 16]
    spectrum = powers.mean(axis=0)
    flatness = np.exp(np.log(spectrum + 1e-300).mean()) / (spectrum.mean() + 1e-300)
    energies = np.square(blocks).mean(axis=1)
    return bool(flatness > MIN_NOISE_FLATNESS and energies.std() < MAX_NOISE_DEVIATION * energies.mean())

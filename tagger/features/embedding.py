"""The embedding: 200 values of three seconds of music from a network that was trained to predict listeners' tags.

The network is MSD_musicnn (`tagger.features.embedding_network`), whose file `emotag train embedding` makes. Its input
is a mel spectrogram of audio at 16 kHz. The level is normalised before the logarithm, so that the gain of a master has
no effect on the embedding.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
import soxr

from tagger.errors import ModelError
from tagger.features import filter_banks
from tagger.features.embedding_network import PATCH_FRAMES, VALUES, Network, unpack

if TYPE_CHECKING:
    from tagger.features import FloatArray

SAMPLE_RATE = 22050
SECONDS = 4
"""Length of an excerpt. The patch in its middle is shorter, so the resampler's filter does not reach its edges."""

SAMPLES = SAMPLE_RATE * SECONDS

PATCH_RATE = 16000
"""Sample rate of the audio that the network was trained on, in Hz."""

FRAME = 512
HOP = 256
PATCH_SAMPLES = (PATCH_FRAMES - 1) * HOP + FRAME
"""Samples of a patch: 3.008 s."""

MEAN_POWER = 0.64
"""Mean mel power to which the level of a patch is normalised: the median of released music."""

MIN_POWER = MEAN_POWER * 1e-7
"""Mean mel power, 70 dB lower, below which the gain does not rise further: what is left there is digital noise."""

COMPRESSION = 10000
"""Factor on the power before the logarithm, with which the network was trained."""

COLUMNS = tuple(f"embedding{i}" for i in range(VALUES))
"""Names of the features."""

MEL = filter_banks.load("patch_mel")
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
FILE = "embedding.model"


def extract(y: FloatArray) -> FloatArray:
    """Compute the embedding of an excerpt.

    Parameters
    ----------
    y : numpy.ndarray, shape=(SAMPLES,)
        Mono samples at `SAMPLE_RATE`, in -1..1.

    Returns
    -------
    numpy.ndarray, shape=(200,)
    """
    return bundled_network().embed(log_mel_patch(y))


def log_mel_patch(y: FloatArray) -> FloatArray:
    """Return the patch in the middle of an excerpt, as the network takes it.

    Parameters
    ----------
    y : numpy.ndarray, shape=(SAMPLES,)
        Mono samples at `SAMPLE_RATE`, in -1..1.

    Returns
    -------
    numpy.ndarray, shape=(PATCH_FRAMES, 96)
        log10(1 + 10000 power), where the mean power is `MEAN_POWER`.
    """
    resampled = soxr.resample(np.asarray(y, np.float32), SAMPLE_RATE, PATCH_RATE)
    start = (len(resampled) - PATCH_SAMPLES) // 2
    power = mel_power(resampled[start : start + PATCH_SAMPLES])
    power *= np.float32(MEAN_POWER / max(float(power.mean()), MIN_POWER))
    return np.log10(1 + COMPRESSION * power)


def mel_power(y: FloatArray) -> FloatArray:
    """Return the mel spectrogram of samples.

    Parameters
    ----------
    y : numpy.ndarray, shape=(n,)
        At `PATCH_RATE`.

    Returns
    -------
    numpy.ndarray, shape=(frames, 96)
        Power; equal to `librosa.feature.melspectrogram` without padding.
    """
    frames = np.lib.stride_tricks.sliding_window_view(y, FRAME)[::HOP]
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=1)
    power: FloatArray = (spectrum.real**2 + spectrum.imag**2) @ MEL.weights
    return power


@cache
def bundled_network() -> Network:
    """Return the network of the package; it is read once.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        return unpack(resources.files("tagger.bundled").joinpath(FILE).read_bytes())
    except Exception:
        # A damaged file can make the readers raise any exception.
        raise ModelError("the bundled network of the embedding is missing or damaged; reinstall emotag") from None

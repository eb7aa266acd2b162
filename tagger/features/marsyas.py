"""The 72 features of the `emotions` data set, as Marsyas 0.2 of October to December 2007 computed them.

A model trained on that data set is valid only for features with the same values, so the peculiarities of the program
are reproduced: the mono mix is halved; silence has cepstral coefficients of 0 instead of a floor of the logarithm; the
memory of the texture statistics carries over from the song before (here: from the end of the same song); and a clip
has 1298 frames although 30 s fill only 1292.

This module computes the timbre features, `tagger.features.beats` the rhythm features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

from tagger.features import beats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagger.features import FloatArray

SAMPLE_RATE = 22050
SECONDS = 30
SAMPLES = SAMPLE_RATE * SECONDS
FRAME = 512
"""Samples of a frame; frames do not overlap."""

FRAMES = 1298
MEMORY = 40
"""Frames over which the texture statistics run (0.9 s)."""

BINS = FRAME // 2 + 1
BLOCK = 59
"""Frames computed at a time, few enough for the processor's cache; a clip has 22 blocks."""

WINDOW = 0.5 * (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))) / FRAME
"""Hamming window, multiplied by the halving of the mono mix and the normalisation of the transform."""

TINIEST = np.finfo(np.float64).tiny

MFCCS = 13
FRAME_FEATURES = ("Centroid", "Rolloff", "Flux", *(f"MFCC_{i}" for i in range(MFCCS)))
COLUMNS = (
    *(
        f"{clip}_Acc1298_{texture}_Mem40_{name}"
        for clip in ("Mean", "Std")
        for texture in ("Mean", "Std")
        for name in FRAME_FEATURES
    ),
    *beats.COLUMNS,
)
"""Names of the features, with the spelling and in the order of the data set."""

FRAGILE_COLUMNS = ("Std_Acc1298_Mean_Mem40_Flux", "BH_LowPeakBPM", "BH_HighPeakBPM")
"""Features that models should not use: the flux depends on the resampler, the tempi may jump with the codec."""

UNSTABLE_COLUMNS = tuple(
    i for i, name in enumerate(COLUMNS) if name.startswith("Std_Acc1298_Std_") or name.endswith("_Flux")
)
"""Indices of the features that vary most between excerpts (deviations of deviations) or codecs (fluxes)."""

LOUDNESS_COLUMN = "Mean_Acc1298_Mean_Mem40_MFCC_0"
"""The only feature that depends on gain: the mean of the first cepstral coefficient."""


def extract(y: FloatArray) -> FloatArray:
    """Compute the 72 features of a 30-second excerpt.

    Parameters
    ----------
    y : numpy.ndarray, shape=(661500,)
        Mono samples at 22 050 Hz in -1..1. They are rounded to 16 bits, like the files of the data set, because
        the flux is sensitive to nearly empty bins.

    Returns
    -------
    numpy.ndarray, shape=(72,)
        In the order of `COLUMNS`.

    Raises
    ------
    ValueError
        If `y` has another length.

    Notes
    -----
    G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", IEEE Trans. Speech and
    Audio Processing 10(5), 2002; K. Trohidis et al., "Multi-label classification of music into
    emotions", ISMIR 2008.
    """
    if y.shape != (SAMPLES,):
        raise ValueError(f"an excerpt has {SAMPLES} samples, not {y.shape}")
    rhythm = beats.extract(_as_16_bit(y[:: beats.DECIMATION]))
    return np.concatenate([_clip_statistics(_frame_features(y)), rhythm])


def _as_16_bit(y: FloatArray) -> NDArray[np.float64]:
    """Return samples rounded to 16 bits, scaled as Marsyas reads them."""
    x = np.multiply(y, 32768.0, dtype=np.float64)
    np.rint(x, out=x)
    np.clip(x, -32768, 32767, out=x)
    x /= 32767
    return x


def _frame_features(y: FloatArray) -> FloatArray:
    """Return the 16 features of each of the 1298 frames; shape (1298, 16)."""
    previous: FloatArray = np.zeros((1, BINS))  # The power of the last frame, which is after the end of the samples.
    features = np.empty((FRAMES, len(FRAME_FEATURES)))
    for start in range(0, FRAMES, BLOCK):
        frames = np.zeros((BLOCK, FRAME))
        samples = _as_16_bit(y[start * FRAME : (start + BLOCK) * FRAME])
        frames.ravel()[: len(samples)] = samples
        power = _power(frames)
        total = power.sum(axis=1)
        block = features[start : start + BLOCK]
        block[:, 0] = _centroid(power, total)
        block[:, 1] = _rolloff(power, total)
        block[:, 2] = _flux(np.concatenate([previous, power]))
        block[:, 3:] = _mfcc(power)
        previous = power[-1:]
    return features


def _power(frames: FloatArray) -> FloatArray:
    """Return the power spectra of frames; shape (frames, 257)."""
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=1)
    power: FloatArray = spectrum.real**2 + spectrum.imag**2
    return power


def _centroid(power: FloatArray, total: FloatArray) -> FloatArray:
    """Return the spectral centroid in 0..1 of the Nyquist frequency; 0.5 for silence."""
    moment: FloatArray = power @ (np.arange(BINS) / BINS)
    centroid: FloatArray = np.divide(moment, total, out=np.full(len(power), 0.5), where=total > 0)
    return centroid


def _rolloff(power: FloatArray, total: FloatArray) -> FloatArray:
    """Return the last bin, from bin 2 on, at which the cumulative power is below 90 %, in 0..1; 1 if there is none."""
    below = np.cumsum(power, axis=1) < 0.9 * total[:, None]
    # The cumulative power never falls: the first bin that is not below ends those that are.
    last = below.argmin(axis=1) - 1
    return np.where(last >= 2, last / BINS, 1.0)


def _flux(power: FloatArray) -> FloatArray:
    """Return the mean squared difference of consecutive log spectra, relative to its maximum over the bins."""
    difference = np.diff(np.log(power[:, 1:] + TINIEST), axis=0)
    np.square(difference, out=difference)
    largest = difference.max(axis=1)
    flux: FloatArray = np.divide(difference.sum(axis=1), BINS * largest, out=np.zeros(len(largest)), where=largest > 0)
    return flux


def _mel_filters() -> FloatArray:
    """Return Marsyas' 40 triangular filters of unit area, from 133 Hz to 6.9 kHz; shape (257, 40).

    The first edges are evenly spaced in Hz, the others in its logarithm. These filters are not those of librosa.
    """
    linear = np.float32(133.3333) + np.float32(66.66666) * np.arange(13)
    logarithmic = linear[12] * np.float64(np.float32(1.0711703)) ** np.arange(1, 30)
    edges = np.concatenate([linear, logarithmic])
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    f = (SAMPLE_RATE / FRAME * np.arange(BINS))[:, None]
    rising = np.where((f > lower) & (f <= centre), (f - lower) / (centre - lower), 0.0)
    falling = np.where((f > centre) & (f <= upper), (upper - f) / (upper - centre), 0.0)
    filters: FloatArray = (rising + falling) * (2 / (upper - lower))
    return filters


def _dct() -> FloatArray:
    """Return the discrete cosine transform, whose first input has a weight of sqrt(0.5); shape (40, 13)."""
    i, j = np.arange(40)[:, None], np.arange(MFCCS)
    dct: FloatArray = np.cos(j * (2 * i + 1) * np.pi / 80) / np.sqrt(20)
    dct[0] *= np.sqrt(0.5)
    return dct


MEL_FILTERS = _mel_filters()
DCT = _dct()


def _mfcc(power: FloatArray) -> FloatArray:
    """Return the 13 MFCCs of each frame; the logarithm of an empty filter counts as 0."""
    energies: FloatArray = power @ MEL_FILTERS
    mfcc: FloatArray = np.log10(energies, out=np.zeros_like(energies), where=energies > 0) @ DCT
    return mfcc


def _clip_statistics(features: FloatArray) -> FloatArray:
    """Return mean and deviation over the clip of the running mean and deviation of frame features; shape (64,).

    The first frames' windows begin before the clip; they are filled with the clip's own end.
    """
    history = np.ascontiguousarray(np.concatenate([features[1 - MEMORY :], features]).T)
    mean, squares = _running_mean(history), _running_mean(history**2)
    deviation = np.sqrt(np.maximum(0, squares - mean**2))
    texture = np.concatenate([mean, deviation])
    return np.concatenate([texture.mean(axis=1), texture.std(axis=1)])


def _running_mean(a: FloatArray) -> FloatArray:
    """Return the means of 40 consecutive values along the last axis, without the rounding errors of a running sum."""
    for width in (1, 2, 4):
        a = a[:, :-width] + a[:, width:]
    starts = range(0, MEMORY, 8)
    mean: FloatArray = np.sum([a[:, i : a.shape[1] - 32 + i] for i in starts], axis=0) / MEMORY
    return mean

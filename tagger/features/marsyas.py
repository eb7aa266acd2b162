"""The 72 features of the `emotions` data set, as a program of 2007 computed them.

Marsyas 0.2 of October to December 2007 made the data set; a model trained on its numbers is valid only
for features that are the same to the last digit, with all peculiarities of that program: mono is
halved, silence has no log floor but zero cepstra, the texture memory is carried over from the song
before (here: the song's own tail), and the clip has 1298 frames though 30 s fill only 1292.

The timbre is made here, the rhythm in `tagger.features.beats`.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from tagger.features import beats

SAMPLE_RATE = 22050
SECONDS = 30
SAMPLES = SAMPLE_RATE * SECONDS
FRAME = 512
FRAMES = 1298
MEMORY = 40
BINS = FRAME // 2 + 1
BLOCK = 59
"""Frames computed at a time; the clip has 22 times as many."""

WINDOW = 0.5 * (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))) / FRAME
"""Hamming window, with the halving of the mono mix and the norm of the transform."""

TINIEST = np.finfo(np.float64).tiny

CEPSTRA = 13
FRAME_FEATURES = ("Centroid", "Rolloff", "Flux", *(f"MFCC_{i}" for i in range(CEPSTRA)))
COLUMNS = (
    *(
        f"{clip}_Acc1298_{texture}_Mem40_{name}"
        for clip in ("Mean", "Std")
        for texture in ("Mean", "Std")
        for name in FRAME_FEATURES
    ),
    *beats.COLUMNS,
)
"""Names of the features, spelt and ordered as in the data set."""

FRAGILE_COLUMNS = ("Std_Acc1298_Mean_Mem40_Flux", "BH_LowPeakBPM", "BH_HighPeakBPM")
"""Features that models should not use: the flux depends on the resampler, the tempi may jump with the codec."""

UNSTABLE_COLUMNS = tuple(
    i for i, name in enumerate(COLUMNS) if name.startswith("Std_Acc1298_Std_") or name.endswith("_Flux")
)
"""Indices of the features that vary most between excerpts (deviations of deviations) or codecs (fluxes)."""

LOUDNESS_COLUMN = "Mean_Acc1298_Mean_Mem40_MFCC_0"
"""The only feature that depends on gain: the mean of the first cepstral coefficient."""


def extract(y: np.ndarray) -> np.ndarray:
    """Compute the 72 features of a 30-second excerpt.

    Parameters
    ----------
    y : numpy.ndarray, shape=(661500,)
        Mono samples at 22 050 Hz in -1..1. They are rounded to 16 bit first, as the data set's were:
        near-empty bins would disturb the flux otherwise.

    Returns
    -------
    numpy.ndarray, shape=(72,)
        In the order of `COLUMNS`.

    Raises
    ------
    ValueError
        If `y` is of another length.

    Notes
    -----
    G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", IEEE Trans. Speech and
    Audio Processing 10(5), 2002; K. Trohidis et al., "Multi-label classification of music into
    emotions", ISMIR 2008.
    """
    if y.shape != (SAMPLES,):
        raise ValueError(f"an excerpt has {SAMPLES} samples, not {y.shape}")
    rhythm = beats.features(_as_16_bit(y[:: beats.DECIMATION]))
    return np.concatenate([_clip_statistics(_frame_features(y)), rhythm])


def _as_16_bit(y: np.ndarray) -> np.ndarray:
    """Round samples as 16-bit files do, and scale them as the program of 2007 did."""
    x = np.multiply(y, 32768.0, dtype=np.float64)
    np.rint(x, out=x)
    np.clip(x, -32768, 32767, out=x)
    x /= 32767
    return x


def _frame_features(y: np.ndarray) -> np.ndarray:
    """Compute the 16 features of each of the 1298 frames; shape (1298, 16).

    The frames go through in blocks that stay in the processor's cache.
    """
    previous = np.zeros((1, BINS))  # the power of the last frame, which lies behind the samples
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
        block[:, 3:] = _cepstra(power)
        previous = power[-1:]
    return features


def _power(frames: np.ndarray) -> np.ndarray:
    """Return the power spectra of frames; shape (frames, 257)."""
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=1)
    return spectrum.real**2 + spectrum.imag**2


def _centroid(power: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the mean bin, weighted by power, as a share of all bins; 0.5 for silence."""
    moment = power @ (np.arange(BINS) / BINS)
    return np.divide(moment, total, out=np.full(len(power), 0.5), where=total > 0)


def _rolloff(power: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the highest bin from 2 on below which less than 90 % of the power lies, 1 if there is none."""
    below = np.cumsum(power, axis=1) < 0.9 * total[:, None]
    last = below.argmin(axis=1) - 1  # the sums only rise, so the first bin that is not below ends them
    return np.where(last >= 2, last / BINS, 1.0)


def _flux(power: np.ndarray) -> np.ndarray:
    """Return the squared differences of log spectra over their largest, for all frames but the first."""
    difference = np.diff(np.log(power[:, 1:] + TINIEST), axis=0)
    np.square(difference, out=difference)
    largest = difference.max(axis=1)
    return np.divide(difference.sum(axis=1), BINS * largest, out=np.zeros(len(largest)), where=largest > 0)


def _mel_filters() -> np.ndarray:
    """Return the 40 triangles of unit area, from 133 Hz to 6.9 kHz; shape (257, 40)."""
    linear = np.float32(133.3333) + np.float32(66.66666) * np.arange(13)
    logarithmic = linear[12] * np.float64(np.float32(1.0711703)) ** np.arange(1, 30)
    edges = np.concatenate([linear, logarithmic])
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    f = (SAMPLE_RATE / FRAME * np.arange(BINS))[:, None]
    rising = np.where((f > lower) & (f <= centre), (f - lower) / (centre - lower), 0.0)
    falling = np.where((f > centre) & (f <= upper), (upper - f) / (upper - centre), 0.0)
    return (rising + falling) * (2 / (upper - lower))


def _cosines() -> np.ndarray:
    """Return the cosine transform with its half-weighted first filter; shape (40, 13)."""
    i, j = np.arange(40)[:, None], np.arange(CEPSTRA)
    cosines = np.cos(j * (2 * i + 1) * np.pi / 80) / np.sqrt(20)
    cosines[0] *= np.sqrt(0.5)
    return cosines


MEL_FILTERS = _mel_filters()
COSINES = _cosines()


def _cepstra(power: np.ndarray) -> np.ndarray:
    energies = power @ MEL_FILTERS
    return np.log10(energies, out=np.zeros_like(energies), where=energies > 0) @ COSINES


def _clip_statistics(v: np.ndarray) -> np.ndarray:
    """Return clip mean and deviation of the running texture statistics of frame features; shape (64,).

    The window of the first frames reaches into the song before; that is this one's own tail here.
    """
    history = np.ascontiguousarray(np.concatenate([v[1 - MEMORY :], v]).T)
    mean, squares = _running_mean(history), _running_mean(history**2)
    deviation = np.sqrt(np.maximum(0, squares - mean**2))
    texture = np.concatenate([mean, deviation])
    return np.concatenate([texture.mean(axis=1), texture.std(axis=1)])


def _running_mean(a: np.ndarray) -> np.ndarray:
    """Return the means over 40 neighbours along the last axis, without the rounding of a running sum."""
    for width in (1, 2, 4):
        a = a[:, :-width] + a[:, width:]
    starts = range(0, MEMORY, 8)
    return np.sum([a[:, i : a.shape[1] - 32 + i] for i in starts], axis=0) / MEMORY

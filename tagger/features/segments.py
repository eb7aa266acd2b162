"""The features of EmoDJ: the MFCCs of half-second segments, computed for all segments of a song at once.

Each segment is analysed independently, with zeros before and after it. The values are those of
`librosa.feature.mfcc(n_mfcc=12)` called on each segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

from tagger.features import filter_banks

if TYPE_CHECKING:
    from tagger.features import FloatArray

SAMPLE_RATE = 22050
SEGMENT = SAMPLE_RATE // 2
"""Samples of a segment."""

FRAME, HOP = filter_banks.FRAME, 512
MFCCS = 12
FRAMES = 1 + SEGMENT // HOP
COLUMNS = tuple(f"MFCC_{i}_{frame}" for i in range(MFCCS) for frame in range(FRAMES))
"""Names of the features, in order."""

LEAST_POWER, DYNAMIC_RANGE = 1e-10, 80.0
"""Least power, and the range in dB below a segment's maximum to which levels are limited."""

BLOCK = 8
"""Segments processed at a time, few enough for the processor's cache."""

WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
MEL = filter_banks.load("segment_mel")


def extract(y: FloatArray) -> FloatArray:
    """Compute the features of each half-second segment.

    Parameters
    ----------
    y : numpy.ndarray, shape=(n,)
        Mono samples at 22 050 Hz in -1..1.

    Returns
    -------
    numpy.ndarray, shape=(segments, 264), dtype=float32
        12 coefficients of 22 frames, in the order of `COLUMNS`. Samples after the last whole segment are ignored.

    Notes
    -----
    B. McFee et al., "librosa: Audio and music signal analysis in Python", 2015.
    """
    count = len(y) // SEGMENT
    segments = np.zeros((count, SEGMENT + FRAME), np.float32)
    segments[:, FRAME // 2 :][:, :SEGMENT] = y[: count * SEGMENT].reshape(count, SEGMENT)
    blocks = [_mfcc(segments[start : start + BLOCK]) for start in range(0, count, BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty((0, len(COLUMNS)), np.float32)


def _mfcc(padded: FloatArray) -> FloatArray:
    """Return the MFCCs of padded segments; shape (segments, 264)."""
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=1)[:, ::HOP]
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    level = 10 * np.log10(np.maximum(power @ MEL.weights, LEAST_POWER))
    np.maximum(level, level.max(axis=(1, 2), keepdims=True) - DYNAMIC_RANGE, out=level)
    mfcc: FloatArray = scipy.fft.dct(level, axis=2, norm="ortho")[:, :, :MFCCS]
    return mfcc.transpose(0, 2, 1).reshape(len(padded), -1)

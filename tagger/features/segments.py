"""The features of EmoDJ: the MFCCs of half a second, all segments of a song at once.

Each segment is analysed alone, as if the song began and ended with it; the numbers are those of librosa's
`mfcc(n_mfcc=12)` called segment by segment.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from tagger.features import banks

SAMPLE_RATE = 22050
SEGMENT = SAMPLE_RATE // 2
"""Samples of a segment."""

FRAME, HOP = 2048, 512
CEPSTRA, BANDS = 12, 128
FRAMES = 1 + SEGMENT // HOP
COLUMNS = tuple(f"MFCC_{i}_{frame}" for i in range(CEPSTRA) for frame in range(FRAMES))
FLOOR, RANGE = 1e-10, 80.0
"""Least power, and the decibels below a segment's peak at which it is cut off."""

BLOCK = 8
"""Segments analysed at a time, which stay in the processor's cache."""

WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
FILTERS = banks.mel(np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE), BANDS, 0.0, SAMPLE_RATE / 2).astype(np.float32)


def extract(y: np.ndarray) -> np.ndarray:
    """Compute the features of each whole half second.

    Parameters
    ----------
    y : numpy.ndarray, shape=(n,)
        Mono samples at 22 050 Hz in -1..1.

    Returns
    -------
    numpy.ndarray, shape=(segments, 264)
        12 coefficients of 22 frames, in the order of `COLUMNS`; what is left at the end is not looked at.

    Notes
    -----
    B. McFee et al., "librosa: Audio and music signal analysis in Python", 2015.
    """
    count = len(y) // SEGMENT
    segments = np.zeros((count, SEGMENT + FRAME), np.float32)
    segments[:, FRAME // 2 :][:, :SEGMENT] = y[: count * SEGMENT].reshape(count, SEGMENT)
    blocks = [_cepstra(segments[start : start + BLOCK]) for start in range(0, count, BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty((0, len(COLUMNS)), np.float32)


def _cepstra(padded: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=1)[:, ::HOP]
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    decibels = 10 * np.log10(np.maximum(power @ FILTERS, FLOOR))
    np.maximum(decibels, decibels.max(axis=(1, 2), keepdims=True) - RANGE, out=decibels)
    cepstra = scipy.fft.dct(decibels, axis=2, norm="ortho")[:, :, :CEPSTRA]
    return cepstra.transpose(0, 2, 1).reshape(len(padded), -1)

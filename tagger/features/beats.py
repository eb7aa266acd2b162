"""The 8 rhythm features of the `emotions` data set: the beat histogram of Marsyas.

The signal is decimated by 8 and analysed in windows of 16 384 values (5.9 s) with a hop of 1024; there are 81 windows
in 30 s. In each window, four octave bands of a periodic Daubechies wavelet transform are rectified, low-pass filtered,
standardised and summed to an onset curve. The highest peaks of the curve's autocorrelation are counted in a histogram
of tempi.

Consecutive windows overlap by 15/16, and the hop is a multiple of the longest wavelet step. The band signals of a
window are therefore, except at three places, sections of band signals that all windows share. Both are computed in
chunks of 256 values. One character is a chunk here, and a window has 64 of them:

    chunk      0               16                                             63
    window 0   a===============b----------------------------------------------c
    window 1       a===============b----------------------------------------------c
    window 2           a===============b----------------------------------------------c
               |<->| hop: 4 chunks

    =   shared chunk of the lower wavelet level of the band (first quarter of the window)
    -   shared chunk of the higher level (the other three quarters)
    a   computed for each window: begins with zeros, and with what the periodic transform wraps round from the end
    b   computed for each window: the level changes
    c   computed for each window: the transform wraps round to the beginning

The low-pass filter y[t] = gain * x[t] + feedback * y[t - 1] is linear in its state: the output of a chunk is that from
the state 0 plus the state times a decaying exponential. All chunks are thus filtered at once from the state 0, as
columns of one matrix, and the states are added afterwards, to the sums where these suffice.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagger.features import FloatArray

COLUMNS = (
    "BH_LowPeakAmp",
    "BH_LowPeakBPM",
    "BH_HighPeakAmp",
    "BH_HighPeakBPM",
    "BH_HighLowRatio",
    "BHSUM1",
    "BHSUM2",
    "BHSUM3",
)

DECIMATION = 8
WINDOW = 131072 // DECIMATION
HOP = 8192 // DECIMATION
CHUNK = 256
"""Lengths in values of the decimated signal."""

CHUNKS = WINDOW // CHUNK
"""Chunks of a window."""

QUARTER = CHUNKS // 4
CURVE_DECIMATION = 32
CURVE_RATE = 22050 / DECIMATION / CURVE_DECIMATION
"""Values of the onset curve per second (86.1 Hz)."""

SCALING = np.array([0.4829629, 0.8365163, 0.2241439, -0.1294095], np.float32).astype(np.float64)
WAVELET = SCALING[::-1] * [1, -1, 1, -1]
"""Scaling and wavelet filter of the Daubechies wavelet with four taps."""

BANDS = ((5, 6), (4, 5), (3, 4), (2, 3))
"""Wavelet levels of each band: in the first quarter of a window, and in the rest."""

LEVELS = (2, 3, 4, 5, 6)
FEEDBACK = float(np.float32(0.99))
GAIN = np.float64(np.float32(1) - np.float32(0.99))
"""Coefficients of the low-pass filter."""

DECAY = FEEDBACK ** np.arange(1, CHUNK + 1)
"""Response of the low-pass filter over a chunk to a state of 1."""

SUM_WEIGHTS = np.stack([np.ones(CHUNK), DECAY])
"""Weights of the two sums over a chunk: plain, and weighted by `DECAY`."""

OWN_CHUNKS = (0, QUARTER, CHUNKS - 1)
"""Chunks that are computed for each window (a, b and c in the drawing)."""

TEMPO_BINS = 250
"""Bins of the histogram, one per beat a minute from 0 on."""

FIRST_LAG, LAST_LAG = 26, 101
"""Range of the autocorrelation, in values of the onset curve (198 to 51 beats a minute)."""


def extract(x: FloatArray) -> FloatArray:
    """Compute the features of the beat histogram.

    Parameters
    ----------
    x : numpy.ndarray, shape=(n,)
        Every `DECIMATION`-th mono sample at 22 050 Hz. The gain has no effect.

    Returns
    -------
    numpy.ndarray, shape=(8,)
        In the order of `COLUMNS`; all zero for a signal without beats.

    Notes
    -----
    G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", 2002.
    """
    return _summary(_histogram(_onset_curves(x)))


def _onset_curves(x: FloatArray) -> FloatArray:
    """Return the onset curve of each window with sound in all bands; shape (windows, 512)."""
    windows = -(-len(x) // HOP)
    signal = np.zeros((windows + WINDOW // HOP - 1) * HOP)
    signal[WINDOW - HOP :][: len(x)] = x
    smoothed = _smoothed_chunks(signal, windows)
    columns = _columns(windows)
    plain_sum, decayed_sum = (SUM_WEIGHTS @ smoothed)[:, columns]
    states = np.zeros((len(BANDS), windows, CHUNKS + 1))
    last = smoothed[-1, columns]
    for c in range(CHUNKS):
        states[:, :, c + 1] = last[:, :, c] + DECAY[-1] * states[:, :, c]
    state = states[:, :, :-1]
    mean = (plain_sum + state * DECAY.sum()).sum(axis=2) / WINDOW
    squares = np.einsum("tc,tc->c", smoothed, smoothed)[columns]
    squares += state * (2 * decayed_sum + state * (DECAY**2).sum())
    power = squares.sum(axis=2) / WINDOW
    audible = (power > 0).all(axis=0)
    weight = 0.05 / np.sqrt(power - mean**2, out=np.ones_like(power), where=audible)
    # The bands are summed before the response to the chunks' states is added, which saves three quarters of the work.
    curves = (state * weight[..., None]).sum(axis=0)[..., None] * DECAY[::CURVE_DECIMATION]
    curves -= (mean * weight).sum(axis=0)[:, None, None]
    decimated = np.ascontiguousarray(smoothed[::CURVE_DECIMATION].T)
    for band_columns, band_weight in zip(columns, weight, strict=True):
        curves += decimated[band_columns] * band_weight[:, None, None]
    audible_curves: FloatArray = curves.reshape(windows, -1)[audible]
    return audible_curves


def _filter_and_halve(a: FloatArray, taps: FloatArray) -> FloatArray:
    """Filter along the last axis, with zeros after the end, and keep every second value."""
    padded = np.concatenate([a, np.zeros((*a.shape[:-1], 2))], axis=-1)
    half = a.shape[-1] // 2
    filtered: FloatArray = sum(taps[j] * padded[..., j : j + 2 * half : 2] for j in range(4))
    return filtered


def _details(a: FloatArray) -> dict[int, FloatArray]:
    """Return the detail coefficients along the last axis, by wavelet level."""
    details = {}
    for level in range(1, LEVELS[-1] + 1):
        if level in LEVELS:
            details[level] = _filter_and_halve(a, WAVELET)
        a = _filter_and_halve(a, SCALING)
    return details


def _wrapped(signal: FloatArray, windows: int) -> dict[int, FloatArray]:
    """Return the last two details of each window, by level; they depend on its end and on its beginning."""
    # Two details of the highest level span `tail` values, and reach as far into the beginning.
    tail = head = 2 << LEVELS[-1]
    starts = HOP * np.arange(windows)[:, None]
    seam = np.concatenate([signal[starts + WINDOW - tail + np.arange(tail)], signal[starts + np.arange(head)]], axis=1)
    return {level: d[:, (tail >> level) - 2 : tail >> level] for level, d in _details(seam).items()}


def _synthesis(level: int) -> FloatArray:
    """Return the matrix from two preceding details and the `n` of a chunk to its values; shape (256, 2 + n).

    It includes the gain of the low-pass filter.
    """
    wave = GAIN * WAVELET
    for _ in range(level - 1):
        spread = np.zeros(2 * len(wave) - 1)
        spread[::2] = wave
        wave = np.convolve(spread, SCALING)
    count = CHUNK >> level
    synthesis = np.zeros((count + 2, CHUNK + (count + 2 << level)))
    for k in range(count + 2):
        synthesis[k, k << level :][: len(wave)] = wave
    return np.ascontiguousarray(synthesis[:, 2 << level :][:, :CHUNK].T)


SYNTHESIS = {level: _synthesis(level) for level in LEVELS}
"""Matrices from details to values, by level."""


def _shared_count(windows: int) -> int:
    """Return the number of chunks of one level that the windows share."""
    return (windows + WINDOW // HOP - 1) * HOP // CHUNK


def _first_chunks(windows: int) -> NDArray[np.intp]:
    """Return the index of the first shared chunk of each window; shape (windows,)."""
    return HOP // CHUNK * np.arange(windows)


@cache
def _columns(windows: int) -> NDArray[np.intp]:
    """Return the columns of `_smoothed_chunks` that make up each band and window; shape (bands, windows, chunks)."""
    shared = _shared_count(windows)
    columns = np.empty((len(BANDS), windows, CHUNKS), np.intp)
    columns[:] = _first_chunks(windows)[:, None] + np.arange(CHUNKS)
    for band, (early, late) in zip(columns, BANDS, strict=True):
        band[:, :QUARTER] += LEVELS.index(early) * shared
        band[:, QUARTER:] += LEVELS.index(late) * shared
    own = np.arange(len(BANDS) * len(OWN_CHUNKS) * windows).reshape(len(BANDS), len(OWN_CHUNKS), windows)
    columns[:, :, OWN_CHUNKS] = len(LEVELS) * shared + own.transpose(0, 2, 1)
    return columns


def _smoothed_chunks(signal: FloatArray, windows: int) -> FloatArray:
    """Return all chunks, rectified and low-pass filtered from the state 0, as columns; shape (256, chunks).

    The shared chunks come first, level by level. The windows' own chunks follow, band by band, and in a band in the
    order of `OWN_CHUNKS`.
    """
    shared, own = _shared_count(windows), len(OWN_CHUNKS) * windows
    chunks = np.empty((CHUNK, len(LEVELS) * shared + len(BANDS) * own))
    details = {level: _by_chunk(d, level) for level, d in _details(signal).items()}
    for i, level in enumerate(LEVELS):
        np.matmul(SYNTHESIS[level], details[level], out=chunks[:, i * shared :][:, :shared])
    wrapped = _wrapped(signal, windows)
    own_chunks = chunks[:, len(LEVELS) * shared :]
    for i, (early, late) in enumerate(BANDS):
        _synthesise_own(own_chunks[:, i * own :][:, :own], details, wrapped, early, late)
    np.abs(chunks, out=chunks)
    feedback = np.empty(chunks.shape[1])
    for previous, current in pairwise(chunks):
        current += np.multiply(previous, FEEDBACK, out=feedback)
    return chunks


def _by_chunk(details: FloatArray, level: int) -> FloatArray:
    """Return the details of each chunk, after the two before them; shape (2 + n, chunks)."""
    count = CHUNK >> level
    padded = np.concatenate([np.zeros(2), details])
    return np.lib.stride_tricks.sliding_window_view(padded, count + 2)[::count].T.copy()


def _synthesise_own(
    out: FloatArray, details: dict[int, FloatArray], wrapped: dict[int, FloatArray], early: int, late: int
) -> None:
    """Compute the chunks of `OWN_CHUNKS` of a band into `out`; shape (256, 3 * windows)."""
    beginning, quarter, end = np.split(out, len(OWN_CHUNKS), axis=1)
    first = _first_chunks(beginning.shape[1])
    start = details[early][:, first]
    start[:2] = 0
    np.matmul(SYNTHESIS[early], start, out=beginning)
    beginning += SYNTHESIS[late][:, :2] @ wrapped[late].T
    beginning[0] = 0  # Marsyas' low-pass filter ignores its first input.
    np.matmul(SYNTHESIS[early][:, :2], details[early][:2, first + QUARTER], out=quarter)
    quarter += SYNTHESIS[late][:, 2:] @ details[late][2:, first + QUARTER]
    last = details[late][:, first + CHUNKS - 1]
    last[-2:] = wrapped[late].T
    np.matmul(SYNTHESIS[late], last, out=end)


def _histogram(curves: FloatArray) -> FloatArray:
    """Return the histogram of the tempi of all onset curves, weighted by the autocorrelation; shape (250,)."""
    spectrum = scipy.fft.rfft(curves, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    correlation = scipy.fft.irfft(power, axis=1)[:, : LAST_LAG + 2] / curves.shape[1]
    lags = slice(FIRST_LAG, LAST_LAG + 1)
    height = correlation[:, lags]
    threshold = 0.5 * np.sqrt((height**2).sum(axis=1, keepdims=True) / (height.shape[1] + 2))
    is_maximum = correlation[:, FIRST_LAG - 1 : LAST_LAG] < height
    is_maximum &= height > correlation[:, FIRST_LAG + 1 : LAST_LAG + 2]
    is_maximum &= height > threshold
    histogram = np.zeros(TEMPO_BINS)
    for r, maxima in zip(correlation.tolist(), is_maximum, strict=True):
        for lag in _highest_peaks(r, (FIRST_LAG + np.flatnonzero(maxima)).tolist()):
            tempo = int(60 * CURVE_RATE / lag)
            if 0 < tempo < TEMPO_BINS:
                histogram[tempo] += r[lag]
    return histogram


def _highest_peaks(r: list[float], maxima: list[int]) -> list[int]:
    """Return the lags of the three highest peaks of an autocorrelation `r`, given the lags of its local maxima.

    A maximum is moved to the highest of the three values from it on, and those within three lags after it are ignored.
    """
    peaks: list[int] = []
    next_lag = 0
    for lag in maxima:
        if lag >= next_lag:
            peaks.append(max(range(lag, min(lag + 2, LAST_LAG) + 1), key=r.__getitem__))
            next_lag = lag + 4
    return sorted(peaks, key=lambda i: -r[i])[:3]


def _summary(histogram: FloatArray) -> FloatArray:
    """Return the 8 features of a histogram: the best pair of a tempo and its double or triple, and three sums."""
    best = np.finfo(np.float64).tiny
    low = high = low_bpm = high_bpm = 0.0
    for tempo in _candidates(histogram):
        for factor in (2, 3):
            multiple = factor * tempo
            if multiple >= TEMPO_BINS:
                continue
            width = 6 if multiple > 150 else 3
            score = (1.5 if 50 < tempo < 100 else 0.75) * histogram[tempo]
            score += (1 if multiple > 100 else 0.75) * _sum_around(histogram, multiple, width)
            if score > best:
                best, low, high = score, histogram[tempo], _sum_around(histogram, multiple, 3)
                low_bpm, high_bpm = tempo + 1, factor * (tempo + 1)
    ratio = high_bpm // low_bpm if low_bpm else 0
    sums = [histogram[a:b].sum() for a, b in ((40, 90), (90, 140), (40, 250))]
    return np.array([low, low_bpm, high, high_bpm, ratio, *sums])


def _candidates(histogram: FloatArray) -> list[int]:
    """Return the three largest bins of 41..119; empty ones are replaced by the one before them."""
    order = 41 + np.argsort(-histogram[41:120], kind="stable")[:3]
    candidates = [0]
    for tempo in order.tolist():
        candidates.append(tempo if histogram[tempo] > 0 else candidates[-1])
    return candidates[1:]


def _sum_around(histogram: FloatArray, centre: int, width: int) -> float:
    """Return the sum of the bins up to `width` away from `centre`."""
    return float(histogram[max(1, centre - width) : centre + width + 1].sum())

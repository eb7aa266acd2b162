"""The 8 rhythm features of the `emotions` data set: Marsyas' beat histogram.

Each of 81 steps looks at the last 131 072 samples (5.9 s): every 8th sample, four octave bands of a
periodic Daubechies wavelet pyramid, rectified, smoothed, standardised and added up; the peaks of the
sum's autocorrelation vote for tempi.

The windows overlap by 15/16 and their hop is a multiple of the longest wavelet step, so inside a
window its band signals are pieces of signals that all windows share. These are made once, in chunks
of 256 values; only the chunks in which a window differs (its beginning, the end of its first quarter,
its end) are made for it alone. The low-pass is linear in its starting value, so sums over smoothed
chunks that start from 0 can be chained afterwards. All chunks stand side by side, one a column, so that
the low-pass goes down through all of them at once.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import scipy.fft

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
CHUNKS = WINDOW // CHUNK
QUARTER = CHUNKS // 4
RATE = 22050 / DECIMATION / 32
SMOOTH = np.array([0.4829629, 0.8365163, 0.2241439, -0.1294095], np.float32).astype(np.float64)
DETAIL = SMOOTH[::-1] * [1, -1, 1, -1]
BANDS = ((5, 6), (4, 5), (3, 4), (2, 3))
"""Wavelet levels of each band: of a window's first quarter, and of the rest of it."""

LEVELS = (2, 3, 4, 5, 6)
FEEDBACK = float(np.float32(0.99))
GAIN = np.float64(np.float32(1) - np.float32(0.99))
DECAY = FEEDBACK ** np.arange(1, CHUNK + 1)
SUMS = np.stack([np.ones(CHUNK), DECAY])
"""What a chunk is summed with: itself, and the decay of what came before it."""

EDGES = (0, QUARTER, CHUNKS - 1)
"""The chunks in which a window is not a piece of the whole."""

BINS = 250
FIRST_LAG, LAST_LAG = 26, 101


def features(x: np.ndarray) -> np.ndarray:
    """Compute the beat histogram's features.

    Parameters
    ----------
    x : numpy.ndarray, shape=(n,)
        Every `DECIMATION`-th of the mono samples at 22 050 Hz; the gain does not matter.

    Returns
    -------
    numpy.ndarray, shape=(8,)
        In the order of `COLUMNS`; all zero for a signal without any beat.

    Notes
    -----
    G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", 2002.
    """
    return _summary(_histogram(_onset_curves(x)))


def _onset_curves(x: np.ndarray) -> np.ndarray:
    """Return each step's onset strength at 86 Hz; shape (steps, 512), without the steps of a silent band."""
    steps = -(-len(x) // HOP)
    signal = np.zeros((steps + WINDOW // HOP - 1) * HOP)
    signal[WINDOW - HOP :][: len(x)] = x
    smoothed = _smoothed_chunks(signal, steps)
    columns = _columns(steps)
    plain, decayed = (SUMS @ smoothed)[:, columns]
    ends = np.zeros((len(BANDS), steps, CHUNKS + 1))
    last = smoothed[-1, columns]
    for c in range(CHUNKS):
        ends[:, :, c + 1] = last[:, :, c] + DECAY[-1] * ends[:, :, c]
    carry = ends[:, :, :-1]
    mean = (plain + carry * DECAY.sum()).sum(axis=2) / WINDOW
    squares = np.einsum("tc,tc->c", smoothed, smoothed)[columns]
    squares += carry * (2 * decayed + carry * (DECAY**2).sum())
    power = squares.sum(axis=2) / WINDOW
    heard = (power > 0).all(axis=0)
    weight = 0.05 / np.sqrt(power - mean**2, out=np.ones_like(power), where=heard)
    # The bands are added up before what each chunk starts from is put in: the sum is a quarter of the work.
    curves = (carry * weight[..., None]).sum(axis=0)[..., None] * DECAY[::32]
    curves -= (mean * weight).sum(axis=0)[:, None, None]
    every_32nd = np.ascontiguousarray(smoothed[::32].T)
    for band, share in zip(columns, weight, strict=True):
        curves += every_32nd[band] * share[:, None, None]
    return curves.reshape(steps, -1)[heard]


def _halve(a: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Filter along the last axis and keep every 2nd value, with zeros after the end."""
    padded = np.concatenate([a, np.zeros((*a.shape[:-1], 2))], axis=-1)
    half = a.shape[-1] // 2
    return sum(taps[j] * padded[..., j : j + 2 * half : 2] for j in range(4))


def _details(a: np.ndarray) -> dict[int, np.ndarray]:
    """Return the wavelet details of the levels in use, along the last axis."""
    details = {}
    for level in range(1, LEVELS[-1] + 1):
        if level in LEVELS:
            details[level] = _halve(a, DETAIL)
        a = _halve(a, SMOOTH)
    return details


def _wrapped(signal: np.ndarray, steps: int) -> dict[int, np.ndarray]:
    """Return the last two details of each window, for which the transform wraps round to its beginning."""
    tail = head = 2 << LEVELS[-1]  # two details of the highest level, and as much again, into which they reach
    starts = HOP * np.arange(steps)[:, None]
    seam = np.concatenate([signal[starts + WINDOW - tail + np.arange(tail)], signal[starts + np.arange(head)]], axis=1)
    return {level: d[:, (tail >> level) - 2 : tail >> level] for level, d in _details(seam).items()}


def _synthesis(level: int) -> np.ndarray:
    """Return the map from a chunk's details, after the two before them, to its values; shape (256, 2 + n).

    The gain of the low-pass is in it.
    """
    wave = GAIN * DETAIL
    for _ in range(level - 1):
        spread = np.zeros(2 * len(wave) - 1)
        spread[::2] = wave
        wave = np.convolve(spread, SMOOTH)
    count = CHUNK >> level
    synthesis = np.zeros((count + 2, CHUNK + (count + 2 << level)))
    for k in range(count + 2):
        synthesis[k, k << level :][: len(wave)] = wave
    return np.ascontiguousarray(synthesis[:, 2 << level :][:, :CHUNK].T)


SYNTHESIS = {level: _synthesis(level) for level in LEVELS}


def _shared(steps: int) -> int:
    """Return the number of chunks of one level that the windows share."""
    return (steps + WINDOW // HOP - 1) * HOP // CHUNK


def _first(steps: int) -> np.ndarray:
    """Return the first shared chunk of each window; shape (steps,)."""
    return HOP // CHUNK * np.arange(steps)


@cache
def _columns(steps: int) -> np.ndarray:
    """Return where each band and window finds its chunks in `_smoothed_chunks`; shape (bands, steps, chunks)."""
    shared = _shared(steps)
    columns = np.empty((len(BANDS), steps, CHUNKS), np.intp)
    columns[:] = _first(steps)[:, None] + np.arange(CHUNKS)
    for band, (early, late) in zip(columns, BANDS, strict=True):
        band[:, :QUARTER] += LEVELS.index(early) * shared
        band[:, QUARTER:] += LEVELS.index(late) * shared
    own = np.arange(len(BANDS) * len(EDGES) * steps).reshape(len(BANDS), len(EDGES), steps)
    columns[:, :, EDGES] = len(LEVELS) * shared + own.transpose(0, 2, 1)
    return columns


def _smoothed_chunks(signal: np.ndarray, steps: int) -> np.ndarray:
    """Return the rectified chunks of all levels and then the windows' edges, low-passed from 0; one a column."""
    shared, edges = _shared(steps), len(EDGES) * steps
    chunks = np.empty((CHUNK, len(LEVELS) * shared + len(BANDS) * edges))
    details = {level: _by_chunk(d, level) for level, d in _details(signal).items()}
    for place, level in enumerate(LEVELS):
        np.matmul(SYNTHESIS[level], details[level], out=chunks[:, place * shared :][:, :shared])
    wrapped = _wrapped(signal, steps)
    own = chunks[:, len(LEVELS) * shared :]
    for place, (early, late) in enumerate(BANDS):
        _put_edges(own[:, place * edges :][:, :edges], details, wrapped, early, late)
    np.abs(chunks, out=chunks)
    before = np.empty(chunks.shape[1])
    for above, value in pairwise(chunks):
        value += np.multiply(above, FEEDBACK, out=before)
    return chunks


def _by_chunk(details: np.ndarray, level: int) -> np.ndarray:
    """Cut details into chunks, each with the two before it; shape (2 + n, chunks)."""
    count = CHUNK >> level
    padded = np.concatenate([np.zeros(2), details])
    return np.lib.stride_tricks.sliding_window_view(padded, count + 2)[::count].T.copy()


def _put_edges(
    out: np.ndarray, details: dict[int, np.ndarray], wrapped: dict[int, np.ndarray], early: int, late: int
) -> None:
    """Put the chunks in which the windows are not pieces of the whole, as `EDGES` has them; shape (256, 3 * steps)."""
    beginning, quarter, end = np.split(out, len(EDGES), axis=1)
    first = _first(beginning.shape[1])
    start = details[early][:, first]
    start[:2] = 0
    np.matmul(SYNTHESIS[early], start, out=beginning)
    beginning += SYNTHESIS[late][:, :2] @ wrapped[late].T
    beginning[0] = 0  # the low-pass ignores its first input
    np.matmul(SYNTHESIS[early][:, :2], details[early][:2, first + QUARTER], out=quarter)
    quarter += SYNTHESIS[late][:, 2:] @ details[late][2:, first + QUARTER]
    last = details[late][:, first + CHUNKS - 1]
    last[-2:] = wrapped[late].T
    np.matmul(SYNTHESIS[late], last, out=end)


def _histogram(curves: np.ndarray) -> np.ndarray:
    """Return the histogram of tempi in beats a minute; shape (250,)."""
    spectrum = scipy.fft.rfft(curves, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    correlation = scipy.fft.irfft(power, axis=1)[:, : LAST_LAG + 2] / curves.shape[1]
    lags = slice(FIRST_LAG, LAST_LAG + 1)
    height = correlation[:, lags]
    threshold = 0.5 * np.sqrt((height**2).sum(axis=1, keepdims=True) / (height.shape[1] + 2))
    tops = (correlation[:, FIRST_LAG - 1 : LAST_LAG] < height) & (height > correlation[:, FIRST_LAG + 1 : LAST_LAG + 2])
    tops &= height > threshold
    histogram = np.zeros(BINS)
    for r, top in zip(correlation.tolist(), tops, strict=True):
        for lag in _peaks(r, (FIRST_LAG + np.flatnonzero(top)).tolist()):
            tempo = int(60 * RATE / lag)
            if 0 < tempo < BINS:
                histogram[tempo] += r[lag]
    return histogram


def _peaks(r: list[float], tops: list[int]) -> list[int]:
    """Return the lags of the three highest peaks of an autocorrelation that tops its neighbours at `tops`."""
    peaks: list[int] = []
    free = 0
    for lag in tops:
        if lag >= free:
            peaks.append(max(range(lag, min(lag + 2, LAST_LAG) + 1), key=r.__getitem__))
            free = lag + 4
    return sorted(peaks, key=lambda i: -r[i])[:3]


def _summary(histogram: np.ndarray) -> np.ndarray:
    """Reduce the histogram to its 8 features: the best pair of a tempo and its double or triple, and sums."""
    best = np.finfo(np.float64).tiny
    low = high = low_bpm = high_bpm = 0.0
    for tau in _candidates(histogram):
        for factor in (2, 3):
            q = factor * tau
            if q >= BINS:
                continue
            width = 6 if q > 150 else 3
            score = (1.5 if 50 < tau < 100 else 0.75) * histogram[tau]
            score += (1 if q > 100 else 0.75) * _around(histogram, q, width)
            if score > best:
                best, low, high = score, histogram[tau], _around(histogram, q, 3)
                low_bpm, high_bpm = tau + 1, factor * (tau + 1)
    ratio = high_bpm // low_bpm if low_bpm else 0
    sums = [histogram[a:b].sum() for a, b in ((40, 90), (90, 140), (40, 250))]
    return np.array([low, low_bpm, high, high_bpm, ratio, *sums])


def _candidates(histogram: np.ndarray) -> list[int]:
    """Return the three fullest bins of 41..119; where there are fewer, the last one again."""
    order = 41 + np.argsort(-histogram[41:120], kind="stable")[:3]
    candidates = [0]
    for tau in order.tolist():
        candidates.append(tau if histogram[tau] > 0 else candidates[-1])
    return candidates[1:]


def _around(histogram: np.ndarray, centre: int, width: int) -> float:
    return float(histogram[max(1, centre - width) : centre + width + 1].sum())

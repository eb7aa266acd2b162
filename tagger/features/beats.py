"""The 8 rhythm features of the `emotions` data set: Marsyas' beat histogram.

Each of 81 steps looks at the last 131 072 samples (5.9 s): every 8th sample, four octave bands of a
periodic Daubechies wavelet pyramid, rectified, smoothed, standardised and added up; the peaks of the
sum's autocorrelation vote for tempi.

The windows overlap by 15/16 and their hop is a multiple of the longest wavelet step, so inside a
window its band signals are pieces of signals that all windows share. These are made once, in chunks
of 256 values; only the chunks in which a window differs (its beginning, the end of its first quarter,
its end) are made for it alone. The low-pass is linear in its starting value, so sums over smoothed
chunks that start from 0 can be chained afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
FEEDBACK = np.float64(np.float32(0.99))
GAIN = np.float64(np.float32(1) - np.float32(0.99))
DECAY = FEEDBACK ** np.arange(1, CHUNK + 1)
PIECE = 32
PIECES = CHUNK // PIECE


def _response(step: int, size: int, delay: int) -> np.ndarray:
    """Return how inputs `step` samples apart live on in later ones; shape (size, size)."""
    age = np.arange(size) - np.arange(size)[:, None] - delay
    return np.where(age >= 0, FEEDBACK ** (step * np.maximum(age, 0)), 0.0)


LOW_PASS = GAIN * _response(1, PIECE, 0)
"""The low-pass over a piece of 32 values that starts from 0."""

CARRY = _response(PIECE, PIECES, 1)
"""From the last values of the pieces of a chunk to what each piece starts from."""

BINS = 250
FIRST_LAG, LAST_LAG = 26, 101


def features(x: np.ndarray) -> np.ndarray:
    """Compute the beat histogram's features.

    Parameters
    ----------
    x : numpy.ndarray, shape=(n,)
        Mono samples at 22 050 Hz; the gain does not matter.

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
    steps = -(-len(x) // (HOP * DECIMATION))
    signal = np.zeros((steps + WINDOW // HOP - 1) * HOP)
    decimated = x[::DECIMATION]
    signal[WINDOW - HOP :][: len(decimated)] = decimated
    details = _details(signal)
    smoothed = _smoothed_bands(details, _wrapped(signal, steps), steps)
    ends = np.zeros((len(BANDS), steps, CHUNKS + 1))
    for c in range(CHUNKS):
        ends[:, :, c + 1] = smoothed.end[:, :, c] + DECAY[-1] * ends[:, :, c]
    carry = ends[:, :, :-1]
    mean = (smoothed.sum + carry * DECAY.sum()).sum(axis=2) / WINDOW
    squares = smoothed.squares + 2 * carry * smoothed.cross + carry**2 * (DECAY**2).sum()
    power = squares.sum(axis=2) / WINDOW
    heard = (power > 0).all(axis=0)
    weight = 0.05 / np.sqrt(power - mean**2, out=np.ones_like(power), where=heard)
    # The bands are added up before what each chunk starts from is put in: the sum is a quarter of the work.
    curves = (carry * weight[..., None]).sum(axis=0)[..., None] * DECAY[::32]
    curves -= (mean * weight).sum(axis=0)[:, None, None]
    for band, share in zip(smoothed.every_32nd, weight, strict=True):
        curves += band * share[:, None, None]
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
    """Return the map from a chunk's details, after the two before them, to its values; shape (2 + n, 256)."""
    wave = DETAIL
    for _ in range(level - 1):
        spread = np.zeros(2 * len(wave) - 1)
        spread[::2] = wave
        wave = np.convolve(spread, SMOOTH)
    count = CHUNK >> level
    synthesis = np.zeros((count + 2, CHUNK + (count + 2 << level)))
    for k in range(count + 2):
        synthesis[k, k << level :][: len(wave)] = wave
    return synthesis[:, 2 << level :][:, :CHUNK]


SYNTHESIS = {level: _synthesis(level) for level in LEVELS}


@dataclass
class _Smoothed:
    """Chunks of a rectified band, low-passed from zero, reduced to what chaining them needs.

    `sum`, `squares`, `cross` (with the decay of what came before) and `end` have the chunks' shape,
    `every_32nd` has 8 values more at its end.
    """

    sum: np.ndarray
    squares: np.ndarray
    cross: np.ndarray
    end: np.ndarray
    every_32nd: np.ndarray

    @classmethod
    def of(cls, chunks: np.ndarray) -> _Smoothed:
        """Rectify and smooth chunks along the last axis; they are spent."""
        v = _low_passed(np.abs(chunks, out=chunks))
        return cls(v.sum(axis=-1), np.einsum("...t,...t", v, v), v @ DECAY, v[..., -1], v[..., ::32])

    def parts(self) -> tuple[np.ndarray, ...]:
        """Return the arrays, in the order of the constructor."""
        return self.sum, self.squares, self.cross, self.end, self.every_32nd


def _low_passed(u: np.ndarray) -> np.ndarray:
    """Low-pass chunks along the last axis, each from 0: by pieces, then what a piece leaves to the next."""
    v = u.reshape(*u.shape[:-1], PIECES, PIECE) @ LOW_PASS
    v += (v[..., -1] @ CARRY)[..., None] * DECAY[:PIECE]
    return v.reshape(u.shape)


def _smoothed_bands(details: dict[int, np.ndarray], wrapped: dict[int, np.ndarray], steps: int) -> _Smoothed:
    """Return the smoothed chunks of every band and window; leading shape (bands, steps, chunks)."""
    coefficients = {level: _by_chunk(details[level], level) for level in LEVELS}
    levels = {level: _Smoothed.of(c @ SYNTHESIS[level]).parts() for level, c in coefficients.items()}
    first = WINDOW // CHUNK // (WINDOW // HOP) * np.arange(steps)[:, None]
    chunk = first + np.arange(CHUNKS)
    bands = []
    for early, late in BANDS:
        edges = _Smoothed.of(_edges(coefficients, wrapped, early, late, chunk)).parts()
        band = []
        for a, b, edge in zip(levels[early], levels[late], edges, strict=True):
            part = np.concatenate([a[chunk[:, :QUARTER]], b[chunk[:, QUARTER:]]], axis=1)
            part[:, [0, QUARTER, CHUNKS - 1]] = edge
            band.append(part)
        bands.append(band)
    return _Smoothed(*(np.stack(parts) for parts in zip(*bands, strict=True)))


def _by_chunk(details: np.ndarray, level: int) -> np.ndarray:
    """Cut details into chunks, each with the two before it; shape (chunks, 2 + n)."""
    count = CHUNK >> level
    padded = np.concatenate([np.zeros(2), details])
    return np.lib.stride_tricks.sliding_window_view(padded, count + 2)[::count]


def _edges(
    coefficients: dict[int, np.ndarray],
    wrapped: dict[int, np.ndarray],
    early: int,
    late: int,
    chunk: np.ndarray,
) -> np.ndarray:
    """Return the three chunks in which a window is not a piece of the whole; shape (steps, 3, 256)."""
    start = coefficients[early][chunk[:, 0]]
    start[:, :2] = 0
    beginning = start @ SYNTHESIS[early] + wrapped[late] @ SYNTHESIS[late][:2]
    beginning[:, 0] = 0  # the low-pass ignores its first input
    before = coefficients[early][chunk[:, QUARTER], :2]
    after = coefficients[late][chunk[:, QUARTER], 2:]
    quarter = before @ SYNTHESIS[early][:2] + after @ SYNTHESIS[late][2:]
    last = coefficients[late][chunk[:, -1]]
    last[:, -2:] = wrapped[late]
    return np.stack([beginning, quarter, last @ SYNTHESIS[late]], axis=1)


def _histogram(curves: np.ndarray) -> np.ndarray:
    """Return the histogram of tempi in beats a minute; shape (250,)."""
    spectrum = np.fft.rfft(curves, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : LAST_LAG + 2] / curves.shape[1]
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

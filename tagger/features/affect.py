"""The features of a 10-second window from which valence and arousal are told.

Timbre (cepstra, mel bands, shape and contrast of the spectrum), dynamics, harmony (chroma, key, mode)
and rhythm (onsets, pulse, modulation), all from one spectrogram. So that a song has the same features
in any encoding, nothing is taken from above 8 kHz, every level but the loudness is relative to the window's
peak and floored well below it, and no estimate jumps as a beat tracker's does.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from tagger.features import banks, tonality

SAMPLE_RATE = 22050
SECONDS = 10
SAMPLES = SAMPLE_RATE * SECONDS
FRAME = 2048
HOP = 512
FRAME_RATE = SAMPLE_RATE / HOP
LOWEST, TOP = 30.0, 8000.0
"""Range of the mel bands, in Hz."""

FLOOR = 1e-8
"""Least power, relative to the window's loudest cell: 80 dB below it."""

MELS = 96
CEPSTRA = 20
BANDS = 24
OCTAVES = ((0, 200), (200, 400), (400, 800), (800, 1600), (1600, 3200), (3200, 6400))
"""Edges in Hz of the bands of the spectral contrast."""

MODULATIONS = ((0.5, 1), (1, 2), (2, 4), (4, 8), (8, 16))
"""Edges in Hz of the bands of the modulation spectrum."""

REGIONS = ((0, 250), (250, 1000), (1000, 3000), (3000, 8000))
"""Edges in Hz of the regions whose modulation and onsets are looked at."""

SHAPES = ("centroid", "bandwidth", "rolloff50", "rolloff85", "flatness", "zero_crossings", "level")
LEVELS = (5, 10, 25, 50, 75, 90)
"""Percentiles of the level over the window."""

STEP = SAMPLE_RATE // 20
"""Samples between two levels, each over twice as many."""

PULSES = ("onset_mean", "onset_std", "onset_rate", "pulse_clarity", "pulse_entropy", "tempo", "tempo_share")
KEYS = ("key_major", "key_minor", "mode", "chroma_entropy", "harmonic_change", "chroma_std")

FREQUENCIES = np.arange(FRAME // 2 + 1) * SAMPLE_RATE / FRAME
USED = int(np.searchsorted(FREQUENCIES, TOP))
"""Bins below 8 kHz; codecs leave little of the others."""

MEL = banks.mel(FREQUENCIES[:USED], MELS, LOWEST, TOP).astype(np.float32)
MEL_CENTRES = banks.mel_edges(MELS, LOWEST, TOP)[1:-1]
CHROMA = banks.chroma(USED, SAMPLE_RATE / FRAME, octave=5, width=2).astype(np.float32)
FREQUENCIES = FREQUENCIES[:USED].astype(np.float32)
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
COSINES = np.cos(np.pi / MELS * np.outer(np.arange(MELS) + 0.5, np.arange(CEPSTRA)))
COSINES = (COSINES * np.where(np.arange(CEPSTRA) == 0, np.sqrt(1 / MELS), np.sqrt(2 / MELS))).astype(np.float32)
"""Orthonormal cosine transform."""

KEYS_24 = np.stack([np.roll(profile, i) for profile in tonality.KEY_PROFILES.values() for i in range(12)])

COLUMNS = (
    *(f"mfcc{i}_{s}" for s in ("mean", "std", "delta_std") for i in range(CEPSTRA)),
    *(f"band{i}_{s}" for s in ("mean", "std") for i in range(BANDS)),
    *(f"{shape}_{s}" for s in ("mean", "std") for shape in SHAPES),
    *(f"contrast{i}_{s}" for s in ("mean", "std") for i in range(len(OCTAVES))),
    *KEYS,
    *PULSES,
    *(f"modulation{r}_{m}" for r in range(len(REGIONS)) for m in range(len(MODULATIONS))),
    "loudness",
    *(f"tonal_{column}" for column in tonality.COLUMNS),
    *(f"level_{percent}" for percent in LEVELS),
    *("level_jumps_std", "level_jumps", "crest", "quiet_6", "quiet_12"),
)
"""Names of the features, in order."""

SPECTRAL = COLUMNS.index("loudness")
"""Columns before the loudness, all of which come from the spectrogram."""

FEATURE_GROUPS = {
    "timbre": ("mfcc", "band", "centroid", "rolloff", "flatness", "zero_crossings", "contrast"),
    "rhythm": PULSES,
    "modulation": ("modulation",),
    "tonality": (*KEYS, "tonal_"),
    "dynamics": ("level_", "crest", "quiet_"),
    "loudness": ("loudness",),
}
"""What the features tell of, by how their names begin."""


def extract(y: np.ndarray) -> np.ndarray:
    """Compute the features of a 10-second window.

    Parameters
    ----------
    y : numpy.ndarray, shape=(220500,)
        Mono samples at 22 050 Hz. Their gain matters to `loudness` alone.

    Returns
    -------
    numpy.ndarray, shape=(len(COLUMNS),)
        In the order of `COLUMNS`; finite for any finite input.

    Raises
    ------
    ValueError
        If `y` is of another length.
    """
    if y.shape != (SAMPLES,):
        raise ValueError(f"a window has {SAMPLES} samples, not {y.shape}")
    loudness = np.sqrt(np.mean(np.square(y, dtype=np.float64)))
    y = np.asarray(y, np.float32)
    y = y / max(float(np.abs(y).max()), 1e-9)
    frames = np.lib.stride_tricks.sliding_window_view(y, FRAME)[::HOP]
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=1)[:, :USED]
    power = spectrum.real**2 + spectrum.imag**2
    power /= max(float(power.max()), 1e-20)
    power += FLOOR
    mel = power @ MEL
    log_mel = 10 * np.log10(mel / mel.max() + FLOOR)
    return np.concatenate(
        [
            _cepstra(log_mel),
            _bands(mel),
            _shapes(power, y),
            _contrast(power),
            _harmony(power),
            _pulse(log_mel),
            _modulation(mel),
            [20 * np.log10(loudness + 1e-5)],
            tonality.extract(y),
            _dynamics(y),
        ]
    ).astype(np.float64)


def _moments(a: np.ndarray) -> np.ndarray:
    return np.concatenate([a.mean(axis=0), a.std(axis=0)])


def _cepstra(log_mel: np.ndarray) -> np.ndarray:
    cepstra = log_mel @ COSINES
    slope = cepstra[4:] - cepstra[:-4]
    return np.concatenate([_moments(cepstra), slope.std(axis=0)])


def _bands(mel: np.ndarray) -> np.ndarray:
    """Return level and variation of 24 bands in dB below the window's mean."""
    bands = mel.reshape(len(mel), BANDS, -1).mean(axis=2)
    level = 10 * np.log10(bands.mean(axis=0) / bands.mean())
    return np.concatenate([level, (10 * np.log10(bands / bands.max() + 1e-6)).std(axis=0)])


def _shapes(power: np.ndarray, y: np.ndarray) -> np.ndarray:
    total = power.sum(axis=1)
    centroid = power @ FREQUENCIES / total
    spread = power @ FREQUENCIES**2 / total - centroid**2
    below = np.cumsum(power, axis=1)
    rolloffs = [np.count_nonzero(below < share * total[:, None], axis=1) / USED for share in (0.5, 0.85)]
    flatness = np.log(power).mean(axis=1) - np.log(total / USED)
    crossed = np.cumsum(np.diff(np.signbit(y)), dtype=np.int32)
    starts = HOP * np.arange(len(power))
    crossings = (crossed[starts + FRAME - 2] - np.where(starts > 0, crossed[starts - 1], 0)) / FRAME
    level = 10 * np.log10(total / total.max())
    return _moments(
        np.column_stack(
            [
                np.log2(centroid + 20),
                np.sqrt(np.maximum(spread, 0)) / 1000,
                *rolloffs,
                flatness,
                crossings,
                level,
            ]
        )
    )


def _contrast(power: np.ndarray) -> np.ndarray:
    """Return how far the mean of each octave stands out of its geometric mean, in nepers."""
    log = np.log(power)
    octaves = []
    for low, high in OCTAVES:
        a, b = np.searchsorted(FREQUENCIES, (low, high))
        octaves.append(np.log(power[:, a:b].mean(axis=1)) - log[:, a:b].mean(axis=1))
    return _moments(np.column_stack(octaves))


def _harmony(power: np.ndarray) -> np.ndarray:
    """Return fit and mode of the key, and how spread and how restless the pitch classes are."""
    chroma = np.sqrt(power) @ CHROMA
    chroma /= chroma.sum(axis=1, keepdims=True)
    mean = chroma.mean(axis=0)
    fit = np.corrcoef(mean + 1e-9 * np.arange(12), KEYS_24)[0, 1:].reshape(2, 12).max(axis=1)
    entropy = -(mean * np.log(mean + 1e-12)).sum()
    smooth = np.apply_along_axis(np.convolve, 0, chroma, np.ones(9) / 9, "valid")
    change = np.abs(smooth[9:] - smooth[:-9]).sum(axis=1).mean()
    return np.array([*fit, fit[0] - fit[1], entropy, change, chroma.std(axis=0).mean()])


def _onsets(log_mel: np.ndarray) -> np.ndarray:
    """Return the onset strength of each frame: how much the bands rise."""
    rise = np.maximum(0, log_mel[2:] - log_mel[:-2]).mean(axis=1)
    return rise


def _pulse(log_mel: np.ndarray) -> np.ndarray:
    """Return how strong, frequent and regular the onsets are."""
    onset = _onsets(np.maximum(log_mel, -60))
    peaks = (onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] > onset.mean() + onset.std())
    centred = onset - onset.mean()
    spectrum = np.abs(scipy.fft.rfft(centred, 2 * len(centred))) ** 2
    correlation = scipy.fft.irfft(spectrum)[: len(centred)]
    correlation = correlation / (correlation[0] + 1e-9)
    first, last = (round(60 / bpm * FRAME_RATE) for bpm in (210, 40))
    pulse = correlation[first : last + 1]
    positive = np.maximum(pulse, 0) + 1e-6
    share = positive / positive.sum()
    bpm = 60 * FRAME_RATE / np.arange(first, last + 1)
    return np.array(
        [
            onset.mean(),
            onset.std(),
            np.count_nonzero(peaks) / SECONDS,
            pulse.max(),
            -(share * np.log(share)).sum(),
            (share**2 * np.log2(bpm)).sum() / (share**2).sum(),
            share[bpm > 100].sum(),
        ]
    )


def _modulation(mel: np.ndarray) -> np.ndarray:
    """Return how strongly each region's level is modulated at each rate, in log10."""
    rows = []
    for low, high in REGIONS:
        level = mel[:, (low <= MEL_CENTRES) & (high > MEL_CENTRES)].mean(axis=1)
        log = np.log(level / level.max() + 1e-4)
        spectrum = np.abs(scipy.fft.rfft((log - log.mean()) * np.hanning(len(log)))) ** 2
        rate = np.arange(len(spectrum)) * FRAME_RATE / len(log)
        rows.append([np.log10(spectrum[(rate >= a) & (rate < b)].mean() + 1e-2) for a, b in MODULATIONS])
    return np.concatenate(rows)


def feature_group(column: str) -> str:
    """Return the family of a column."""
    return next(name for name, starts in FEATURE_GROUPS.items() if column.startswith(starts))


def _dynamics(y: np.ndarray) -> np.ndarray:
    """Return how the level, in dB below its greatest, is spread over the window, and how it jumps."""
    count = len(y) // STEP
    power = np.square(y[: count * STEP], dtype=np.float64).reshape(count, STEP).mean(axis=1)
    level = 10 * np.log10((power[1:] + power[:-1]) / 2 + 1e-12)
    level -= level.max()
    jumps = np.diff(level)
    crest = 20 * np.log10(float(np.abs(y).max()) / np.sqrt(power.mean() + 1e-12) + 1e-9)
    shares = [(level < -drop).mean() for drop in (6, 12)]
    return np.array([*np.percentile(level, LEVELS), jumps.std(), np.abs(jumps).mean(), crest, *shares])

"""The features of a 10-second window from which valence and arousal are predicted.

Timbre (MFCCs, mel bands, shape and contrast of the spectrum), dynamics, harmony (chroma, key, mode) and rhythm (onsets,
pulse, modulation) are computed from one spectrogram of 427 frames. A song has nearly the same features in any encoding:
content above 8 kHz is ignored; levels other than the loudness are relative to the window's peak, with a floor 80 dB
below it; and no feature depends on a discrete estimate that may jump, such as a tracked beat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

from tagger.features import filter_banks, tonality

if TYPE_CHECKING:
    from tagger.features import FloatArray

SAMPLE_RATE = 22050
SECONDS = 10
SAMPLES = SAMPLE_RATE * SECONDS
FRAME = filter_banks.FRAME
HOP = 512
FRAME_RATE = SAMPLE_RATE / HOP

FLOOR = 1e-8
"""Least power, relative to the largest value of the window's spectrogram (-80 dB)."""

MFCCS = 20
MEL_BANDS = 24
"""Bands of four mel filters each."""

OCTAVES = ((0, 200), (200, 400), (400, 800), (800, 1600), (1600, 3200), (3200, 6400))
"""Edges in Hz of the bands of the spectral contrast."""

MODULATIONS = ((0.5, 1), (1, 2), (2, 4), (4, 8), (8, 16))
"""Edges in Hz of the bands of the modulation spectrum."""

REGIONS = ((0, 250), (250, 1000), (1000, 3000), (3000, 8000))
"""Edges in Hz of the frequency regions of the modulation features."""

LEVEL_PERCENTILES = (5, 10, 25, 50, 75, 90)
LEVEL_HOP = SAMPLE_RATE // 20
"""Samples (50 ms) between two values of the level; each is measured over twice as many."""

SHAPE_COLUMNS = ("centroid", "bandwidth", "rolloff50", "rolloff85", "flatness", "zero_crossings", "level")
HARMONY_COLUMNS = ("key_major", "key_minor", "mode", "chroma_entropy", "harmonic_change", "chroma_std")
PULSE_COLUMNS = ("onset_mean", "onset_std", "onset_rate", "pulse_clarity", "pulse_entropy", "tempo", "tempo_share")

MEL = filter_banks.load("window_mel")
MEL_FILTERS = len(MEL.centres)
CHROMA = filter_banks.load("window_chroma")
BINS = len(MEL.weights)
"""Bins of the spectrum below 8 kHz; lossy codecs keep little above."""

FREQUENCIES = (np.arange(BINS) * SAMPLE_RATE / FRAME).astype(np.float32)
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
DCT = np.cos(np.pi / MEL_FILTERS * np.outer(np.arange(MEL_FILTERS) + 0.5, np.arange(MFCCS)))
DCT = (DCT * np.where(np.arange(MFCCS) == 0, np.sqrt(1 / MEL_FILTERS), np.sqrt(2 / MEL_FILTERS))).astype(np.float32)
"""Orthonormal discrete cosine transform (DCT-II); shape (96, 20)."""

KEY_TEMPLATES = np.stack([np.roll(profile, i) for profile in tonality.KEY_PROFILES.values() for i in range(12)])
"""Pitch-class profiles of the 12 major and the 12 minor keys; shape (24, 12)."""

COLUMNS = (
    *(f"mfcc{i}_{s}" for s in ("mean", "std", "delta_std") for i in range(MFCCS)),
    *(f"band{i}_{s}" for s in ("mean", "std") for i in range(MEL_BANDS)),
    *(f"{shape}_{s}" for s in ("mean", "std") for shape in SHAPE_COLUMNS),
    *(f"contrast{i}_{s}" for s in ("mean", "std") for i in range(len(OCTAVES))),
    *HARMONY_COLUMNS,
    *PULSE_COLUMNS,
    *(f"modulation{r}_{m}" for r in range(len(REGIONS)) for m in range(len(MODULATIONS))),
    "loudness",
    *(f"tonal_{column}" for column in tonality.COLUMNS),
    *(f"level_{percent}" for percent in LEVEL_PERCENTILES),
    *("level_jumps_std", "level_jumps", "crest", "quiet_6", "quiet_12"),
)
"""Names of the features, in order."""

SPECTRAL = COLUMNS.index("loudness")
"""Number of columns before the loudness, all of which are computed from the spectrogram."""

FEATURE_GROUPS = {
    "timbre": ("mfcc", "band", "centroid", "rolloff", "flatness", "zero_crossings", "contrast"),
    "rhythm": PULSE_COLUMNS,
    "modulation": ("modulation",),
    "tonality": (*HARMONY_COLUMNS, "tonal_"),
    "dynamics": ("level_", "crest", "quiet_"),
    "loudness": ("loudness",),
}
"""Prefixes of the column names of each group of features."""


def extract(y: FloatArray) -> FloatArray:
    """Compute the features of a 10-second window.

    Parameters
    ----------
    y : numpy.ndarray, shape=(220500,)
        Mono samples at 22 050 Hz. The gain affects `loudness` only.

    Returns
    -------
    numpy.ndarray, shape=(len(COLUMNS),), dtype=float64
        In the order of `COLUMNS`; finite for any finite input.

    Raises
    ------
    ValueError
        If `y` has another length.
    """
    if y.shape != (SAMPLES,):
        raise ValueError(f"a window has {SAMPLES} samples, not {y.shape}")
    loudness = np.sqrt(np.mean(np.square(y, dtype=np.float64)))
    y = np.asarray(y, np.float32)
    y = y / max(float(np.abs(y).max()), 1e-9)
    frames = np.lib.stride_tricks.sliding_window_view(y, FRAME)[::HOP]
    spectrum = scipy.fft.rfft(frames * WINDOW, axis=1)[:, :BINS]
    power = spectrum.real**2 + spectrum.imag**2
    power /= max(float(power.max()), 1e-20)
    power += FLOOR
    mel = power @ MEL.weights
    log_mel = 10 * np.log10(mel / mel.max() + FLOOR)
    return np.concatenate(
        [
            _mfcc_statistics(log_mel),
            _band_levels(mel),
            _spectral_shape(power, y),
            _spectral_contrast(power),
            _harmony(power),
            _pulse(log_mel),
            _modulation(mel),
            [20 * np.log10(loudness + 1e-5)],
            tonality.extract(y),
            _dynamics(y),
        ]
    ).astype(np.float64)


def feature_group(column: str) -> str:
    """Return the group of a feature.

    Parameters
    ----------
    column : str
        Name of the feature, an entry of `COLUMNS`.

    Returns
    -------
    str
        Key of `FEATURE_GROUPS`.
    """
    return next(name for name, prefixes in FEATURE_GROUPS.items() if column.startswith(prefixes))


def _mean_and_std(a: FloatArray) -> FloatArray:
    """Return the mean and the standard deviation of each column over the frames."""
    return np.concatenate([a.mean(axis=0), a.std(axis=0)])


def _mfcc_statistics(log_mel: FloatArray) -> FloatArray:
    """Return mean and deviation of the MFCCs, and the deviation of their difference over four frames."""
    mfcc = log_mel @ DCT
    delta = mfcc[4:] - mfcc[:-4]
    return np.concatenate([_mean_and_std(mfcc), delta.std(axis=0)])


def _band_levels(mel: FloatArray) -> FloatArray:
    """Return the level of 24 bands relative to the window's mean, and its deviation; in dB."""
    bands = mel.reshape(len(mel), MEL_BANDS, -1).mean(axis=2)
    level = 10 * np.log10(bands.mean(axis=0) / bands.mean())
    deviation = (10 * np.log10(bands / bands.max() + 1e-6)).std(axis=0)
    return np.concatenate([level, deviation])


def _spectral_shape(power: FloatArray, y: FloatArray) -> FloatArray:
    """Return mean and deviation of the features of `SHAPE_COLUMNS` over the frames."""
    total = power.sum(axis=1)
    centroid = power @ FREQUENCIES / total
    variance = power @ FREQUENCIES**2 / total - centroid**2
    cumulative = np.cumsum(power, axis=1)
    rolloffs = [np.count_nonzero(cumulative < share * total[:, None], axis=1) / BINS for share in (0.5, 0.85)]
    flatness = np.log(power).mean(axis=1) - np.log(total / BINS)
    sign_changes = np.cumsum(np.diff(np.signbit(y)), dtype=np.int32)
    starts = HOP * np.arange(len(power))
    before = np.where(starts > 0, sign_changes[starts - 1], 0)
    crossings = (sign_changes[starts + FRAME - 2] - before) / FRAME
    level = 10 * np.log10(total / total.max())
    return _mean_and_std(
        np.column_stack(
            [
                np.log2(centroid + 20),
                np.sqrt(np.maximum(variance, 0)) / 1000,
                *rolloffs,
                flatness,
                crossings,
                level,
            ]
        )
    )


def _spectral_contrast(power: FloatArray) -> FloatArray:
    """Return the logarithm of the arithmetic over the geometric mean of each octave's power, in nepers."""
    log = np.log(power)
    octaves = []
    for low, high in OCTAVES:
        a, b = np.searchsorted(FREQUENCIES, (low, high))
        octaves.append(np.log(power[:, a:b].mean(axis=1)) - log[:, a:b].mean(axis=1))
    return _mean_and_std(np.column_stack(octaves))


def _harmony(power: FloatArray) -> FloatArray:
    """Return the features of `HARMONY_COLUMNS`: fit of the best major and minor key, and spread of the chroma."""
    chroma = np.sqrt(power) @ CHROMA.weights
    chroma /= chroma.sum(axis=1, keepdims=True)
    mean = chroma.mean(axis=0)
    fit = np.corrcoef(mean + 1e-9 * np.arange(12), KEY_TEMPLATES)[0, 1:].reshape(2, 12).max(axis=1)
    entropy = -(mean * np.log(mean + 1e-12)).sum()
    smooth = np.apply_along_axis(np.convolve, 0, chroma, np.ones(9) / 9, "valid")
    change = np.abs(smooth[9:] - smooth[:-9]).sum(axis=1).mean()
    return np.array([*fit, fit[0] - fit[1], entropy, change, chroma.std(axis=0).mean()])


def _onset_strength(log_mel: FloatArray) -> FloatArray:
    """Return the mean rise of the mel bands over two frames, in dB; shape (frames - 2,)."""
    rise: FloatArray = np.maximum(0, log_mel[2:] - log_mel[:-2]).mean(axis=1)
    return rise


def _pulse(log_mel: FloatArray) -> FloatArray:
    """Return the features of `PULSE_COLUMNS`, from the onset strength and its autocorrelation at 40 to 210 BPM."""
    onset = _onset_strength(np.maximum(log_mel, -60))
    peaks = (onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] > onset.mean() + onset.std())
    centred = onset - onset.mean()
    # Zeros appended, so that the correlation does not wrap round.
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


def _modulation(mel: FloatArray) -> FloatArray:
    """Return the modulation power of each frequency region in each band of modulation rates, as log10."""
    rows = []
    for low, high in REGIONS:
        level = mel[:, (low <= MEL.centres) & (high > MEL.centres)].mean(axis=1)
        log = np.log(level / level.max() + 1e-4)
        spectrum = np.abs(scipy.fft.rfft((log - log.mean()) * np.hanning(len(log)))) ** 2
        rate = np.arange(len(spectrum)) * FRAME_RATE / len(log)
        rows.append([np.log10(spectrum[(rate >= a) & (rate < b)].mean() + 1e-2) for a, b in MODULATIONS])
    return np.concatenate(rows)


def _dynamics(y: FloatArray) -> FloatArray:
    """Return percentiles of the level in dB below its maximum, its changes, crest factor and shares of quiet parts."""
    count = len(y) // LEVEL_HOP
    power = np.square(y[: count * LEVEL_HOP], dtype=np.float64).reshape(count, LEVEL_HOP).mean(axis=1)
    level = 10 * np.log10((power[1:] + power[:-1]) / 2 + 1e-12)
    level -= level.max()
    jumps = np.diff(level)
    crest = 20 * np.log10(float(np.abs(y).max()) / np.sqrt(power.mean() + 1e-12) + 1e-9)
    quiet_shares = [(level < -drop).mean() for drop in (6, 12)]
    return np.array([*np.percentile(level, LEVEL_PERCENTILES), jumps.std(), np.abs(jumps).mean(), crest, *quiet_shares])

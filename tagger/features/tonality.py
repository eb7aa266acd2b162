"""The tonal features of a 10-second window: mode, key, chords, intervals and roughness, from spectral peaks.

The frequency of each peak is interpolated between bins and corrected by the tuning of the music. A peak adds to the
pitch class of the nearest semitone. Discrete estimates (the best key, the best chord) are used only as shares of time
or as differences of fit, so that small changes of the signal cause small changes of the features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagger.features import FloatArray

SAMPLE_RATE = 22050
FRAME, HOP = 8192, 2048
LOWEST, HIGHEST = 65.0, 2100.0
"""Range of the peaks in Hz: fundamentals and their first harmonics."""

PEAK_THRESHOLD = 0.01
"""Least magnitude of a peak, relative to the maximum of its frame."""

PARTS = 5
"""Equal parts of the window for which the key is estimated separately."""

KEY_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""Probe-tone ratings of Krumhansl and Kessler (1982), from the tonic on."""

TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7)}
CIRCLES = {"fifths": 7, "minor_thirds": 3, "major_thirds": 4}
"""Semitones of a step on each circle of the tonal centroid (Harte, Sandler and Gasser, 2006)."""

ROUGHNESS_HOP, ROUGHNESS_PEAKS = 4, 15
"""Roughness is computed for every fourth frame, from its 15 strongest peaks."""

COLUMNS = (
    *("key_major", "key_minor", "mode", "key_best", "mode_of_parts", "mode_varies", "key_of_parts"),
    *("tuned", "peaks", "major_chords", "chord_clarity", "chord_changes", "roughness", "roughness_std"),
    *("pitch_entropy", "pitch_std"),
    *(f"interval{i}" for i in range(1, 7)),
    *(f"{circle}_{s}" for s in ("frames", "window", "change") for circle in CIRCLES),
    "melody_varies",
)
"""Names of the features, in order."""

FREQUENCIES = np.arange(FRAME // 2 + 1) * SAMPLE_RATE / FRAME
BINS = np.flatnonzero((FREQUENCIES > LOWEST) & (FREQUENCIES < HIGHEST))
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)


def _standardise(rows: FloatArray) -> FloatArray:
    """Return rows with mean 0 and standard deviation 1."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    standardised: FloatArray = centred / (rows.std(axis=-1, keepdims=True) + 1e-9)
    return standardised


KEY_TEMPLATES = (
    _standardise(np.stack([np.roll(profile, i) for profile in KEY_PROFILES.values() for i in range(12)])) / 12
)
"""Profiles of the 12 major and the 12 minor keys, whose product with a pitch-class profile is its correlation."""

CHORD_TEMPLATES = np.zeros((24, 12))
"""Pitch classes of the 12 major and the 12 minor triads."""

for _group, _tones in enumerate(TRIADS.values()):
    for _root in range(12):
        CHORD_TEMPLATES[12 * _group + _root, [(_root + tone) % 12 for tone in _tones]] = 1
CIRCLE_POINTS = np.exp(2j * np.pi * np.outer(np.arange(12), list(CIRCLES.values())) / 12)
"""Point of each pitch class on each circle, as a complex number; shape (12, 3)."""


def extract(y: FloatArray) -> FloatArray:
    """Compute the tonal features of a window.

    Parameters
    ----------
    y : numpy.ndarray, shape=(n,)
        Mono samples at 22 050 Hz, at least `FRAME` of them. The gain has no effect.

    Returns
    -------
    numpy.ndarray, shape=(len(COLUMNS),)
        In the order of `COLUMNS`; finite for any finite input.
    """
    frames = np.lib.stride_tricks.sliding_window_view(y / max(float(np.abs(y).max()), 1e-9), FRAME)[::HOP]
    magnitudes = np.abs(scipy.fft.rfft(frames * WINDOW, axis=1)[:, : BINS[-1] + 2])
    frame, frequency, weight = _peaks(magnitudes)
    pitch = 12 * np.log2(frequency / 440)
    phasor = (weight * np.exp(2j * np.pi * pitch)).sum()
    tuning_strength = np.abs(phasor) / (weight.sum() + 1e-9)
    pitch = pitch - np.angle(phasor) / (2 * np.pi)
    nearest = np.round(pitch)
    classes = np.zeros((len(frames), 12))
    np.add.at(classes, (frame, nearest.astype(int) % 12), weight * np.cos(np.pi * (pitch - nearest)) ** 2)
    classes /= classes.sum(axis=1, keepdims=True) + 1e-9
    mean = classes.mean(axis=0)
    maximum = magnitudes[:, BINS].max(axis=1)
    roughness = _roughness(frame, frequency, weight, len(frames))
    return np.concatenate(
        [
            _key(mean, classes),
            [tuning_strength, np.log(len(frame) / len(frames) + 1)],
            _chords(classes),
            [roughness.mean(), roughness.std()],
            [-(mean * np.log(mean + 1e-9)).sum(), classes.std(axis=0).mean()],
            [(mean * np.roll(mean, -i)).sum() for i in range(1, 7)],
            _centroids(classes),
            [maximum.std() / (maximum.mean() + 1e-9)],
        ]
    )


def _peaks(magnitudes: FloatArray) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return frame, frequency in Hz (interpolated by a parabola through three bins) and weight of each peak."""
    centre, left, right = magnitudes[:, BINS], magnitudes[:, BINS - 1], magnitudes[:, BINS + 1]
    audible = centre > PEAK_THRESHOLD * centre.max(axis=1, keepdims=True) + 1e-9
    frame, index = np.nonzero((centre > left) & (centre >= right) & audible)
    a, b, c = (np.log(m[frame, index] + 1e-9) for m in (left, centre, right))
    offset = np.clip(0.5 * (a - c) / (a - 2 * b + c - 1e-12), -0.5, 0.5)
    return frame, (BINS[index] + offset) * SAMPLE_RATE / FRAME, np.sqrt(centre[frame, index])


def _key(mean: FloatArray, classes: FloatArray) -> FloatArray:
    """Return the fit of the best major and minor key to the mean pitch classes, and how both vary over the parts."""
    fit = _standardise(mean) @ KEY_TEMPLATES.T
    part_means = np.stack([part.mean(axis=0) for part in np.array_split(classes, PARTS)])
    part_fits = _standardise(part_means) @ KEY_TEMPLATES.T
    major, minor = fit[:12].max(), fit[12:].max()
    modes = part_fits[:, :12].max(axis=1) - part_fits[:, 12:].max(axis=1)
    return np.array([major, minor, major - minor, fit.max(), modes.mean(), modes.std(), part_fits.max(axis=1).mean()])


def _chords(classes: FloatArray) -> FloatArray:
    """Return the share of frames with a major chord, the mean fit of the best chord, and the rate of its changes."""
    padded = np.pad(classes, ((1, 1), (0, 0)))
    fit = (padded[:-2] + padded[1:-1] + padded[2:]) / 3 @ CHORD_TEMPLATES.T
    best = fit.argmax(axis=1)
    return np.array([(best < 12).mean(), fit.max(axis=1).mean(), (np.diff(best) != 0).mean()])


def _centroids(classes: FloatArray) -> FloatArray:
    """Return the distance of the tonal centroid from each circle's centre, by frame and of the mean, and its speed."""
    points = classes @ CIRCLE_POINTS
    speed = np.abs(np.diff(points, axis=0)).mean(axis=0)
    return np.concatenate([np.abs(points).mean(axis=0), np.abs(points.mean(axis=0)), speed])


def _roughness(frame: NDArray[np.intp], frequency: FloatArray, weight: FloatArray, frames: int) -> FloatArray:
    """Return the sensory dissonance (Sethares, 1993) of every fourth frame, relative to the power of its peaks."""
    edges = np.searchsorted(frame, np.arange(frames + 1))
    values = []
    for index in range(0, frames, ROUGHNESS_HOP):
        peaks = slice(edges[index], edges[index + 1])
        strongest = np.argsort(weight[peaks], kind="stable")[-ROUGHNESS_PEAKS:]
        f, w = frequency[peaks][strongest], weight[peaks][strongest]
        i, j = np.triu_indices(len(f), 1)
        distance = np.abs(f[i] - f[j]) * 0.24 / (0.0207 * np.minimum(f[i], f[j]) + 18.96)
        dissonance = np.exp(-3.5 * distance) - np.exp(-5.75 * distance)
        values.append((w[i] * w[j] * dissonance).sum() / ((w**2).sum() + 1e-9))
    return np.array(values)

"""The tonal side of a 10-second window: mode, key, chords, intervals and roughness, from the peaks of its spectrum.

Peaks are told to a fraction of a bin and tuned to the music's own pitch, and each counts for the semitone it is
near to. Estimates that jump (which key, which chord) only enter as shares of time or as their margin over others.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

SAMPLE_RATE = 22050
FRAME, HOP = 8192, 2048
LOWEST, TOP = 65.0, 2100.0
"""Range in Hz where fundamentals and their first harmonics lie."""

FAINTEST = 0.01
"""Magnitude of a peak, relative to its frame's greatest, below which it is not heard."""

PARTS = 5
"""Stretches of which the mode is told, to see whether it changes."""

KEY_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""Probe-tone ratings of Krumhansl and Kessler (1982)."""

TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7)}
CIRCLES = {"fifths": 7, "minor_thirds": 3, "major_thirds": 4}
"""Steps in semitones of the circles of the tonal centroid (Harte, Sandler and Gasser, 2006)."""

ROUGH_EVERY, ROUGH_PEAKS = 4, 15
"""Frames between those whose roughness is told, and how many of their strongest peaks are paired."""

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
BINS = np.flatnonzero((FREQUENCIES > LOWEST) & (FREQUENCIES < TOP))
WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)


def _standardised(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    return centred / (rows.std(axis=-1, keepdims=True) + 1e-9)


KEYS = _standardised(np.stack([np.roll(profile, i) for profile in KEY_PROFILES.values() for i in range(12)])) / 12
CHORDS = np.zeros((24, 12))
for _place, _tones in enumerate(TRIADS.values()):
    for _root in range(12):
        CHORDS[12 * _place + _root, [(_root + tone) % 12 for tone in _tones]] = 1
ANGLES = np.exp(2j * np.pi * np.outer(np.arange(12), list(CIRCLES.values())) / 12)


def extract(y: np.ndarray) -> np.ndarray:
    """Compute the tonal features of a window.

    Parameters
    ----------
    y : numpy.ndarray, shape=(n,)
        Mono samples at 22 050 Hz, at least `FRAME` of them. Their gain does not matter.

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
    tuned = np.abs(phasor) / (weight.sum() + 1e-9)
    pitch = pitch - np.angle(phasor) / (2 * np.pi)
    near = np.round(pitch)
    classes = np.zeros((len(frames), 12))
    np.add.at(classes, (frame, near.astype(int) % 12), weight * np.cos(np.pi * (pitch - near)) ** 2)
    classes /= classes.sum(axis=1, keepdims=True) + 1e-9
    whole = classes.mean(axis=0)
    loudest = magnitudes[:, BINS].max(axis=1)
    rough = _roughness(frame, frequency, weight, len(frames))
    return np.concatenate(
        [
            _key(whole, classes),
            [tuned, np.log(len(frame) / len(frames) + 1)],
            _chords(classes),
            [rough.mean(), rough.std()],
            [-(whole * np.log(whole + 1e-9)).sum(), classes.std(axis=0).mean()],
            [(whole * np.roll(whole, -i)).sum() for i in range(1, 7)],
            _centroids(classes),
            [loudest.std() / (loudest.mean() + 1e-9)],
        ]
    )


def _peaks(magnitudes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return frame, frequency in Hz and weight of each peak, told between bins by a parabola through three."""
    here, left, right = magnitudes[:, BINS], magnitudes[:, BINS - 1], magnitudes[:, BINS + 1]
    heard = here > FAINTEST * here.max(axis=1, keepdims=True) + 1e-9
    frame, place = np.nonzero((here > left) & (here >= right) & heard)
    a, b, c = (np.log(m[frame, place] + 1e-9) for m in (left, here, right))
    offset = np.clip(0.5 * (a - c) / (a - 2 * b + c - 1e-12), -0.5, 0.5)
    return frame, (BINS[place] + offset) * SAMPLE_RATE / FRAME, np.sqrt(here[frame, place])


def _key(whole: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return how well major and minor keys fit the window and its parts."""
    fit = _standardised(whole) @ KEYS.T
    parts = _standardised(np.stack([part.mean(axis=0) for part in np.array_split(classes, PARTS)])) @ KEYS.T
    major, minor = fit[:12].max(), fit[12:].max()
    modes = parts[:, :12].max(axis=1) - parts[:, 12:].max(axis=1)
    return np.array([major, minor, major - minor, fit.max(), modes.mean(), modes.std(), parts.max(axis=1).mean()])


def _chords(classes: np.ndarray) -> np.ndarray:
    """Return the share of major chords, how clear chords are, and how often they change."""
    padded = np.pad(classes, ((1, 1), (0, 0)))
    fit = (padded[:-2] + padded[1:-1] + padded[2:]) / 3 @ CHORDS.T
    best = fit.argmax(axis=1)
    return np.array([(best < 12).mean(), fit.max(axis=1).mean(), (np.diff(best) != 0).mean()])


def _centroids(classes: np.ndarray) -> np.ndarray:
    """Return how far the pitches of frames and of the window lean to a side of each circle, and how that moves."""
    points = classes @ ANGLES
    moved = np.abs(np.diff(points, axis=0)).mean(axis=0)
    return np.concatenate([np.abs(points).mean(axis=0), np.abs(points.mean(axis=0)), moved])


def _roughness(frame: np.ndarray, frequency: np.ndarray, weight: np.ndarray, frames: int) -> np.ndarray:
    """Return the sensory dissonance of some frames (Sethares, 1993), relative to their strength."""
    edges = np.searchsorted(frame, np.arange(frames + 1))
    found = []
    for place in range(0, frames, ROUGH_EVERY):
        peaks = slice(edges[place], edges[place + 1])
        strongest = np.argsort(weight[peaks], kind="stable")[-ROUGH_PEAKS:]
        f, w = frequency[peaks][strongest], weight[peaks][strongest]
        i, j = np.triu_indices(len(f), 1)
        apart = np.abs(f[i] - f[j]) * 0.24 / (0.0207 * np.minimum(f[i], f[j]) + 18.96)
        beating = np.exp(-3.5 * apart) - np.exp(-5.75 * apart)
        found.append((w[i] * w[j] * beating).sum() / ((w**2).sum() + 1e-9))
    return np.array(found)

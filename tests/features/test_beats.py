"""The shared chunks of the beat histogram give the same result as a transform of each window."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.features import beats


def forward(v: np.ndarray) -> np.ndarray:
    """Return the periodic wavelet transform of one window, directly from the definition."""
    v, n = v.copy(), len(v)
    while n >= 4:
        index = (2 * np.arange(n // 2)[:, None] + np.arange(4)) % n
        v[:n] = np.concatenate([v[index] @ beats.SCALING, v[index] @ beats.WAVELET])
        n //= 2
    return v


def backward(c: np.ndarray) -> np.ndarray:
    """Return the inverse of `forward`, which is its transpose."""
    c, n = c.copy(), 4
    while n <= len(c):
        index = (2 * np.arange(n // 2)[:, None] + np.arange(4)) % n
        v = np.zeros(n)
        np.add.at(v, index, c[: n // 2, None] * beats.SCALING + c[n // 2 : n, None] * beats.WAVELET)
        c[:n] = v
        n *= 2
    return c


def onset_curve(window: np.ndarray) -> np.ndarray:
    """Return the onset curve of one window, computed band by band and sample by sample."""
    coefficients = forward(window)
    total = np.zeros(len(window))
    for low in (320, 640, 1280, 2560):
        kept = np.zeros_like(coefficients)
        kept[low : 2 * low] = coefficients[low : 2 * low]
        u = np.abs(backward(kept))
        v = np.zeros_like(u)
        for t in range(1, len(u)):
            v[t] = beats.GAIN * u[t] + beats.FEEDBACK * v[t - 1]
        total += 0.05 * (v - v.mean()) / v.std()
    return total[::32]


@pytest.mark.parametrize("window_index", [0, 3, 15, 16, 22])
def test_shared_chunks_equal_the_transform_of_each_window(window_index: int) -> None:
    x = np.random.default_rng(window_index).normal(size=23 * 8192 - 1000)
    padded = np.concatenate([np.zeros(131072 - 8192), x, np.zeros(1000)])
    window = padded[8192 * window_index :][:131072][::8]
    curves = beats._onset_curves(x[::8])
    assert curves.shape == (23, 512)
    np.testing.assert_allclose(curves[window_index], onset_curve(window), atol=1e-9)


@pytest.mark.parametrize("bpm", [60, 75, 100])
def test_clicks_are_detected_at_their_tempo(bpm: int) -> None:
    t = np.arange(661500) / 22050
    x = np.exp(-300 * (t % (60 / bpm))) * np.random.default_rng(0).normal(size=len(t))
    features = dict(zip(beats.COLUMNS, beats.extract(x[::8]), strict=True))
    assert min(abs(features["BH_LowPeakBPM"] - bpm), abs(features["BH_HighPeakBPM"] - bpm)) <= 3 or (
        abs(features["BH_LowPeakBPM"] * 2 - features["BH_HighPeakBPM"]) == 0
    )


def test_silence_has_no_beats() -> None:
    np.testing.assert_array_equal(beats.extract(np.zeros(82688)), np.zeros(8))

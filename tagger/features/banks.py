"""Banks of filters over the bins of a spectrum, as librosa defines them.

librosa itself takes seconds to import, which every worker of a scan would pay; the tests hold these
banks against librosa's.
"""

from __future__ import annotations

import numpy as np

LINEAR_HZ = 200 / 3
"""Width of a mel below 1 kHz, in Slaney's scale."""

KNEE_HZ = 1000.0
LOG_STEP = np.log(6.4) / 27
"""Width of a mel above 1 kHz, as the logarithm of a ratio."""

A4_HZ = 440.0
SEMITONES = 12


def mel_to_hz(mels: np.ndarray) -> np.ndarray:
    """Convert mels of Slaney's scale to Hz."""
    knee = KNEE_HZ / LINEAR_HZ
    return np.where(mels < knee, LINEAR_HZ * mels, KNEE_HZ * np.exp(LOG_STEP * (mels - knee)))


def hz_to_mel(hz: float) -> float:
    """Convert Hz to mels of Slaney's scale."""
    return hz / LINEAR_HZ if hz < KNEE_HZ else KNEE_HZ / LINEAR_HZ + np.log(hz / KNEE_HZ) / LOG_STEP


def mel_edges(count: int, low: float, high: float) -> np.ndarray:
    """Return the edges of `count` overlapping mel bands in Hz; band i reaches from edge i to edge i + 2."""
    return mel_to_hz(np.linspace(hz_to_mel(low), hz_to_mel(high), count + 2))


def mel(frequencies: np.ndarray, count: int, low: float, high: float) -> np.ndarray:
    """Return triangles of unit area, evenly spaced in mel.

    Parameters
    ----------
    frequencies : numpy.ndarray, shape=(bins,)
        Of the bins, in Hz.
    count : int
        Bands.
    low, high : float
        Outer edges of the first and the last, in Hz.

    Returns
    -------
    numpy.ndarray, shape=(bins, count)
    """
    edges = mel_edges(count, low, high)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    f = frequencies[:, None]
    triangles = np.minimum((f - left) / (centre - left), (right - f) / (right - centre))
    return np.maximum(0, triangles) * 2 / (right - left)


def chroma(bins: int, spacing: float, *, octave: float, width: float) -> np.ndarray:
    """Return the share of each pitch class in each bin of a spectrum.

    A bin counts for the pitch classes around its own by a bell as wide as the distance to the next bin,
    and for more the nearer it lies to a chosen octave.

    Parameters
    ----------
    bins : int
        Bins of the spectrum, from 0 Hz.
    spacing : float
        Hz from bin to bin.
    octave, width : float
        The octave (A4 lies in 4) around which bins count most, and the width of that bell in octaves.

    Returns
    -------
    numpy.ndarray, shape=(bins, 12)
        The first pitch class is C.
    """
    frequencies = spacing * np.arange(1, bins + 1)
    pitch = SEMITONES * (np.log2(frequencies / A4_HZ) + 4)
    # 0 Hz has no pitch: it is put far below the first bin, with a bell so wide that it says nothing.
    pitch = np.concatenate([[pitch[0] - 1.5 * SEMITONES], pitch])
    spread = np.maximum(1, np.diff(pitch))[:, None]
    pitch = pitch[:bins]
    distance = (pitch[:, None] - np.arange(SEMITONES) + SEMITONES / 2) % SEMITONES - SEMITONES / 2
    bells = np.exp(-2 * (distance / spread) ** 2)
    bells /= np.linalg.norm(bells, axis=1, keepdims=True)
    bells *= np.exp(-0.5 * ((pitch / SEMITONES - octave) / width) ** 2)[:, None]
    from_a_to_c = -3
    return np.roll(bells, from_a_to_c, axis=1)

"""The filter banks are librosa's."""

from __future__ import annotations

import librosa
import numpy as np

from tagger.features import banks


def test_mel_bands_are_librosa_s() -> None:
    frequencies = np.arange(1025) * 22050 / 2048
    ours = banks.mel(frequencies, 96, 30, 8000)
    theirs = librosa.filters.mel(sr=22050, n_fft=2048, n_mels=96, fmin=30, fmax=8000)
    np.testing.assert_allclose(ours, theirs.T, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(banks.mel_edges(96, 30, 8000), librosa.mel_frequencies(98, fmin=30, fmax=8000))


def test_pitch_classes_are_librosa_s() -> None:
    ours = banks.chroma(1024, 22050 / 2048, octave=5, width=2)
    theirs = librosa.filters.chroma(sr=22050, n_fft=2048, ctroct=5, octwidth=2)[:, :1024]
    np.testing.assert_allclose(ours, theirs.T, atol=1e-6)

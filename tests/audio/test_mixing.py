"""Channels are mixed so that nothing is lost, whatever their number, and ordinary music as ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.analysis.extraction import analyse
from tagger.analysis.results import Analysis
from tagger.audio.decode import read_audio
from tagger.audio.excerpts import Excerpt
from tagger.audio.mixing import CANCELLED_BELOW, cancellation
from tagger.errors import Failure
from tests.sounds import music, write

WANTED = Excerpt(1.0, 5.0)
RATE = 48000
ENCODERS = {
    ".flac": "flac",
    ".wav": "pcm_s16le",
    ".opus": "libopus",
    ".m4a": "aac",
    ".m4b": "alac",
    ".wv": "wavpack",
    ".tta": "tta",
}


def excerpt(path: Path) -> np.ndarray:
    return read_audio(str(path), lambda duration: [WANTED]).excerpts[WANTED]


def spread(count: int) -> np.ndarray:
    """Return channels that are alike in part."""
    left, right = music(7, rate=RATE)
    return np.stack([(0.5 - 0.1 * i / count) * left + 0.1 * np.roll(right, 1000 * i) for i in range(count)])


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", sorted(ENCODERS))
@pytest.mark.parametrize("count", [1, 2, 6, 8])
def test_any_number_of_channels_is_their_mean(tmp_path: Path, suffix: str, count: int) -> None:
    samples = spread(count)
    found = excerpt(write(tmp_path / f"a{suffix}", samples, rate=RATE, codec=ENCODERS[suffix], bit_rate=64000 * count))
    plain = excerpt(write(tmp_path / "b.wav", samples.mean(axis=0)[None], rate=RATE))
    # Some encoders put the channels in another order or into fewer: what each of them holds is close to the mean.
    assert np.corrcoef(found, plain)[0, 1] > 0.95


@pytest.mark.thorough
@pytest.mark.parametrize(
    "signs", [(1, -1), (1, -1, 0, 0, 0.5, -0.5), (1, -0.9), (1, 1, -1, -1, 1, -1), (1, -1, 1, -1, 1, -1, 1, -1)]
)
@pytest.mark.parametrize("suffix", [".flac", ".wav", ".ogg"])
def test_channels_that_cancel_are_audible(tmp_path: Path, signs: tuple[float, ...], suffix: str) -> None:
    if suffix == ".ogg" and len(signs) > 2:
        pytest.skip("FFmpeg's own encoder of Vorbis knows stereo alone")
    left = music(7, rate=RATE)[0] / 2
    cancelling = excerpt(write(tmp_path / f"a{suffix}", np.outer(signs, left), rate=RATE, bit_rate=300000))
    alike = excerpt(write(tmp_path / f"b{suffix}", np.outer(np.abs(signs), left), rate=RATE, bit_rate=300000))
    assert np.sqrt(np.mean(cancelling**2)) == pytest.approx(np.sqrt(np.mean(alike**2)), rel=0.1)
    assert abs(np.corrcoef(cancelling, alike)[0, 1]) > 0.95


@pytest.mark.parametrize("side", [0.0, 0.5, 1.0, 3.0, 5.0])
def test_ordinary_stereo_is_the_mean_to_the_bit(tmp_path: Path, side: float) -> None:
    middle = music(7, rate=22050)[0] / 8
    other = music(7, rate=22050, seed=3)[0] / 8
    samples = np.round(np.stack([middle + side * other, middle - side * other]).astype(np.float32) * 2**15) / 2**15
    found = excerpt(write(tmp_path / "a.wav", samples, rate=22050))
    mean = (samples.astype(np.float32).sum(axis=0) / 2).astype(np.float32)
    np.testing.assert_array_equal(found, mean[22050 : 6 * 22050])


def test_one_mix_fades_into_the_other() -> None:
    def weight(middle: float) -> float:
        # Of a middle and a side that have nothing in common.
        same, crossed = middle + 1, middle - 1
        return cancellation(np.array([[same, crossed], [crossed, same]]))[0]

    weights = [weight(middle) for middle in np.linspace(0, 0.05, 500)]
    assert (weights[0], weights[-1]) == (1, 0)
    assert max(abs(np.diff(weights))) < 0.02
    assert 0 < CANCELLED_BELOW < 1 / 8


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_s24le"])
@pytest.mark.parametrize("level", [-80, -100, -115])
def test_quiet_music_is_audible(tmp_path: Path, codec: str, level: int) -> None:
    result = analyse(str(write(tmp_path / "a.wav", music(12) * 10 ** (level / 20), codec=codec)))
    assert isinstance(result, Analysis)
    assert all(np.isfinite(features).all() for features in result.features.values())


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
@pytest.mark.parametrize("shaped", [False, True])
def test_the_noise_of_the_last_digits_is_silence(tmp_path: Path, suffix: str, shaped: bool) -> None:
    random = np.random.default_rng(0)
    noise = random.uniform(-0.5, 0.5, (2, 44100 * 12)) + random.uniform(-0.5, 0.5, (2, 44100 * 12))
    if shaped:
        noise = np.stack([np.convolve(channel, [0.5, -0.7, 0.3], "same") for channel in noise])
    result = analyse(str(write(tmp_path / f"a{suffix}", np.round(noise) / 2**15)))
    assert isinstance(result, Failure)
    assert result.kind == "silent"

"""The embedding is that of the original network, at a fraction of its cost, and independent of the level."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib import resources

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits

from tagger import cli
from tagger.audio.excerpts import PATCH_SECONDS
from tagger.errors import ModelError
from tagger.features import COLUMNS, VERSIONS, embedding
from tagger.features.embedding_network import BANDS, PATCH_FRAMES, pack, unpack
from tests.sounds import music

REFERENCE = resources.files("tagger.training") / "musicnn_reference.npz"


def excerpt(seed: int = 0) -> np.ndarray:
    mono: np.ndarray = music(embedding.SECONDS, rate=embedding.SAMPLE_RATE, seed=seed).mean(axis=0)
    return mono.astype(np.float32)


def spread() -> float:
    """The typical difference between the embeddings of two patches of other music."""
    with REFERENCE.open("rb") as file, np.load(file) as arrays:
        return float(arrays["values"].std(axis=0).mean())


def test_the_network_has_the_values_of_the_original_graph() -> None:
    """TensorFlow computed the reference values from the graph and the checkpoint of musicnn's wheel."""
    with REFERENCE.open("rb") as file, np.load(file) as arrays:
        patches, values = arrays["patches"] / np.float32(32), arrays["values"]
    assert len(patches) == 3
    computed = [embedding.bundled_network().embed(patch) for patch in patches]
    np.testing.assert_allclose(computed, values, atol=1e-4, rtol=0)
    # Another patch has other values, so that the comparison is one.
    assert np.abs(values[0] - values[1]).max() > 0.1


def test_an_excerpt_has_the_declared_columns() -> None:
    values = embedding.extract(excerpt())
    assert values.shape == (len(embedding.COLUMNS),) == (COLUMNS["embedding"],)
    assert values.dtype == np.float32
    assert embedding.SECONDS == PATCH_SECONDS


def test_extraction_is_pure() -> None:
    y = excerpt()
    before = y.copy()
    first = embedding.extract(y)
    embedding.extract(excerpt(seed=1))
    np.testing.assert_array_equal(embedding.extract(y), first)
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("decibels", [-60, -20, 6])
def test_gain_does_not_change_the_embedding(decibels: float) -> None:
    y = excerpt()
    changed = embedding.extract(y * np.float32(10 ** (decibels / 20)))
    assert np.abs(changed - embedding.extract(y)).max() < 0.01 * spread()


def test_only_the_middle_three_seconds_count() -> None:
    y = excerpt()
    edge = round(0.45 * embedding.SAMPLE_RATE)
    y2 = y.copy()
    y2[:edge] = y2[-edge:] = 0
    np.testing.assert_allclose(embedding.log_mel_patch(y2), embedding.log_mel_patch(y), atol=1e-3)
    y2[: 2 * edge] = 0
    assert np.abs(embedding.log_mel_patch(y2) - embedding.log_mel_patch(y)).max() > 0.1


@pytest.mark.parametrize("peak", [0, 2.0**-23, 2.0**-15, 1])
def test_silence_and_noise_have_moderate_values(peak: float) -> None:
    noise = peak * np.random.default_rng(0).uniform(-1, 1, embedding.SAMPLES)
    assert np.abs(embedding.extract(noise)).max() < 10


def test_noise_of_the_last_digits_is_not_amplified_to_music() -> None:
    random = np.random.default_rng(0)
    steps = random.integers(-1, 2, embedding.SAMPLES) * 2.0**-23
    assert embedding.log_mel_patch(steps).max() < 0.2
    assert embedding.log_mel_patch(excerpt()).max() > 3


@pytest.mark.thorough
def test_the_spectrogram_is_librosas() -> None:
    import librosa

    y = np.random.default_rng(0).normal(size=embedding.PATCH_SAMPLES).astype(np.float32)
    expected = librosa.feature.melspectrogram(y=y, sr=16000, n_fft=512, hop_length=256, n_mels=96, center=False)
    np.testing.assert_allclose(embedding.mel_power(y), expected.T, rtol=1e-4)
    assert embedding.mel_power(y).shape == (PATCH_FRAMES, BANDS)


def test_the_file_is_small_and_comes_with_its_licence() -> None:
    bundle = resources.files("tagger.bundled")
    assert len((bundle / "embedding.model").read_bytes()) < 1e6
    assert "THE SOFTWARE IS PROVIDED" in (bundle / "embedding.LICENSE.txt").read_text("utf-8")
    card = json.loads((bundle / "embedding.json").read_text("utf-8"))
    assert card["features"] == {"embedding": VERSIONS["embedding"]}
    assert "Million Song Dataset" in card["source"]["trained_on"]
    assert card["multiplications"]["shipped"] < card["multiplications"]["original"] / 4


def test_the_figures_of_the_card_are_small() -> None:
    card = json.loads((resources.files("tagger.bundled") / "embedding.json").read_text("utf-8"))
    assert card["figures"]["pruning"]["max"] < 1e-4
    assert card["figures"]["moved"]["-20 dB"]["rms"] < 0.02
    assert card["figures"]["moved"]["MP3 128"]["rms"] < 0.05


def test_a_file_gives_the_network_that_was_packed() -> None:
    network = embedding.bundled_network()
    data = pack(network)
    assert data == (resources.files("tagger.bundled") / "embedding.model").read_bytes()
    patch = np.full((PATCH_FRAMES, BANDS), 0.5, np.float32)
    np.testing.assert_array_equal(unpack(data).embed(patch), network.embed(patch))


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not the file of an embedding"):
        unpack((resources.files("tagger.bundled") / "affect.model").read_bytes())


def test_a_damaged_file_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    embedding.bundled_network.cache_clear()
    monkeypatch.setattr(embedding, "FILE", "embedding.json")
    with pytest.raises(ModelError, match="missing or damaged; reinstall emotag"):
        embedding.extract(excerpt())
    assert cli.run(["models", "verify"]) == 1
    assert (
        capsys.readouterr().err == "emotag: embedding: the hash of the file does not match its card; reinstall emotag\n"
    )
    monkeypatch.undo()
    embedding.extract(excerpt())


def test_extraction_needs_no_training_libraries() -> None:
    program = (
        "import sys, numpy as np; from tagger.features import embedding; embedding.extract(np.zeros(88200));"
        "print([name for name in ('sklearn', 'librosa', 'torch', 'tagger.models') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def _original_filters(patch: np.ndarray) -> list[np.ndarray]:
    """Apply filters with the shapes of the original's first layers in plain numpy."""
    outputs = []
    for frames, bands, filters in ((7, 38, 204), (7, 67, 204), (128, 1, 51), (64, 1, 51), (32, 1, 51)):
        padded = np.pad(patch, (((frames - 1) // 2, frames // 2), (0, 0)))
        windows = sliding_window_view(padded, (frames, bands))
        kernel = np.ones((frames * bands, filters), np.float32)
        responses = windows.reshape(-1, frames * bands) @ kernel
        outputs.append(np.maximum(responses, 0).reshape(*windows.shape[:2], filters).max(axis=1))
    return outputs


@pytest.mark.thorough
def test_a_patch_costs_less_than_a_quarter_of_the_original() -> None:
    patch = np.random.default_rng(0).uniform(0, 4, (PATCH_FRAMES, BANDS)).astype(np.float32)
    network = embedding.bundled_network()
    times = []
    with threadpool_limits(1):
        for run in (_original_filters, network.embed):
            run(patch)
            start = time.process_time()
            for _ in range(10):
                run(patch)
            times.append(time.process_time() - start)
    assert times[1] < times[0] / 4

"""Explanations of the predictions for made songs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from tagger.analysis.extraction import FEATURE_SETS, analyse
from tagger.analysis.results import Analysis
from tagger.errors import ModelError
from tagger.models.components.elementary import Linear
from tagger.models.explanation import NEIGHBOURS, OUTPUTS, Explanation, TrainingSongs, explain, feature_names
from tagger.models.feature_groups import GROUPS, PATTERNS, group_of
from tagger.models.predictor import CLASSICAL, Predictor
from tests.sounds import write

RATE = 22050
SECONDS = 12
MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def features_of(samples: np.ndarray, folder: Path) -> dict[str, np.ndarray]:
    path = write(folder / "made.flac", 0.5 * samples[None] / np.abs(samples).max(), rate=RATE)
    analysis = analyse(str(path), kinds=("affect", "moods", "embedding"))
    assert isinstance(analysis, Analysis)
    return analysis.features


def drums(bpm: float) -> np.ndarray:
    """Return bursts of noise in regular time over a quiet chord."""
    t = np.arange(SECONDS * RATE) / RATE
    noise = np.random.default_rng(0).normal(size=len(t))
    chord: np.ndarray = np.sum([np.sin(2 * np.pi * f * t) for f in (220, 261.6, 329.6)], axis=0)
    samples: np.ndarray = np.exp(-20 * (t % (60 / bpm))) * noise + 0.1 * chord
    return samples


def share(explanation: Explanation, group: str, output: str) -> float:
    return float(explanation.contributions[explanation.groups.index(group), OUTPUTS.index(output)])


@pytest.fixture(scope="module")
def made(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Explanation]:
    """Explanations of a song, the same through a low-pass filter, and the same at half the speed."""
    folder = tmp_path_factory.mktemp("made")
    song = drums(150)
    low_pass = scipy.signal.butter(4, 400, fs=RATE, output="sos")
    songs = {"fast": song, "dark": scipy.signal.sosfilt(low_pass, song), "slow": drums(75)}
    return {name: explain(predictor, features_of(samples, folder)) for name, samples in songs.items()}


@pytest.mark.parametrize("kind", ["affect", "moods", "embedding"])
def test_every_feature_is_in_one_group(kind: str) -> None:
    for column in FEATURE_SETS[kind].columns:
        groups = [name for name, ps in PATTERNS.items() if any(re.fullmatch(p, column) for p in ps)]
        assert groups == [group_of(column)]
    with pytest.raises(KeyError):
        group_of("segment0")


def test_contributions_add_up_to_the_prediction_of_a_scan(predictor: Predictor, tmp_path: Path) -> None:
    features = features_of(drums(100), tmp_path)
    explanation, prediction = explain(predictor, features), predictor.predict_song(features)
    expected = [*prediction.probabilities, prediction.valence, prediction.arousal]
    assert explanation.song == pytest.approx(expected, abs=1e-6)
    total = explanation.typical + explanation.contributions.sum(axis=0)
    assert total == pytest.approx(explanation.song, abs=1e-9)
    assert set(explanation.groups) == set(GROUPS)
    assert sum(explanation.neighbours.values()) == NEIGHBOURS


@pytest.mark.thorough
def test_the_same_song_has_the_same_explanation(predictor: Predictor, tmp_path: Path) -> None:
    features = features_of(drums(100), tmp_path)
    first, second = (explain(Predictor(), features) for _ in range(2))
    assert np.array_equal(first.contributions, second.contributions)
    assert (first.groups, first.neighbours) == (second.groups, second.neighbours)


def test_typical_songs_are_training_songs_with_typical_predictions(predictor: Predictor) -> None:
    model = predictor.loaded[1]
    training = TrainingSongs(model)
    assert len(training) == 1650
    assert len(set(training.typical.tolist())) == 50
    names = feature_names(model)
    rows = training.rows(names, np.zeros(len(names)), np.arange(0, len(training), 3))
    typical = training.rows(names, np.zeros(len(names)), training.typical)
    assert model.predict(typical).mean(axis=0) == pytest.approx(model.predict(rows).mean(axis=0), abs=0.05)


def test_a_training_song_is_nearest_to_itself(predictor: Predictor) -> None:
    model = predictor.loaded[1]
    training, names = TrainingSongs(model), feature_names(model)
    row = training.rows(names, np.zeros(len(names)), np.array([900]))[0]
    assert training.nearest(row)[0] == 900


@pytest.mark.thorough
def test_a_darker_song_loses_arousal_by_its_brightness(made: dict[str, Explanation]) -> None:
    assert share(made["dark"], "brightness", "arousal") < share(made["fast"], "brightness", "arousal") - 0.01
    assert made["dark"].features["centroid_mean"] < made["fast"].features["centroid_mean"] - 1


@pytest.mark.thorough
def test_a_slower_song_loses_arousal_by_its_onsets(made: dict[str, Explanation]) -> None:
    assert share(made["slow"], "onsets", "arousal") < share(made["fast"], "onsets", "arousal") - 0.005
    assert made["slow"].features["onset_rate"] < made["fast"].features["onset_rate"]
    for name, bpm in (("slow", 75), ("fast", 150)):
        features = made[name].features
        assert any(abs(features[f"BH_{peak}PeakBPM"] - bpm) <= 3 for peak in ("Low", "High"))


@pytest.mark.thorough
def test_classical_models_are_explained_without_the_embedding(tmp_path: Path) -> None:
    classical = Predictor([CLASSICAL])
    features = features_of(drums(100), tmp_path)
    explanation, prediction = explain(classical, features), classical.predict_song(features)
    assert set(explanation.groups) == set(GROUPS) - {"embedding"}
    assert explanation.neighbours == {}
    total = explanation.typical + explanation.contributions.sum(axis=0)
    assert total == pytest.approx(explanation.song, abs=1e-9)
    expected = [*prediction.probabilities, prediction.valence, prediction.arousal]
    assert explanation.song == pytest.approx(expected, abs=1e-6)
    assert np.abs(explanation.contributions).max(axis=1).min() > 1e-4


@pytest.mark.thorough
def test_models_of_different_kinds_are_explained_together(tmp_path: Path) -> None:
    features = features_of(drums(100), tmp_path)
    for name in ("moods", "affect"):
        mixed = Predictor([str(MODELS / f"{name}.model")])
        explanation, prediction = explain(mixed, features), mixed.predict_song(features)
        assert len(explanation.training) == 1650
        total = explanation.typical + explanation.contributions.sum(axis=0)
        assert total == pytest.approx([*prediction.probabilities, prediction.valence, prediction.arousal], abs=1e-6)


def test_a_model_without_kernels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor()
    model = replace(predictor.loaded[1], component=Linear(np.zeros((483, 10)), np.zeros(10)))
    of_segments = replace(predictor.loaded[1], features={"segments": 1})
    for refused in (model, of_segments):
        monkeypatch.setattr(Predictor, "loaded", (refused, refused))
        with pytest.raises(ModelError, match="predictions of this kind of model cannot be explained"):
            explain(predictor, {})

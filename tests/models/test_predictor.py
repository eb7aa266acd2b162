"""Predictions of songs from arrays of features."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from tagger.analysis.extraction import FEATURE_SETS
from tagger.library.records import FeatureBlob, feature_arrays
from tagger.models import format
from tagger.models.predictor import CLASSICAL, Predictor


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def song_features(predictor: Predictor, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = {"moods": 1, "affect": 6, "embedding": 5}
    return {name: random.normal(size=(rows[name], len(FEATURE_SETS[name].columns))) for name in predictor.versions}


def test_features_from_the_library_predict_the_same(predictor: Predictor) -> None:
    songs = {seed: song_features(predictor, seed) for seed in (3, 5)}
    blobs = {
        audio: {name: FeatureBlob.from_array(array, predictor.versions[name]) for name, array in features.items()}
        for audio, features in songs.items()
    }
    assert predictor.predict(feature_arrays(blobs)) == predictor.predict(songs)


def test_one_song_is_predicted_as_among_many(predictor: Predictor) -> None:
    songs = {seed: song_features(predictor, seed) for seed in range(4)}
    assert predictor.predict_song(songs[2]) == predictor.predict(songs)[2]


def test_windows_average_to_the_prediction_of_the_song(predictor: Predictor) -> None:
    songs = {seed: song_features(predictor, seed) for seed in (0, 1)}
    windows, predictions = predictor.predict_windows(songs), predictor.predict(songs)
    for audio, prediction in predictions.items():
        assert len(windows[audio]) == 6
        assert np.mean(windows[audio], axis=0) == pytest.approx([prediction.valence, prediction.arousal], abs=1e-6)


def test_no_songs_give_no_windows(predictor: Predictor) -> None:
    assert predictor.predict_windows({}) == {}


@pytest.fixture(scope="module")
def classical_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Copies of the bundled classical models, as files of the user."""
    folder = tmp_path_factory.mktemp("models")
    source = resources.files("tagger.bundled")
    for kind in ("moods", "affect"):
        (folder / f"{kind}.model").write_bytes((source / f"{kind}.model").read_bytes())
    return {kind: str(folder / f"{kind}.model") for kind in ("moods", "affect")}


def test_classical_stands_for_the_two_bundled_models_without_a_network(classical_files: dict[str, str]) -> None:
    classical, files = Predictor([CLASSICAL]), Predictor(list(classical_files.values()))
    assert classical.names == files.names == " ".join(format.read_card(kind)["name"] for kind in ("moods", "affect"))
    assert set(classical.versions) == {"moods", "affect"}
    features = song_features(classical, 1)
    assert classical.predict_song(features) == files.predict_song(features)


def test_a_model_of_the_user_replaces_what_it_predicts(predictor: Predictor, classical_files: dict[str, str]) -> None:
    joint, classical = format.read_card("emotion")["name"], Predictor([CLASSICAL])
    for kind in ("moods", "affect"):
        mixed = Predictor([classical_files[kind]])
        assert sorted(mixed.names.split()) == sorted([joint, format.read_card(kind)["name"]])
        features = song_features(predictor, 2)
        prediction = mixed.predict_song(features)
        expected_moods, expected_point = (classical, predictor) if kind == "moods" else (predictor, classical)
        assert prediction.probabilities == expected_moods.predict_song(features).probabilities
        assert prediction.valence == expected_point.predict_song(features).valence


def test_the_song_level_sets_are_joined_as_means(predictor: Predictor) -> None:
    features = song_features(predictor, 7)
    mean = {**features, "embedding": features["embedding"].mean(axis=0, keepdims=True)}
    assert predictor.predict_song(features).valence == pytest.approx(predictor.predict_song(mean).valence, abs=1e-5)

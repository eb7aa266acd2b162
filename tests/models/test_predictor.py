"""Predictions of songs from arrays of features."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.analysis.extraction import FEATURE_SETS
from tagger.library.records import FeatureBlob, feature_arrays
from tagger.models.predictor import Predictor


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def song_features(predictor: Predictor, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = {"moods": 1, "affect": 6}
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

"""The study's protocol is followed, and what leaks in it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import read_moods
from tagger.features import marsyas
from tagger.training.recipes import mood_study

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "emotions" / "emotions.arff"


def songs() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 5))
    return X, np.stack([X[:, 0] > 0.8, X[:, 1] > 0.3], axis=1).astype(int)


def test_the_study_trains_on_copies_of_its_test_songs_and_the_honest_way_does_not() -> None:
    data = mood_study.prepare(*songs())
    numbered = mood_study.Classes(np.arange(len(data.classes), dtype=float)[:, None], data.classes)
    for split, shared in ((mood_study.leaking_split, True), (mood_study.honest_split, False)):
        X, X_test, y, _ = split(numbered, 0)
        # Ranks undo the scaling: each song is its own number.
        train, test = np.unique(X).size, np.unique(X_test).size
        assert (train + test > len(data.classes)) == shared
        assert len(set(np.bincount(y))) == 1 or shared


def test_rare_classes_are_dropped() -> None:
    X, Y = songs()
    Y[:3] = [1, 1]
    counts = np.unique(Y @ [1, 2], return_counts=True)[1]
    assert mood_study.prepare(X, Y).classes.max() + 1 == (counts >= mood_study.MIN_SONGS).sum()


@pytest.mark.skipif(not DATA.exists(), reason="../shared is not here")
def test_a_forest_on_the_data_set_is_near_the_study_and_far_from_it_without_the_leak() -> None:
    data = read_moods(DATA, marsyas.COLUMNS)
    prepared = mood_study.prepare(data.features, data.labels)
    assert prepared.features.shape == (577, 53)
    assert prepared.classes.max() + 1 == 19
    leaking, honest = mood_study.evaluate(data, ["forest"], range(2)).models
    assert abs(leaking.figures["accuracy"]["mean"] - mood_study.STUDY_ACCURACY["forest"]) < 0.07
    assert 0.3 < honest.figures["accuracy"]["mean"] < 0.45
    assert leaking.leak and not honest.leak
    assert leaking.confusions["sets of labels"].counts.shape == (19, 19)

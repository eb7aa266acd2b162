"""The protocol of the study is reproduced, and its leakage is marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import read_mood_dataset
from tagger.features import marsyas
from tagger.training.estimators.meta_estimators import MIN_SONGS
from tagger.training.recipes import mood_study
from tagger.training.recipes.base import RunConfig

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "emotions" / "emotions.arff"


def songs() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 5))
    return X, np.stack([X[:, 0] > 0.8, X[:, 1] > 0.3], axis=1).astype(int)


def test_only_the_split_of_the_study_shares_songs() -> None:
    data = mood_study.prepare(*songs())
    numbered = mood_study.LabelSetDataset(np.arange(len(data.classes), dtype=float)[:, None], data.classes)
    for make_split, shared in ((mood_study.leaking_split, True), (mood_study.honest_split, False)):
        split = make_split(numbered, 0)
        # Each song has its own feature value, also after standardisation.
        train, test = np.unique(split.X_train).size, np.unique(split.X_test).size
        assert (train + test > len(data.classes)) == shared
        assert len(set(np.bincount(split.y_train))) == 1 or shared


def test_rare_classes_are_dropped() -> None:
    X, Y = songs()
    Y[:3] = [1, 1]
    counts = np.unique(Y @ [1, 2], return_counts=True)[1]
    assert mood_study.prepare(X, Y).classes.max() + 1 == (counts >= MIN_SONGS).sum()


@pytest.mark.skipif(not DATA.exists(), reason="../shared is missing")
def test_a_forest_reaches_the_accuracy_of_the_study_only_with_the_leak() -> None:
    data = read_mood_dataset(DATA, marsyas.COLUMNS)
    prepared = mood_study.prepare(data.features, data.labels)
    assert prepared.features.shape == (577, 53)
    assert prepared.classes.max() + 1 == 19
    leaking, honest = mood_study.evaluate(data, ["forest"], RunConfig(seeds=2)).models
    assert abs(leaking.figures["accuracy"]["mean"] - mood_study.STUDY_ACCURACY["forest"]) < 0.07
    assert 0.3 < honest.figures["accuracy"]["mean"] < 0.45
    assert leaking.leak and not honest.leak
    assert leaking.confusions["sets of labels"].counts.shape == (19, 19)

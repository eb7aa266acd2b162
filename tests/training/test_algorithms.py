"""The algorithms that can be chosen predict what their libraries would, and are saved as plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger import models
from tagger.emotions import MOODS
from tagger.training import protocols
from tagger.training.algorithms import (
    ALGORITHMS,
    DESCRIPTIONS,
    Balanced,
    Boosted,
    Chains,
    Logit,
    Uncorrelated,
    oversampled,
    uncorrelated,
)


def songs(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(count, 8))
    return X, (X[:, :6] + 0.3 * random.normal(size=(count, 6)) > 0.3).astype(int)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_learns_and_its_model_file_predicts_the_same(name: str, tmp_path: Path) -> None:
    if name == "xgboost":
        pytest.importorskip("xgboost", reason="needs the extra `train`")
    X, Y = songs()
    fitted = protocols.fit(ALGORITHMS[name](0), X, Y)
    content = {
        "kind": "moods",
        "features": "moods",
        "features_version": 1,
        "columns": 8,
        "labels": list(MOODS),
        "threshold": 0.5,
    }
    models.save(tmp_path / "a.model", {**content, "part": fitted.part_}, {})
    new, truth = songs(300)[0][120:], songs(300)[1][120:]
    predicted = models.load(tmp_path / "a.model").predict(new)
    np.testing.assert_allclose(predicted, np.clip(fitted.predict(new), 0, 1), atol=1e-12)
    assert ((predicted > 0.5) == truth).mean() > 0.75
    assert name in DESCRIPTIONS


def test_xgboosts_trees_as_arrays_predict_as_xgboost_does() -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs the extra `train`")
    X, Y = songs()
    X[:, 0] = X[:, 0].round(1)  # values that lie on the conditions themselves
    ours = Boosted(rounds=20, seed=3).fit(X, Y[:, :1]).predict(X)[:, 0]
    options = {"n_estimators": 20, "max_depth": 6, "learning_rate": 0.3, "random_state": 3, "n_jobs": 1}
    theirs = xgboost.XGBClassifier(**options).fit(X, Y[:, 0]).predict_proba(X)[:, 1]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_chain_uses_the_labels_before() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(400, 3))
    first = (X[:, 0] > 0).astype(int)
    # The second label is told by the first and one column, which no line through the columns can do.
    second = ((X[:, 1] > 0) & (first == 1)).astype(int)
    Y = np.stack([first, second], axis=1)
    predicted = Chains(Logit(10.0), count=6).fit(X, Y).predict(X)
    alone = Logit(10.0).fit(X, Y).predict(X)
    assert ((predicted > 0.5) == Y)[:, 1].mean() > ((alone > 0.5) == Y)[:, 1].mean() + 0.02


def test_oversampling_makes_all_classes_as_large_and_loses_no_song() -> None:
    classes = np.array([0] * 10 + [1] * 3 + [2])
    places = oversampled(classes, np.random.default_rng(0))
    assert np.bincount(classes[places]).tolist() == [10, 10, 10]
    assert set(places) == set(range(14))


def test_columns_like_an_earlier_one_are_dropped() -> None:
    random = np.random.default_rng(2)
    a, b = random.normal(size=(2, 200))
    X = np.stack([a, b, a + 0.1 * b, -b, np.ones(200)], axis=1)
    assert uncorrelated(X, 0.8).tolist() == [0, 1, 4]
    Y = (X[:, :1] > 0).astype(int)
    model = Uncorrelated(Balanced(Logit()), 0.8).fit(X, Y)
    other = X.copy()
    other[:, [2, 3]] = 99
    np.testing.assert_array_equal(model.predict(X), model.predict(other))

"""The algorithms that can be chosen predict what their libraries would, and are saved as plain arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.emotions import MOODS
from tagger.evaluation import cross_validation
from tagger.models import format
from tagger.training.estimators import cnn
from tagger.training.estimators.algorithms import (
    ALGORITHMS,
    ClassifierChains,
    CorrelationFilter,
    Logit,
    RandomOversampler,
    StandardizedEstimator,
    XGBoostTrees,
    oversample,
    uncorrelated_columns,
)
from tagger.training.estimators.meta_estimators import GridSearch, PowersetEstimator
from tagger.training.recipes.moods import MoodModelSpec, estimator


def songs(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(count, 72))
    X[:, :6] *= 3
    return X, (X[:, :6] + 0.3 * random.normal(size=(count, 6)) > 0.3).astype(int)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_learns_and_its_model_file_predicts_the_same(name: str, tmp_path: Path) -> None:
    for needed in {"xgboost": ["xgboost"], "cnn": ["torch", "skorch"]}.get(name, []):
        pytest.importorskip(needed, reason="needs the extra `train`")
    X, Y = songs()
    fitted = cross_validation.fit_reproducibly(ALGORITHMS[name].make(0), X, Y)
    content = {
        "kind": "moods",
        "features": {"moods": 1},
        "columns": 72,
        "labels": list(MOODS),
        "threshold": 0.5,
    }
    format.save(tmp_path / "a.model", {**content, "component": fitted.component_}, {})
    new, truth = songs(300)[0][120:], songs(300)[1][120:]
    predicted = format.load(tmp_path / "a.model").predict(new)
    np.testing.assert_allclose(predicted, np.clip(fitted.predict(new), 0, 1), atol=1e-12)
    if name == "cnn":  # of so few songs it learns no more than themselves
        predicted, truth = format.load(tmp_path / "a.model").predict(X), Y
    assert ((predicted > 0.5) == truth).mean() > 0.75


def test_xgboosts_trees_as_arrays_predict_as_xgboost_does() -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs the extra `train`")
    X, Y = songs()
    X[:, 0] = X[:, 0].round(1)  # values that lie on the conditions themselves
    ours = XGBoostTrees(rounds=20, seed=3).fit(X, Y[:, :1]).predict(X)[:, 0]
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
    predicted = ClassifierChains(Logit(10.0), count=6).fit(X, Y).predict(X)
    alone = Logit(10.0).fit(X, Y).predict(X)
    assert ((predicted > 0.5) == Y)[:, 1].mean() > ((alone > 0.5) == Y)[:, 1].mean() + 0.02


def test_oversampling_makes_all_classes_as_large_and_loses_no_song() -> None:
    classes = np.array([0] * 10 + [1] * 3 + [2])
    places = oversample(classes, np.random.default_rng(0))
    assert np.bincount(classes[places]).tolist() == [10, 10, 10]
    assert set(places) == set(range(14))


def test_columns_like_an_earlier_one_are_dropped() -> None:
    random = np.random.default_rng(2)
    a, b = random.normal(size=(2, 200))
    X = np.stack([a, b, a + 0.1 * b, -b, np.ones(200)], axis=1)
    assert uncorrelated_columns(X, 0.8).tolist() == [0, 1, 4]
    Y = (X[:, :1] > 0).astype(int)
    model = CorrelationFilter(RandomOversampler(Logit()), 0.8).fit(X, Y)
    other = X.copy()
    other[:, [2, 3]] = 99
    np.testing.assert_array_equal(model.predict(X), model.predict(other))


def test_the_network_as_arrays_tells_what_pytorch_does() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `train`")
    pytest.importorskip("skorch", reason="needs the extra `train`")
    X, Y = songs()
    module = cnn.train_network(X, Y.astype(np.float32), 6, 1, 3)
    with torch.no_grad():
        theirs = module(torch.from_numpy(X[:, None].astype(np.float32))).numpy()
    ours = cnn.as_component(module)
    assert ours.check(72) == 6
    np.testing.assert_allclose(ours.predict(X), theirs, atol=1e-5)
    with pytest.raises(ValueError, match="dense layer"):
        ours.check(80)


@pytest.mark.parametrize("name", [name for name, algorithm in ALGORITHMS.items() if algorithm.powerset])
def test_sets_of_labels_as_classes(name: str) -> None:
    for needed in {"xgboost": ["xgboost"], "cnn": ["torch", "skorch"]}.get(name, []):
        pytest.importorskip(needed, reason="needs the extra `train`")
    random = np.random.default_rng(0)
    sets = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 1]])
    classes = random.integers(0, 3, 90)
    X = random.normal(size=(90, 24)) + 2 * np.eye(3, 24)[classes]
    make = ALGORITHMS[name].powerset
    assert make is not None
    part = cross_validation.fit_reproducibly(PowersetEstimator(make(0)), X, sets[classes]).component_
    assert part.check(24) == 4
    predicted = part.predict(X)
    # The first and the last label never go together with the second.
    np.testing.assert_allclose(predicted[:, 1] + predicted[:, 3], 1, atol=1e-6)
    assert ((predicted > 0.5) == sets[classes]).mean() > 0.8


def test_a_search_takes_the_setting_that_ranks_best() -> None:
    X, Y = songs()
    search = GridSearch(StandardizedEstimator(Logit()), {"inner__C": (1e-6, 0.1)}).fit(X, Y)
    assert search.chosen_ == {"inner__C": 0.1}
    np.testing.assert_array_equal(search.predict(X), StandardizedEstimator(Logit(0.1)).fit(X, Y).predict(X))


@pytest.mark.parametrize("name", [name for name, algorithm in ALGORITHMS.items() if algorithm.grid])
def test_every_grid_fits_its_algorithm(name: str) -> None:
    for form in ("multilabel", "powerset") if ALGORITHMS[name].powerset else ("multilabel",):
        choice = MoodModelSpec(name, form=form, imbalance="oversample", drop_correlated=0.8, grid=True)
        inner = estimator(choice).inner
        inner.inner.set_params(**{key: values[0] for key, values in inner.grid.items()})

"""The algorithms learn, predict as their libraries do, and are saved as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tagger.datasets.correlation import uncorrelated_columns
from tagger.emotions import MOODS
from tagger.evaluation import cross_validation
from tagger.models import format
from tagger.models.components import Component, Linear, Sigmoid
from tagger.training.estimators import cnn
from tagger.training.estimators.algorithms import ALGORITHMS
from tagger.training.estimators.base import Estimator, StandardizedEstimator
from tagger.training.estimators.meta_estimators import (
    ClassifierChains,
    CorrelationFilter,
    GridSearch,
    PowersetEstimator,
    RandomOversampler,
    oversample,
)
from tagger.training.estimators.trees import XGBoostTrees
from tagger.training.recipes.moods import MoodModelSpec, make_estimator


class LogisticEstimator(Estimator):
    """Logistic regression, one model per label: fast, and unable to combine columns."""

    def __init__(self, C: float = 0.1):
        self.C = C

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        models = [LogisticRegression(C=self.C, max_iter=2000).fit(X, y) for y in Y.T]
        weights = np.hstack([model.coef_.T for model in models])
        return Sigmoid(Linear(weights, np.concatenate([model.intercept_ for model in models])))


def songs(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.normal(size=(count, 72))
    X[:, :6] *= 3
    return X, (X[:, :6] + 0.3 * random.normal(size=(count, 6)) > 0.3).astype(int)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_learns_and_its_model_file_predicts_the_same(name: str, tmp_path: Path) -> None:
    for package in {"xgboost": ["xgboost"], "cnn": ["torch", "skorch"]}.get(name, []):
        pytest.importorskip(package, reason="needs the extra `train`")
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
    if name == "cnn":  # from so few songs it does not generalise
        predicted, truth = format.load(tmp_path / "a.model").predict(X), Y
    assert ((predicted > 0.5) == truth).mean() > 0.75


def test_converted_trees_predict_as_xgboost_does() -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs the extra `train`")
    X, Y = songs()
    X[:, 0] = X[:, 0].round(1)  # values equal to split conditions
    ours = XGBoostTrees(rounds=20, seed=3).fit(X, Y[:, :1]).predict(X)[:, 0]
    options = {"n_estimators": 20, "max_depth": 6, "learning_rate": 0.3, "random_state": 3, "n_jobs": 1}
    theirs = xgboost.XGBClassifier(**options).fit(X, Y[:, 0]).predict_proba(X)[:, 1]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_chain_uses_earlier_labels() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(400, 3))
    first = (X[:, 0] > 0).astype(int)
    # The second label depends on the first label and a column, but not linearly on the columns.
    second = ((X[:, 1] > 0) & (first == 1)).astype(int)
    Y = np.stack([first, second], axis=1)
    predicted = ClassifierChains(LogisticEstimator(10.0), count=6).fit(X, Y).predict(X)
    independent = LogisticEstimator(10.0).fit(X, Y).predict(X)
    assert ((predicted > 0.5) == Y)[:, 1].mean() > ((independent > 0.5) == Y)[:, 1].mean() + 0.02


def test_oversampling_balances_the_classes_and_keeps_all_songs() -> None:
    classes = np.array([0] * 10 + [1] * 3 + [2])
    rows = oversample(classes, np.random.default_rng(0))
    assert np.bincount(classes[rows]).tolist() == [10, 10, 10]
    assert set(rows) == set(range(14))


def test_correlated_columns_are_dropped() -> None:
    random = np.random.default_rng(2)
    a, b = random.normal(size=(2, 200))
    X = np.stack([a, b, a + 0.1 * b, -b, np.ones(200)], axis=1)
    assert uncorrelated_columns(X, 0.8).tolist() == [0, 1, 4]
    Y = (X[:, :1] > 0).astype(int)
    model = CorrelationFilter(RandomOversampler(LogisticEstimator()), 0.8).fit(X, Y)
    other = X.copy()
    other[:, [2, 3]] = 99
    np.testing.assert_array_equal(model.predict(X), model.predict(other))


def test_a_converted_network_predicts_as_pytorch_does() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `train`")
    pytest.importorskip("skorch", reason="needs the extra `train`")
    X, Y = songs()
    module = cnn.train_network(X, Y.astype(np.float32), 6, 1, 3)
    with torch.no_grad():
        theirs = module(torch.from_numpy(X[:, None].astype(np.float32))).numpy()
    ours = cnn.to_component(module)
    assert ours.check(72) == 6
    np.testing.assert_allclose(ours.predict(X), theirs, atol=1e-5)
    with pytest.raises(ValueError, match="dense layer"):
        ours.check(80)


@pytest.mark.parametrize("name", [name for name, algorithm in ALGORITHMS.items() if algorithm.powerset])
def test_label_sets_as_classes(name: str) -> None:
    for package in {"xgboost": ["xgboost"], "cnn": ["torch", "skorch"]}.get(name, []):
        pytest.importorskip(package, reason="needs the extra `train`")
    random = np.random.default_rng(0)
    sets = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 1]])
    classes = random.integers(0, 3, 90)
    X = random.normal(size=(90, 24)) + 2 * np.eye(3, 24)[classes]
    make = ALGORITHMS[name].powerset
    assert make is not None
    component = cross_validation.fit_reproducibly(PowersetEstimator(make(0)), X, sets[classes]).component_
    assert component.check(24) == 4
    predicted = component.predict(X)
    # The second label excludes the first and the fourth, and each song has one or the other.
    np.testing.assert_allclose(predicted[:, 1] + predicted[:, 3], 1, atol=1e-6)
    assert ((predicted > 0.5) == sets[classes]).mean() > 0.8


def test_a_grid_search_chooses_the_setting_with_the_lowest_ranking_loss() -> None:
    X, Y = songs()
    search = GridSearch(StandardizedEstimator(LogisticEstimator()), {"inner__C": (1e-6, 0.1)}).fit(X, Y)
    assert search.chosen_ == {"inner__C": 0.1}
    np.testing.assert_array_equal(search.predict(X), StandardizedEstimator(LogisticEstimator(0.1)).fit(X, Y).predict(X))


@pytest.mark.parametrize("name", [name for name, algorithm in ALGORITHMS.items() if algorithm.grid])
def test_every_grid_has_parameters_of_its_algorithm(name: str) -> None:
    for form in ("multilabel", "powerset") if ALGORITHMS[name].powerset else ("multilabel",):
        spec = MoodModelSpec(name, form=form, imbalance="oversample", drop_correlated=0.8, grid=True)
        search = make_estimator(spec).inner
        assert isinstance(search, GridSearch)
        search.inner.set_params(**{key: values[0] for key, values in search.grid.items()})

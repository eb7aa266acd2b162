"""Trees of other libraries are converted to components that predict the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from tagger.models.components import Sigmoid
from tagger.training.estimators.trees import ForestEstimator, convert_booster, round_down_float32

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "xgboost-3.2.json"


class StoredBooster:
    """A booster that XGBoost 3.2 trained and saved, for machines without XGBoost."""

    def __init__(self, learner: dict[str, Any]) -> None:
        self.learner = learner

    def save_raw(self, raw_format: str) -> bytearray:
        assert raw_format == "json"
        return bytearray(json.dumps(self.learner).encode())


@pytest.mark.parametrize("base_score", ["[{}]", "{}"])  # XGBoost 3 and 2
def test_a_converted_booster_predicts_as_xgboost_did(base_score: str) -> None:
    fixture = json.loads(FIXTURE.read_text("utf-8"))
    parameters = fixture["booster"]["learner"]["learner_model_param"]
    parameters["base_score"] = base_score.format(parameters["base_score"].strip("[]"))
    component = Sigmoid(convert_booster(StoredBooster(fixture["booster"])))
    assert component.check(3) == 1
    # Many values are equal to the condition of a split.
    predicted = component.predict(np.array(fixture["songs"]))
    np.testing.assert_allclose(predicted[:, 0], fixture["probabilities"], atol=1e-6)


@pytest.mark.parametrize("bagged", [False, True])
def test_a_forest_predicts_as_that_of_scikit_learn(bagged: bool) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 5)).round(1)
    Y = (X[:, :3] > 0.3).astype(int)
    Y[:, 2] = 0  # no song has the label
    component = ForestEstimator(20, 2, seed=3, bagged=bagged).fit(X, Y).component_
    kind = RandomForestClassifier if bagged else ExtraTreesClassifier
    theirs = kind(20, min_samples_leaf=2, random_state=3).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(component.predict(X)[:, :2], np.stack([p[:, 1] for p in theirs[:2]], axis=1), atol=1e-6)
    assert (component.predict(X)[:, 2] == 0).all()


def test_a_rounded_threshold_compares_as_the_threshold() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    near = values.astype(np.float32)
    for step in (np.float32(-np.inf), np.float32(np.inf)):
        neighbours = np.nextafter(near, step)
        for song in (near, neighbours):
            np.testing.assert_array_equal(song <= round_down_float32(values), song.astype(float) <= values)

"""Models of a user's own moods are checked before use, and are used in addition to the bundled ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagger.emotions import MOODS, OwnMood
from tagger.errors import ModelError
from tagger.features import VERSIONS
from tagger.models import OwnMoodsModel, bundled, format
from tagger.models.components import Linear, ListenerCorrection, Sigmoid
from tagger.models.predictor import Predictor
from tests.synthetic_library import bundled_component

SETS = ("affect", "moods", "embedding")
COLUMNS = 483


def save(path: Path, **content: Any) -> Path:
    """Write a model of two labels, of which the first is more probable the higher the first column is."""
    weights = np.zeros((COLUMNS, 2))
    weights[0, 0] = 1
    values = {
        "kind": "own",
        "features": {name: VERSIONS[name] for name in SETS},
        "columns": COLUMNS,
        "labels": ["Gym", "Late"],
        "thresholds": [0.5, 0.6],
        "component": Sigmoid(Linear(weights, np.zeros(2))),
    }
    format.save(path, {**values, **content}, {})
    return path


def song(first: float) -> dict[str, np.ndarray]:
    affect = np.zeros((3, 211))
    affect[:, 0] = [first - 1, first, first + 1]
    return {"affect": affect, "moods": np.zeros((1, 72)), "embedding": np.zeros((4, 200))}


def test_own_moods_are_predicted_from_the_means_of_a_song(tmp_path: Path) -> None:
    file = save(tmp_path / "own.model")
    model = format.load(file)
    assert isinstance(model, OwnMoodsModel) and model.labels == ("Gym", "Late")
    predictor, plain = Predictor([str(file)]), Predictor()
    assert predictor.names == f"{plain.names} {model.name}"
    assert predictor.own_labels == ("Gym", "Late") and plain.own_labels is None
    predictions = predictor.predict({1: song(2.0), 2: song(-2.0)})
    gym, late = predictions[1].own or ()
    assert (gym.name, gym.threshold) == ("Gym", 0.5)
    assert gym.probability == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
    assert late == OwnMood("Late", 0.5, 0.6)
    assert predictions[1].emotion().own_moods == ("Gym",)
    assert predictions[2].emotion().own_moods == ()
    for audio, features in ((1, song(2.0)), (2, song(-2.0))):
        assert predictions[audio]._replace(own=None) == plain.predict_song(features)


@pytest.mark.parametrize(
    "content",
    [
        {"labels": ["Gym"]},
        {"labels": ["Gym", "gym"]},
        {"labels": ["Gym", ""]},
        {"labels": ["Gym", "a, b"]},
        {"labels": ["Gym", "a; b"]},
        {"labels": ["Gym", "a\nb"]},
        {"labels": ["Gym", 7]},
        {"labels": ["Gym", "x" * 101]},
        {"labels": [f"l{i}" for i in range(51)], "component": Linear(np.zeros((COLUMNS, 51)), np.zeros(51))},
        {"thresholds": [0.5]},
        {"thresholds": [0.5, 1.5]},
        {"thresholds": [0.5, float("nan")]},
        {"component": Linear(np.zeros((COLUMNS, 3)), np.zeros(3))},
    ],
)
def test_a_model_whose_labels_cannot_be_written_is_refused(content: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        format.load(save(tmp_path / "own.model", **content))


def test_a_listener_changes_valence_and_arousal_alone(tmp_path: Path) -> None:
    original = bundled("emotion")
    weights, offset = np.array([[0.2, 0.0], [-0.1, 0.0]]), np.array([0.1, 0.0])
    content = {
        "kind": "emotion",
        "features": original.features,
        "columns": COLUMNS,
        "labels": list(MOODS),
        "threshold": 0.35,
        "component": ListenerCorrection(bundled_component(), 6, weights, offset),
    }
    format.save(tmp_path / "listener.model", content, {})
    before, after = Predictor(), Predictor([str(tmp_path / "listener.model")])
    first, second = before.predict_song(song(1.0)), after.predict_song(song(1.0))
    assert second.valence == pytest.approx(1.2 * first.valence - 0.1 * first.arousal + 0.1, abs=1e-6)
    assert second._replace(valence=first.valence) == first


@pytest.mark.parametrize(
    ("start", "weights", "offset"), [(9, (2, 2), 2), (-1, (2, 2), 2), (6, (3, 2), 2), (6, (2, 2), 3)]
)
def test_a_correction_of_the_wrong_shape_is_refused(start: int, weights: tuple[int, int], offset: int) -> None:
    correction = ListenerCorrection(bundled_component(), start, np.zeros(weights), np.zeros(offset))
    with pytest.raises(ValueError, match=r"out of range|wrong shape"):
        correction.check(COLUMNS)

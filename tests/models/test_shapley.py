"""Shapley values of groups of features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tagger.models.components import AdditiveRbfKernel, AffectOutput, Concatenate, EmotionOutput
from tagger.models.components.base import Component
from tagger.models.model import AffectModel, EmotionModel, Model
from tagger.models.shapley import _composed_values, coalition_values, shapley_values

COLUMNS = 9
GROUPS = [np.array([0, 1, 5]), np.array([2, 3]), np.array([4, 6, 7])]
"""Column 8 is in no group."""


def kernel(outputs: int, seed: int) -> AdditiveRbfKernel:
    random = np.random.default_rng(seed)
    columns = np.array([0, 1, 2, 3, 4, 8, 2, 5, 6])  # two kernels, which share a column
    return AdditiveRbfKernel(
        columns,
        np.array([5, 9]),
        random.normal(size=len(columns)),
        random.uniform(0.5, 2, len(columns)),
        4.0,
        np.array([4.0, 2.0]),
        random.uniform(size=(2, outputs)),
        random.normal(size=(12, len(columns))).astype(np.float16),
        random.normal(size=(12, outputs)).astype(np.float32),
        random.normal(size=outputs),
    )


def joint_model() -> EmotionModel:
    random = np.random.default_rng(1)
    scores = Concatenate((kernel(3, 2), kernel(4, 3)))
    component = EmotionOutput(
        scores,
        *(random.normal(size=5), random.uniform(0.5, 2, 5)),
        *(4.0, 2),
        *(0.2 * random.normal(size=(10, 2)), random.normal(size=2)),
        *(random.normal(size=(10, 6)), random.normal(size=6)),
        np.ones(2),
    )
    assert component.check(COLUMNS) == 10
    return EmotionModel("made", "emotion", {"affect": 2}, COLUMNS, component, 0.3)


MODEL = joint_model()
AFFECT = replace(MODEL, component=AffectOutput(kernel(5, 4), np.zeros(2), 0.5, 0.5, 0.1, np.ones(2)))
RANDOM = np.random.default_rng(7)
ROWS, REFERENCES = RANDOM.normal(size=(2, COLUMNS)), RANDOM.normal(size=(5, COLUMNS))


class TwoProducts(Component):
    """The first output is column 0 times column 2, the second is column 4."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.column_stack([X[:, 0] * X[:, 2], X[:, 4]])

    def check(self, columns: int) -> int:
        return 2


def test_the_values_of_a_game_are_shared_as_shapley_defines_them() -> None:
    # Players 0 and 1 are worth 6 together and nothing alone; player 2 is worth 1 with anyone.
    values = np.array([[0.0], [0], [0], [6], [1], [1], [1], [7]])
    assert shapley_values(values).ravel().tolist() == pytest.approx([3, 3, 1])


def test_the_shares_add_up_to_the_whole() -> None:
    values = RANDOM.normal(size=(1 << 6, 4))
    assert shapley_values(values).sum(axis=0) == pytest.approx(values[-1] - values[0])


@pytest.mark.parametrize("model", [MODEL, AFFECT], ids=["joint", "affect"])
def test_the_values_of_coalitions_are_predictions_for_composed_songs(model: Model) -> None:
    owners = np.full(COLUMNS, -1)
    for i, columns in enumerate(GROUPS):
        owners[columns] = i
    expected = _composed_values(model, ROWS, REFERENCES, owners, len(GROUPS))
    values = coalition_values(model, ROWS, REFERENCES, GROUPS)
    assert values == pytest.approx(expected, abs=1e-12)
    assert values[-1] == pytest.approx(model.predict(ROWS).mean(axis=0), abs=1e-12)
    assert np.abs(values[1:] - values[0]).max(axis=1).min() > 1e-3


def test_the_value_of_no_group_is_the_prediction_for_the_references() -> None:
    references = REFERENCES.copy()
    references[:, 8] = ROWS[0, 8]  # in no group, so it keeps the value of the song
    values = coalition_values(MODEL, ROWS[:1], REFERENCES, GROUPS)
    assert values[0] == pytest.approx(MODEL.predict(references).mean(axis=0), abs=1e-12)


def test_any_other_component_is_explained_too() -> None:
    model = AffectModel("made", "affect", {"affect": 2}, COLUMNS, TwoProducts())
    values = coalition_values(model, np.full((1, COLUMNS), 0.5), np.zeros((1, COLUMNS)), GROUPS)
    shares = shapley_values(values)
    assert shares[:, 0] == pytest.approx([0.125, 0.125, 0])
    assert shares[:, 1] == pytest.approx([0, 0, 0.5])


def test_a_group_with_the_values_of_the_reference_has_no_share() -> None:
    row = REFERENCES[:1].copy()
    row[0, GROUPS[1]] += 1
    shares = shapley_values(coalition_values(MODEL, row, REFERENCES[:1], GROUPS))
    assert np.abs(shares[[0, 2]]).max() < 1e-12
    assert shares[1] == pytest.approx(MODEL.predict(row)[0] - MODEL.predict(REFERENCES[:1])[0], abs=1e-12)

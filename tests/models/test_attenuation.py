"""Attenuated directions count less, all others as before, and what was attenuated can be restored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.models.components import AttenuateDirections, Linear, attenuate

ATTENUATE = AttenuateDirections(
    np.array([0, 2]),
    np.array([1.0, 2.0]),
    np.array([2.0, 4.0]),
    4.0,
    np.array([[0.6, 0.8]], np.float32),
    np.array([0.75]),
    Linear(np.eye(2), np.zeros(2)),
)


def test_a_direction_keeps_what_is_not_lost_and_those_at_right_angles_stay() -> None:
    directions, losses = np.array([[0.6, 0.8]]), np.array([0.75])
    np.testing.assert_allclose(attenuate(np.array([[6.0, 8.0]]), directions, losses), [[1.5, 2.0]])
    np.testing.assert_allclose(attenuate(np.array([[8.0, -6.0]]), directions, losses), [[8.0, -6.0]])


def test_columns_are_selected_standardised_and_attenuated() -> None:
    X = np.array([[1 + 2 * 0.6, 99.0, 2 + 4 * 0.8]])
    np.testing.assert_allclose(ATTENUATE.predict(X), [[0.15, 0.2]], rtol=1e-6)


def test_the_columns_can_be_restored() -> None:
    X = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(ATTENUATE.restore(ATTENUATE.standardize(X)), X[:, [0, 2]], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("columns", np.array([0, 3])),
        ("scale", np.ones(3)),
        ("directions", np.ones((1, 3))),
        ("losses", np.array([0.5, 0.5])),
        ("losses", np.array([1.0])),
        ("losses", np.array([-0.1])),
    ],
)
def test_arrays_that_do_not_fit_are_refused(field: str, value: np.ndarray) -> None:
    assert ATTENUATE.check(3) == 2
    with pytest.raises((ModelError, ValueError)):
        replace(ATTENUATE, **{field: value}).check(3)  # type: ignore[arg-type]

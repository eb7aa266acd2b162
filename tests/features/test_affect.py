"""The window's features are finite for any signal, and the same at any gain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.features import affect
from tests.sounds import music


@given(
    st.integers(0, 2**32 - 1),
    st.floats(-12, 37),
    st.sampled_from(["silence", "noise", "tone", "impulse", "constant", "burst"]),
)
@settings(max_examples=30, deadline=None)
def test_features_are_finite_for_any_signal(seed: int, exponent: float, kind: str) -> None:
    random = np.random.default_rng(seed)
    y = np.zeros(affect.SAMPLES)
    at = random.integers(0, affect.SAMPLES - 3000)
    match kind:
        case "noise":
            y = random.normal(size=affect.SAMPLES)
        case "tone":
            y = np.sin(np.arange(affect.SAMPLES) * random.uniform(0.001, 3))
        case "impulse":
            y[at] = 1
        case "constant":
            y += 1
        case "burst":
            y[at : at + 3000] = random.normal(size=3000)
    values = affect.extract((10.0**exponent * y).astype(np.float32))
    assert values.shape == (len(affect.COLUMNS),)
    assert np.isfinite(values).all()


def test_gain_moves_nothing_but_the_loudness() -> None:
    y = music(10, rate=22050).mean(axis=0).astype(np.float32)
    loud, soft = affect.extract(y), affect.extract(y / 10)
    at = affect.COLUMNS.index("loudness")
    assert loud[at] - soft[at] == pytest.approx(20, abs=0.1)
    np.testing.assert_allclose(np.delete(loud, at), np.delete(soft, at), rtol=1e-3, atol=1e-3)


def test_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="220500"):
        affect.extract(np.zeros(100))

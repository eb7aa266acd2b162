"""Valence and arousal from likeness to rated songs: coupling and evidence are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.emotions import MOODS
from tagger.evaluation.metrics import deviation_metrics
from tagger.models.components import rbf_kernel
from tagger.training.estimators.multi_kernel import AffectEstimator, FeatureGroup, MultiKernelRidge, pleasantness


def songs(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Songs with what tells arousal, what tells valence beyond it, and what the moods see."""
    X = np.random.default_rng(0).normal(size=(count, 3))
    return X, np.column_stack([0.3 * X[:, 0] + 0.15 * X[:, 1], 0.5 * X[:, 0]])


def fitted(coupling: float, trust: float) -> AffectEstimator:
    exact = (("valence", 0.01), ("arousal", 0.01), ("evidence", 0.01))
    compared = MultiKernelRidge((FeatureGroup("window", (0, 1), 1, 1), FeatureGroup("song", (2,), 0, 0, 1)), 8.0, exact)
    model = AffectEstimator(compared, 2, coupling, trust)  # the moods say what is in the third column
    model.fit(*songs())
    return model


@pytest.mark.parametrize("coupling", [0.0, 0.5, 1.0])
def test_coupling_is_the_share_of_arousal_in_valence(coupling: float) -> None:
    X, _ = songs()
    valence = fitted(coupling, 0.0).predict(X)[:, 0]
    share = np.linalg.lstsq(X, valence - valence.mean(), rcond=None)[0]
    np.testing.assert_allclose(share, [0.3 * coupling, 0.15, 0], atol=0.03)


def test_trust_is_what_the_moods_add_to_valence() -> None:
    X, _ = songs()
    without, given = (fitted(0.5, trust).predict(X) for trust in (0.0, 0.2))
    added = given[:, 0] - without[:, 0]
    np.testing.assert_array_equal(given[:, 1], without[:, 1])
    assert np.corrcoef(added, X[:, 2])[0, 1] > 0.95
    # The rest of valence, that arousal does not explain, has the spread of the second column's share.
    assert added.std() == pytest.approx(0.2 * 0.15, rel=0.15)


def test_a_family_without_weight_does_not_matter() -> None:
    X, Y = songs()
    compared = (FeatureGroup("window", (0, 1), 1, 1, 1), FeatureGroup("loudness", (2,), 0, 0, 0))
    model = MultiKernelRidge(compared).fit(X, np.column_stack([Y, Y[:, 0]]))
    other = X.copy()
    other[:, 2] = 9
    np.testing.assert_array_equal(model.predict(X), model.predict(other))


def test_the_errors_tell_how_sure_a_prediction_is() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(600, 3))
    sd = np.where(X[:, :1] > 0, [0.3, 0.1], [0.1, 0.3])  # valence is unsure where arousal is sure
    Y = np.column_stack([0.2 * X[:, 1], 0.4 * X[:, 1]]) + sd * random.normal(size=(600, 2))
    compared = MultiKernelRidge((FeatureGroup("window", (0, 1), 1, 1, 1),))
    model = AffectEstimator(compared, 2, 0.5, 0.0, doubts=True)
    point, told = np.split(model.fit(X[:400], Y[:400]).predict(X[400:]), 2, axis=1)
    plain = AffectEstimator(compared, 2, 0.5, 0.0).fit(X[:400], Y[:400])
    np.testing.assert_allclose(plain.predict(X[400:]), point, atol=1e-9)
    unsure = X[400:, 0] > 0.3
    sure = X[400:, 0] < -0.3
    assert told[unsure, 0].mean() > 1.6 * told[sure, 0].mean()
    assert told[sure, 1].mean() > 1.6 * told[unsure, 1].mean()
    for i in range(2):
        met = deviation_metrics(np.abs(Y[400:, i] - point[:, i]), told[:, i])
        assert met["within"] == pytest.approx(0.68, abs=0.1)
        assert met["within_two"] == pytest.approx(0.95, abs=0.04)
        assert met["rank"] > 0.3
        assert met["found_5"] > 1.5 * met["found_1"]


def test_a_song_is_like_itself_and_less_like_one_further_away() -> None:
    near = rbf_kernel(np.zeros((1, 4)), np.array([[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2]]), 4.0)
    np.testing.assert_allclose(near, [[1, np.exp(-1 / 4), np.exp(-1)]])


def test_pleasant_moods_speak_for_pleasantness() -> None:
    probabilities = np.full((3, len(MOODS)), 0.3)
    probabilities[0, MOODS.index("happy-pleased")] = 0.9
    probabilities[2, MOODS.index("angry-aggressive")] = 0.9
    said = pleasantness(probabilities)
    assert said[0] > said[1] > said[2]
    assert said[1] == pytest.approx(0)

"""The estimator of valence and arousal: arousal share, evidence, groups and standard deviations."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.emotions import MOODS
from tagger.evaluation.metrics import deviation_metrics
from tagger.models.components import rbf_kernel
from tagger.training.estimators.multi_kernel import (
    AffectEstimator,
    FeatureGroup,
    MultiKernelRidge,
    RidgeOutput,
    pleasantness,
)


def songs(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Features for arousal, residual valence and evidence, and the valence and arousal of the songs."""
    X = np.random.default_rng(0).normal(size=(count, 3))
    return X, np.column_stack([0.3 * X[:, 0] + 0.15 * X[:, 1], 0.5 * X[:, 0]])


def fit_estimator(arousal_share: float, evidence_weight: float) -> AffectEstimator:
    outputs = tuple(RidgeOutput(weight, 0.01) for weight in ("valence", "arousal", "evidence"))
    groups = (FeatureGroup("window", (0, 1), 1, 1), FeatureGroup("song", (2,), 0, 0, 1))
    estimator = AffectEstimator(MultiKernelRidge(groups, 8.0, outputs), 2, arousal_share, evidence_weight)
    estimator.fit(*songs())
    return estimator


@pytest.mark.parametrize("arousal_share", [0.0, 0.5, 1.0])
def test_arousal_share_scales_the_regression_on_arousal(arousal_share: float) -> None:
    X, _ = songs()
    valence = fit_estimator(arousal_share, 0.0).predict(X)[:, 0]
    slopes = np.linalg.lstsq(X, valence - valence.mean(), rcond=None)[0]
    np.testing.assert_allclose(slopes, [0.3 * arousal_share, 0.15, 0], atol=0.03)


def test_evidence_weight_scales_the_evidence_in_valence() -> None:
    X, _ = songs()
    without, with_evidence = (fit_estimator(0.5, weight).predict(X) for weight in (0.0, 0.2))
    added = with_evidence[:, 0] - without[:, 0]
    np.testing.assert_array_equal(with_evidence[:, 1], without[:, 1])
    assert np.corrcoef(added, X[:, 2])[0, 1] > 0.95
    # The residual valence is 0.15 times the second column, whose standard deviation is 1.
    assert added.std() == pytest.approx(0.2 * 0.15, rel=0.15)


def test_a_group_without_weight_has_no_effect() -> None:
    X, Y = songs()
    groups = (FeatureGroup("window", (0, 1), 1, 1, 1), FeatureGroup("loudness", (2,), 0, 0, 0))
    model = MultiKernelRidge(groups).fit(X, np.column_stack([Y, Y[:, 0]]))
    other = X.copy()
    other[:, 2] = 9
    np.testing.assert_array_equal(model.predict(X), model.predict(other))


def test_standard_deviations_match_the_errors() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(600, 3))
    sd = np.where(X[:, :1] > 0, [0.3, 0.1], [0.1, 0.3])  # valence is noisy where arousal is not, and vice versa
    Y = np.column_stack([0.2 * X[:, 1], 0.4 * X[:, 1]]) + sd * random.normal(size=(600, 2))
    regressor = MultiKernelRidge((FeatureGroup("window", (0, 1), 1, 1, 1),))
    model = AffectEstimator(regressor, 2, 0.5, 0.0, deviations=True)
    point, deviation = np.split(model.fit(X[:400], Y[:400]).predict(X[400:]), 2, axis=1)
    plain = AffectEstimator(regressor, 2, 0.5, 0.0).fit(X[:400], Y[:400])
    np.testing.assert_allclose(plain.predict(X[400:]), point, atol=1e-9)
    noisy = X[400:, 0] > 0.3
    clean = X[400:, 0] < -0.3
    assert deviation[noisy, 0].mean() > 1.6 * deviation[clean, 0].mean()
    assert deviation[clean, 1].mean() > 1.6 * deviation[noisy, 1].mean()
    for i in range(2):
        figures = deviation_metrics(np.abs(Y[400:, i] - point[:, i]), deviation[:, i])
        assert figures["within"] == pytest.approx(0.68, abs=0.1)
        assert figures["within_two"] == pytest.approx(0.95, abs=0.04)
        assert figures["rank"] > 0.3
        assert figures["found_5"] > 1.5 * figures["found_1"]


def test_the_kernel_falls_with_the_distance() -> None:
    kernel = rbf_kernel(np.zeros((1, 4)), np.array([[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2]]), 4.0)
    np.testing.assert_allclose(kernel, [[1, np.exp(-1 / 4), np.exp(-1)]])


def test_pleasant_moods_are_positive_evidence() -> None:
    probabilities = np.full((3, len(MOODS)), 0.3)
    probabilities[0, MOODS.index("happy-pleased")] = 0.9
    probabilities[2, MOODS.index("angry-aggressive")] = 0.9
    evidence = pleasantness(probabilities)
    assert evidence[0] > evidence[1] > evidence[2]
    assert evidence[1] == pytest.approx(0)

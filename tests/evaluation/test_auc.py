"""The area under the ROC curve equals its definition, and its standard error the spread over samples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagger.evaluation.auc import auc


def test_it_is_the_share_of_pairs_in_the_right_order() -> None:
    random = np.random.default_rng(0)
    labels, scores = random.integers(0, 2, 60), random.integers(0, 9, 60).astype(float)  # with ties
    assert auc(labels, scores).value == pytest.approx(roc_auc_score(labels, scores))
    assert auc(np.array([0, 0, 1, 1]), np.array([1.0, 2, 3, 4])) == (1, 0)
    assert auc(np.array([0, 0, 1, 1]), np.ones(4)).value == 0.5


def test_the_standard_error_is_the_spread_over_samples() -> None:
    random = np.random.default_rng(1)
    labels = np.arange(80) < 25
    found = [auc(labels, random.normal(size=80) + labels) for _ in range(400)]
    assert np.mean([value.se for value in found]) == pytest.approx(np.std([value.value for value in found]), rel=0.1)

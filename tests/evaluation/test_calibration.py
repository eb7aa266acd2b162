"""Reliability tables and calibration errors of known cases."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.evaluation.calibration import ReliabilityBin, expected_calibration_error, reliability


def test_a_bin_has_the_mean_probability_and_the_share_of_true_labels() -> None:
    probabilities = np.array([0.1, 0.3, 0.6, 0.8, 0.9])
    labels = np.array([0, 1, 1, 1, 0])
    low, high = reliability(probabilities, labels, bins=2)
    assert [low.predicted, low.observed] == pytest.approx([0.2, 0.5])
    assert [high.predicted, high.observed] == pytest.approx([2.3 / 3, 2 / 3])
    assert (low.count, high.count) == (2, 3)


def test_a_probability_on_a_border_is_in_the_upper_bin_and_one_in_the_last() -> None:
    table = reliability(np.array([0.0, 0.5, 1.0]), np.array([0, 1, 1]), bins=2)
    assert table == (ReliabilityBin(0.0, 0.0, 1), ReliabilityBin(0.75, 1.0, 2))


def test_empty_bins_are_left_out() -> None:
    table = reliability(np.array([0.05, 0.95]), np.array([0, 1]))
    assert [bin_.count for bin_ in table] == [1, 1]


def test_several_labels_are_pooled() -> None:
    probabilities = np.array([[0.1, 0.9], [0.1, 0.9]])
    assert reliability(probabilities, np.array([[0, 1], [1, 1]])) == (
        ReliabilityBin(0.1, 0.5, 2),
        ReliabilityBin(0.9, 1.0, 2),
    )


def test_the_calibration_error_is_weighted_by_the_number_of_predictions() -> None:
    probabilities = np.array([0.25, 0.25, 0.25, 0.75])
    # 0.25 is right for one of three songs with p = 0.25 (error 1/3 - 1/4); the song with p = 0.75 has the label.
    error = expected_calibration_error(probabilities, np.array([1, 0, 0, 1]), bins=2)
    assert error == pytest.approx(0.75 * (1 / 3 - 1 / 4) + 0.25 * 0.25)


def test_calibrated_probabilities_have_a_small_error_and_overconfident_ones_a_large_one() -> None:
    random = np.random.default_rng(0)
    probabilities = random.uniform(size=20_000)
    labels = random.uniform(size=20_000) < probabilities
    assert expected_calibration_error(probabilities, labels) < 0.02
    overconfident = np.where(probabilities > 0.5, 1.0, 0.0)
    assert expected_calibration_error(overconfident, labels) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("probabilities", "labels", "reason"),
    [([0.5, 1.1], [0, 1], "not between"), ([0.5, np.nan], [0, 1], "not between"), ([0.5], [0, 1], "labels")],
)
def test_values_that_are_no_probabilities_are_refused(
    probabilities: list[float], labels: list[int], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        reliability(np.array(probabilities), np.array(labels))


def test_no_predictions_have_no_calibration_error() -> None:
    with pytest.raises(ValueError, match="no predictions"):
        expected_calibration_error(np.empty(0), np.empty(0))

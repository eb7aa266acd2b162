"""The correction for a listener follows consistent ratings, and stays away from noise and from few ratings."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.training.estimators.listener import MIN_RATINGS, PRIOR_SD, fit_listener


def points(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.6, 0.6, (count, 2))


def test_a_consistent_offset_is_followed_but_shrunken() -> None:
    predicted = points(40)
    fit = fit_listener(predicted, predicted + np.array([0.3, 0.0]), 0)
    assert fit.is_better and fit.corrected_error < 0.5 * fit.error
    assert 0.15 < fit.weights[0] < 0.3
    more = fit_listener(points(400), points(400) + np.array([0.3, 0.0]), 0)
    assert more.weights[0] == pytest.approx(0.3, abs=0.02)


def test_few_ratings_change_nothing() -> None:
    predicted = points(MIN_RATINGS - 1)
    fit = fit_listener(predicted, predicted + 0.5, 1)
    assert not fit.is_better and not fit.weights.any() and fit.ratings == MIN_RATINGS - 1


def test_songs_without_a_rating_of_the_output_do_not_count() -> None:
    predicted = points(30)
    ratings = predicted + 0.3
    ratings[10:, 0] = np.nan
    assert fit_listener(predicted, ratings, 0).ratings == 10
    assert fit_listener(predicted, ratings, 1).ratings == 30


def test_noise_is_rarely_followed_and_then_hardly() -> None:
    random = np.random.default_rng(1)
    fits = [fit_listener(points(20, i), points(20, i) + random.normal(size=(20, 2)) * 0.4, 0) for i in range(200)]
    assert np.mean([fit.is_better for fit in fits]) < 0.25
    assert max(np.abs(fit.weights[0]) for fit in fits) < 3 * PRIOR_SD


def test_a_song_left_out_is_predicted_by_the_others() -> None:
    predicted, random = points(15), np.random.default_rng(2)
    ratings = predicted * 1.5 + 0.3 + random.normal(size=predicted.shape) * 0.1
    whole = fit_listener(predicted, ratings, 0)
    squares = []
    for i in range(15):
        others = np.arange(15) != i
        weights = fit_listener(predicted[others], ratings[others], 0).weights
        squares.append((ratings[i, 0] - predicted[i, 0] - weights @ [1, *predicted[i]]) ** 2)
    assert whole.corrected_error == pytest.approx(np.sqrt(np.mean(squares)), rel=0.05)

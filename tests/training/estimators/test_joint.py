"""The joint model learns from songs with different kinds of labels, and holds out artists when it combines them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagger.emotions import MOODS
from tagger.errors import ModelError
from tagger.features import VERSIONS
from tagger.models import EmotionModel, format
from tagger.training.estimators import joint
from tagger.training.estimators.joint import JointEstimator, cross_val_predict
from tagger.training.estimators.joint_data import (
    JointSettings,
    JointSongs,
    KernelGroup,
    MoodSongs,
    SharedData,
    without_groups,
)

COLUMNS = 8
RATED = 90
GROUPS = (KernelGroup("first", (0, 1, 2, 3), 1.0), KernelGroup("second", (4, 5, 6, 7), 0.5))
SETTINGS = JointSettings(GROUPS, (GROUPS[1],), word_components=2)
WORDS = {(1, 1): "happy", (-1, 1): "angry", (-1, -1): "sad", (1, -1): "calm"}


def made_up_songs(count: int = 160, seed: int = 0) -> JointSongs:
    """Songs whose first two features are valence and arousal: the first have ratings, the others quadrants."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, COLUMNS))
    rated = np.arange(count) < RATED
    points = np.clip(features[:, :2] / 3 + 0.05 * random.normal(size=(count, 2)), -1, 1)
    signs = np.where(points >= 0, 1.0, -1.0)
    words = [
        frozenset[str]() if r else frozenset({WORDS[int(v), int(a)]}) for r, (v, a) in zip(rated, signs, strict=True)
    ]
    groups = np.array([f"artist {i // 2}" for i in range(count)])
    unknown = np.full((count, 2), np.nan)
    return JointSongs(
        features,
        groups,
        np.where(rated[:, None], points, unknown),
        np.where(rated[:, None], unknown, signs),
        tuple(words),
    )


def shared_data() -> SharedData:
    random = np.random.default_rng(1)
    features = random.normal(size=(40, COLUMNS))
    features[:, :4] = 0
    mood_songs = MoodSongs(features, (features[:, 4:5] + np.zeros(len(MOODS)) > 0).astype(np.float64))
    differences = 0.01 * random.normal(size=(20, COLUMNS))
    return SharedData(mood_songs, differences)


@pytest.fixture(scope="module")
def fitted() -> JointEstimator:
    return JointEstimator(SETTINGS, shared_data()).fit(made_up_songs())


def test_songs_of_unknown_artists_are_predicted() -> None:
    songs = made_up_songs()
    predicted = cross_val_predict(SETTINGS, shared_data(), songs, seed=0)
    valence, arousal = predicted[:, len(MOODS) : len(MOODS) + 2].T
    assert roc_auc_score(songs.features[:, 0] > 0, valence) > 0.9
    assert roc_auc_score(songs.features[:, 1] > 0, arousal) > 0.9
    angry = songs.mood_labels[RATED:, MOODS.index("angry-aggressive")]
    assert roc_auc_score(angry, predicted[RATED:, MOODS.index("angry-aggressive")]) > 0.85


def test_moods_and_plane_agree(fitted: JointEstimator) -> None:
    points = np.array([[2.0, 2.0], [-2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]])
    predicted = fitted.predict(np.hstack([points, np.zeros((4, COLUMNS - 2))]))
    assert (np.sign(predicted[:, 6:8]) == np.sign(points)).all()
    expected = ["happy-pleased", "angry-aggressive", "sad-lonely", "relaxing-calm"]
    assert [MOODS[i] for i in predicted[:, :6].argmax(axis=1)] == expected


def test_scores_of_a_held_out_group_are_those_of_a_fit_without_it() -> None:
    random = np.random.default_rng(2)
    vectors = random.normal(size=(12, 3))
    matrix = np.exp(-np.square(vectors[:, None] - vectors).sum(axis=2))
    targets = random.normal(size=(12, 2))
    mask = np.arange(12) < 10
    groups = np.array([f"{i // 3}" for i in range(12)])
    scores = joint._fit_scores(matrix, targets, mask, groups, ridge=0.3)
    centred = targets[mask] - scores.intercept
    for group in np.unique(groups[mask]):
        test, rest = mask & (groups == group), mask & (groups != group)
        weights = np.linalg.solve(matrix[np.ix_(rest, rest)] + 0.3 * np.eye(rest.sum()), centred[rest[mask]])
        expected = matrix[np.ix_(test, rest)] @ weights + scores.intercept
        np.testing.assert_allclose(scores.held_out[test], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(scores.held_out[~mask], matrix[~mask] @ scores.coefficients + scores.intercept)


def test_the_file_predicts_what_was_trained(fitted: JointEstimator, tmp_path: Path) -> None:
    content = {"kind": "emotion", "features": {"moods": VERSIONS["moods"]}, "columns": COLUMNS, "labels": list(MOODS)}
    path = tmp_path / "emotion.model"
    format.save(path, {**content, "threshold": 0.3, "component": fitted.component_}, {"terms": "none"})
    model = format.load(path)
    assert isinstance(model, EmotionModel)
    X = made_up_songs(20, seed=3).features
    predicted = model.predict(X)
    np.testing.assert_array_equal(predicted[:, model.moods], fitted.predict(X)[:, :6])
    np.testing.assert_array_equal(predicted[:, model.points], np.clip(fitted.predict(X)[:, 6:], -1, 1))
    assert (predicted[:, 8:] > 0).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gate", 99),
        ("scale", np.ones(3)),
        ("point_weights", np.ones((2, 2))),
        ("point_intercept", np.ones(3)),
        ("mood_weights", np.ones((5, 6))),
        ("uncertainty_scale", np.ones(1)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(fitted: JointEstimator, tmp_path: Path, field: str, value: object) -> None:
    component = replace(fitted.component_, **{field: value})  # type: ignore[arg-type]
    content = {"kind": "emotion", "features": {"moods": 1}, "columns": COLUMNS, "labels": list(MOODS), "threshold": 0.3}
    format.save(tmp_path / "emotion.model", {**content, "component": component}, {"terms": "none"})
    with pytest.raises(ModelError, match=r"emotion\.model"):
        format.load(tmp_path / "emotion.model")


def test_training_twice_gives_the_same_arrays(fitted: JointEstimator) -> None:
    again = JointEstimator(SETTINGS, shared_data()).fit(made_up_songs())
    X = made_up_songs(5, seed=4).features
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


def test_without_quadrants_the_moods_are_those_of_the_songs_with_labels() -> None:
    songs = made_up_songs()
    estimator = JointEstimator(SETTINGS, shared_data()).fit(songs.select(songs.is_rated))
    predicted = estimator.predict(songs.features)
    assert roc_auc_score(songs.features[:, 4] > 0, predicted[:, 0]) > 0.9
    assert roc_auc_score(songs.features[:, 1] > 0, predicted[:, 7]) > 0.9


def test_a_smaller_share_of_arousal_makes_valence_depend_less_on_it() -> None:
    songs = made_up_songs()
    entangled = songs.ratings.copy()
    entangled[:, 0] += 0.6 * entangled[:, 1]
    songs = replace(songs, ratings=entangled)
    only_rated = songs.select(songs.is_rated)

    def correlation(share: float) -> float:
        settings = replace(SETTINGS, arousal_share=share)
        predicted = JointEstimator(settings, shared_data()).fit(only_rated).predict(songs.features)
        return float(np.corrcoef(predicted[:, 6], predicted[:, 7])[0, 1])

    assert correlation(0.0) < correlation(0.5) < correlation(1.0)


def test_groups_of_features_can_be_left_out() -> None:
    assert [group.name for group in without_groups(SETTINGS, "second").groups] == ["first"]


def test_a_direction_in_which_encodings_differ_counts_less() -> None:
    songs, shared = made_up_songs(), shared_data()
    noisy = shared.encoding_differences.copy()
    noisy[:, :2] = np.outer(np.linspace(-1, 1, len(noisy)), [1.0, -1.0])

    def effect(differences: np.ndarray, direction: list[float]) -> float:
        estimator = JointEstimator(SETTINGS, shared._replace(encoding_differences=differences)).fit(songs)
        moved = songs.features.copy()
        moved[:, :2] += direction
        return float(np.abs(estimator.predict(moved) - estimator.predict(songs.features))[:, 6:8].mean())

    assert effect(noisy, [0.3, -0.3]) < 0.3 * effect(shared.encoding_differences, [0.3, -0.3])
    assert effect(noisy, [0.3, 0.3]) > 0.5 * effect(shared.encoding_differences, [0.3, 0.3])


def test_without_attenuation_differences_do_not_matter() -> None:
    songs, shared = made_up_songs(), shared_data()
    settings = replace(SETTINGS, attenuation=0.0)
    none = shared._replace(encoding_differences=np.empty((0, COLUMNS)))
    first, second = (JointEstimator(settings, each).fit(songs).predict(songs.features) for each in (shared, none))
    np.testing.assert_array_equal(first, second)

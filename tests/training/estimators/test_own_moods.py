"""A few songs are enough to learn a mood that can be heard, and cross-validation tells it from one that cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tagger.models.components import Component, Concatenate
from tagger.training.estimators import own_moods
from tagger.training.estimators.own_moods import OwnMoodsFit, assign_folds, fit_own_moods
from tests.synthetic_library import bundled_component, song_features

COUNT = 60


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """One label that the features show, and one that they do not."""
    return np.random.default_rng(3).integers(0, 2, (COUNT, 2))


@pytest.fixture(scope="module")
def fit(labels: np.ndarray) -> OwnMoodsFit:
    return fit_own_moods(song_features(COUNT, labels[:, 0]), labels, np.arange(COUNT) // 2, bundled_component())


def test_a_label_that_features_show_is_learnt_and_another_is_not(fit: OwnMoodsFit, labels: np.ndarray) -> None:
    learnt, chance = fit.aucs
    assert learnt.value - 2 * learnt.se > 0.5 >= chance.value - 2 * chance.se
    loud = np.random.default_rng(4).integers(0, 2, 40)
    predicted = fit.component.predict(song_features(40, loud, seed=5))
    assert predicted[loud == 1, 0].mean() > predicted[loud == 0, 0].mean() + 0.4
    assert ((predicted > 0) & (predicted < 1)).all()


def test_as_many_songs_get_a_label_as_have_it(fit: OwnMoodsFit, labels: np.ndarray) -> None:
    assert (fit.held_out[:, 0] >= fit.thresholds[0]).sum() == labels[:, 0].sum()


def test_the_probabilities_are_those_of_songs_left_out(labels: np.ndarray) -> None:
    # Each song occurs twice, with one artist: a fold that split the pairs would recognise them.
    noise = song_features(COUNT // 2, np.zeros(COUNT // 2), seed=6).repeat(2, axis=0)
    pairs = labels[: COUNT // 2].repeat(2, axis=0)
    artists = np.arange(COUNT) // 2
    apart = fit_own_moods(noise, pairs, np.arange(COUNT), bundled_component())
    together = fit_own_moods(noise, pairs, artists, bundled_component())
    assert min(auc.value for auc in apart.aucs) > 0.8
    assert max(auc.value for auc in together.aucs) < 0.75


def test_folds_keep_groups_together_and_share_out_the_labels() -> None:
    random = np.random.default_rng(7)
    groups, labels = random.integers(0, 40, 200), (random.random((200, 3)) < 0.2).astype(int)
    folds = assign_folds(labels, groups, random)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    counts = np.array([labels[folds == fold].sum(axis=0) for fold in range(own_moods.FOLDS)])
    assert (counts > 0).mean() > 0.9


def test_a_selection_of_labels_predicts_the_same(fit: OwnMoodsFit) -> None:
    rows = song_features(5, np.ones(5), seed=8)
    assert fit.select([1]).component.predict(rows) == pytest.approx(fit.component.predict(rows)[:, [1]])
    assert fit.select([1]).aucs == fit.aucs[1:]


def test_with_more_songs_than_centres_the_model_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    loud = np.random.default_rng(9).integers(0, 2, (80, 1))
    loud[:, 0][np.flatnonzero(loud[:, 0])[12:]] = 0  # a rare label
    features = song_features(80, loud[:, 0], seed=10)
    every = fit_own_moods(features, loud, np.arange(80), bundled_component())
    monkeypatch.setattr(own_moods, "MAX_CENTRES", 24)
    some = fit_own_moods(features, loud, np.arange(80), bundled_component())
    assert len(some.kernels[0].vectors) == 24 < len(every.kernels[0].vectors) == 80
    assert some.aucs[0].value > every.aucs[0].value - 0.1


@dataclass(frozen=True)
class Doubled(Component):
    """A component that transforms the features before it applies the kernel."""

    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(2 * X)

    def check(self, columns: int) -> int:
        return self.component.check(columns)


def test_the_joint_model_may_transform_the_features_of_its_kernel(fit: OwnMoodsFit, labels: np.ndarray) -> None:
    plain = bundled_component()
    first, kernel = plain.scores.components  # type: ignore[attr-defined]
    halved = Doubled(replace(kernel, mean=2 * kernel.mean, scale=2 * kernel.scale))
    wrapped = replace(plain, scores=Concatenate((first, halved)))
    features = song_features(COUNT, labels[:, 0])
    other = fit_own_moods(features, labels, np.arange(COUNT) // 2, wrapped)
    assert other.component.check(features.shape[1]) == 2
    assert other.component.predict(features) == pytest.approx(fit.component.predict(features), abs=1e-6)


def test_equal_songs_give_equal_bytes(labels: np.ndarray) -> None:
    arguments = (song_features(COUNT, labels[:, 0]), labels, np.arange(COUNT), bundled_component())
    first, second = (fit_own_moods(*arguments).kernels[0] for _ in range(2))
    assert first.coefficients.tobytes() == second.coefficients.tobytes()

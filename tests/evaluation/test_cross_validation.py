"""No song is predicted by a model that has seen it."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator

from tagger.evaluation.cross_validation import cross_val_predict, summarise
from tagger.evaluation.metrics import affect_metrics, multilabel_metrics


class Memory(BaseEstimator):
    """Recalls what it was taught: 1 for a row it has seen, 0 for any other."""

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Memory:
        self.seen_ = set(X[:, 0])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.array([[float(x in self.seen_)] for x in X[:, 0]])


def test_out_of_fold_predictions_are_of_songs_never_seen() -> None:
    X = np.arange(57.0)[:, None]
    assert not cross_val_predict(Memory(), X, np.zeros((57, 1)), seed=3).any()


def test_songs_of_a_group_are_predicted_without_any_of_it() -> None:
    groups = np.repeat(np.arange(19), 3)
    X = groups[:, None].astype(float)  # who has seen any song of a group has seen them all
    assert not cross_val_predict(Memory(), X, np.zeros((57, 1)), 0, groups).any()
    assert cross_val_predict(Memory(), X, np.zeros((57, 1)), 0).any()


def test_figures_are_mean_and_standard_error_over_seeds() -> None:
    assert summarise([{"m": 1.0}, {"m": 2.0}, {"m": 3.0}]) == {"m": {"mean": 2.0, "se": 1 / np.sqrt(3)}}


def test_a_perfect_ranking_is_perfect_in_every_figure() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0]])
    figures = multilabel_metrics(truth, truth * 0.9 + 0.05, threshold=0.5)
    assert figures["hamming"] == figures["ranking_loss"] == 0
    assert {figures[m] for m in ("micro_f1", "macro_f1", "subset_accuracy", "lrap", "macro_auc")} == {1}


def test_the_most_probable_label_is_always_given() -> None:
    truth = np.array([[1, 0], [0, 1]])
    assert multilabel_metrics(truth, truth * 0.1 + 0.05, threshold=0.5)["subset_accuracy"] == 1


def test_valence_that_only_repeats_arousal_has_no_partial_correlation() -> None:
    random = np.random.default_rng(0)
    arousal, own = random.normal(size=(2, 500))
    truth = np.column_stack([0.6 * arousal + own, arousal])
    parrot = np.column_stack([0.6 * arousal + 1e-3 * random.normal(size=500), arousal])
    assert abs(affect_metrics(truth, parrot)["valence_partial"]) < 0.15
    assert affect_metrics(truth, truth)["valence_partial"] > 0.99

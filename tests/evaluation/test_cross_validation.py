"""Cross-validation predicts no song with a model that was fitted to it; metrics of known cases."""

from __future__ import annotations

import numpy as np

from tagger.evaluation.cross_validation import aggregate_runs, cross_val_predict
from tagger.evaluation.metrics import affect_metrics, multilabel_metrics, select_labels


class Memory:
    """Predicts 1 for rows of the training set and 0 for others."""

    def get_params(self, deep: bool = True) -> dict[str, object]:
        return {}

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Memory:
        self.seen_ = set(X[:, 0])
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.array([[float(x in self.seen_)] for x in X[:, 0]])


def test_no_song_is_in_its_own_training_set() -> None:
    X = np.arange(57.0)[:, None]
    assert not cross_val_predict(Memory(), X, np.zeros((57, 1)), seed=3).any()


def test_groups_are_held_out_together() -> None:
    groups = np.repeat(np.arange(19), 3)
    X = groups[:, None].astype(float)  # all songs of a group are equal
    assert not cross_val_predict(Memory(), X, np.zeros((57, 1)), 0, groups).any()
    assert cross_val_predict(Memory(), X, np.zeros((57, 1)), 0).any()


def test_figures_are_mean_and_standard_error() -> None:
    assert aggregate_runs([{"m": 1.0}, {"m": 2.0}, {"m": 3.0}]) == {"m": {"mean": 2.0, "se": 1 / np.sqrt(3)}}


def test_a_perfect_ranking_has_perfect_metrics() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0]])
    figures = multilabel_metrics(truth, truth * 0.9 + 0.05, threshold=0.5)
    assert figures["hamming"] == figures["ranking_loss"] == 0
    assert {figures[m] for m in ("micro_f1", "macro_f1", "subset_accuracy", "lrap", "macro_auc")} == {1}


def test_labels_of_many_songs_are_selected_as_those_of_one() -> None:
    probabilities = np.array([[0.4, 0.7, 0.3], [0.1, 0.2, 0.2], [0.4, 0.0, 0.0]])
    assert select_labels(probabilities, 0.4).tolist() == [
        [True, True, False],
        [False, True, False],
        [True, False, False],
    ]


def test_the_most_probable_label_is_always_selected() -> None:
    truth = np.array([[1, 0], [0, 1]])
    assert multilabel_metrics(truth, truth * 0.1 + 0.05, threshold=0.5)["subset_accuracy"] == 1


def test_valence_predicted_from_arousal_has_no_partial_correlation() -> None:
    random = np.random.default_rng(0)
    arousal, residual = random.normal(size=(2, 500))
    truth = np.column_stack([0.6 * arousal + residual, arousal])
    arousal_only = np.column_stack([0.6 * arousal + 1e-3 * random.normal(size=500), arousal])
    assert abs(affect_metrics(truth, arousal_only)["valence_partial"]) < 0.15
    assert affect_metrics(truth, truth)["valence_partial"] > 0.99

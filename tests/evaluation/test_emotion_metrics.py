"""Metrics of quadrants, mood words and contradictions, of known cases."""

from __future__ import annotations

import numpy as np
import pytest

from tagger.emotions import MOODS, QUADRANTS
from tagger.evaluation.emotion_metrics import (
    CONTRADICTORY,
    Contradiction,
    contradiction_table,
    contradictions,
    quadrant_metrics,
    word_metrics,
)

QUADRANTS_OF_SONGS = np.array(["Q1", "Q1", "Q2", "Q2", "Q3", "Q3", "Q4", "Q4"])
CENTRES = np.array([(1, 1), (1, 1), (-1, 1), (-1, 1), (-1, -1), (-1, -1), (1, -1), (1, -1)]) / 2


def test_a_perfect_prediction_of_the_quadrants() -> None:
    figures = quadrant_metrics(CENTRES, QUADRANTS_OF_SONGS)
    assert figures == dict.fromkeys(figures, 1.0)
    assert list(figures) == ["auc_valence", "auc_valence_quiet", "auc_valence_loud", "auc_arousal", "quadrants_right"]


def test_valence_is_measured_apart_among_quiet_and_loud_songs() -> None:
    points = CENTRES.copy()
    points[4:, 0] *= -1  # the valence of Q3 and Q4 is the wrong way round
    figures = quadrant_metrics(points, QUADRANTS_OF_SONGS)
    assert figures["auc_valence"] == 0.5
    assert figures["auc_valence_loud"] == 1
    assert figures["auc_valence_quiet"] == 0
    assert figures["auc_arousal"] == 1
    assert figures["quadrants_right"] == 0.5


def test_zero_counts_as_positive_like_in_the_names_of_quadrants() -> None:
    figures = quadrant_metrics(np.zeros((8, 2)), QUADRANTS_OF_SONGS)
    assert figures["quadrants_right"] == 0.25
    assert figures["auc_valence"] == 0.5


def test_an_area_of_one_class_is_not_a_number() -> None:
    loud = QUADRANTS_OF_SONGS[:4]
    figures = quadrant_metrics(CENTRES[:4], loud)
    assert figures["auc_valence"] == figures["auc_valence_loud"] == 1
    assert np.isnan([figures["auc_valence_quiet"], figures["auc_arousal"]]).all()


def test_the_words_are_measured_by_mood_and_averaged() -> None:
    labels = np.array([[1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]])
    scores = labels.astype(float)
    scores[:, 2] = 0.5  # no knowledge of this mood
    scores[:, 5] = 1 - scores[:, 5]  # the wrong way round
    figures = word_metrics(scores, labels)
    assert figures["auc_relaxing_calm"] == 0.5
    assert figures["auc_angry_aggressive"] == 0
    assert figures["auc_sad_lonely"] == 1
    assert figures["auc_moods"] == pytest.approx(4.5 / 6)
    assert len(figures) == len(MOODS) + 1


def test_a_mood_without_songs_does_not_count_in_the_mean() -> None:
    labels = np.array([[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    figures = word_metrics(labels.astype(float), labels)
    assert figures["auc_moods"] == 1
    assert np.isnan(figures["auc_sad_lonely"])
    assert np.isnan(word_metrics(np.zeros((2, 6)), np.zeros((2, 6)))["auc_moods"])


def moods(*names: str) -> list[bool]:
    return [mood in names for mood in MOODS]


def test_contradictions_are_counted_by_kind() -> None:
    points = np.array([(0.5, 0.5), (0.5, 0.5), (-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0, 0)])
    assigned = np.array(
        [
            moods("angry-aggressive", "happy-pleased"),
            moods("happy-pleased"),
            moods("sad-lonely", "happy-pleased"),
            moods("angry-aggressive"),  # no contradiction in the quadrant "tense"
            moods("quiet-still"),
            moods("angry-aggressive"),  # (0, 0) is in the quadrant "happy"
        ]
    )
    found = contradictions(points, assigned)
    assert found.kinds == (
        Contradiction("happy", "angry-aggressive", 2, 3),
        Contradiction("calm", "angry-aggressive", 0, 1),
        Contradiction("sad", "happy-pleased", 1, 1),
        Contradiction("tense", "relaxing-calm", 0, 1),
    )
    assert found.share == 0.5


def test_each_quadrant_has_one_contradictory_mood() -> None:
    assert CONTRADICTORY.keys() == set(QUADRANTS.values())
    assert set(CONTRADICTORY.values()) <= set(MOODS)


def test_contradictions_of_no_songs_are_refused() -> None:
    with pytest.raises(ValueError, match="no songs"):
        contradictions(np.empty((0, 2)), np.empty((0, 6)))


def test_the_table_of_contradictions_has_a_row_per_kind_and_a_total_of_each_model() -> None:
    found = contradictions(np.array([(0.5, 0.5), (0.5, 0.5)]), np.array([moods("angry-aggressive"), moods()]))
    table = contradiction_table({"old": found, "new": found})
    assert len(table.rows) == 10
    assert table.rows[0] == ("old", "happy", "angry-aggressive", 1, 2, 0.5)
    assert table.rows[1] == ("old", "calm", "angry-aggressive", 0, 0, 0.0)
    assert table.rows[4] == ("old", "all", "all", 1, 2, 0.5)
    assert {len(row) for row in table.rows} == {len(table.columns)}

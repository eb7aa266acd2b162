"""Selection of moods, and names of quadrants."""

from __future__ import annotations

import pytest

from tagger.emotions import MOODS, OwnMood, Prediction, quadrant, select_moods


def test_select_moods_at_threshold_and_always_one() -> None:
    assert select_moods([0.1, 0.6, 0.9, 0.2, 0.0, 0.1], 0.5) == (MOODS[2], MOODS[1])
    assert select_moods([0.1, 0.2, 0.15, 0.0, 0.0, 0.1], 0.5) == (MOODS[1],)
    assert select_moods([0.5, 0.0, 0.0, 0.0, 0.0, 0.0], 0.5) == (MOODS[0],)
    assert select_moods([0.2] * 6, 0.5) == (MOODS[0],)
    with pytest.raises(ValueError, match="5 probabilities for 6 moods"):
        select_moods([0.5] * 5, 0.5)


@pytest.mark.parametrize(
    ("valence", "arousal", "name"),
    [(0, 0, "happy"), (-0.1, 0, "tense"), (-0.1, -0.1, "sad"), (0, -0.1, "calm")],
)
def test_quadrants(valence: float, arousal: float, name: str) -> None:
    assert quadrant(valence, arousal) == name


def test_own_moods_are_those_from_their_own_thresholds() -> None:
    own = (OwnMood("Gym", 0.3, 0.2), OwnMood("Late", 0.4, 0.5), OwnMood("Sad-Lonely", 0.6, 0.6))
    emotion = Prediction(0.1, 0.2, 0.5, (0, 0, 0, 0, 0.9, 0.6), own=own).emotion()
    assert emotion.moods == ("sad-lonely", "angry-aggressive")
    assert emotion.own_moods == ("Sad-Lonely", "Gym")
    assert emotion.written_moods() == ("Sad-Lonely", "Gym")
    assert emotion.written_moods("beside") == ("Sad-Lonely", "Gym", "angry-aggressive")


def test_a_song_need_not_have_own_moods() -> None:
    emotion = Prediction(0.1, 0.2, 0.5, (0, 0, 0, 0, 0.9, 0), own=(OwnMood("Gym", 0.1, 0.2),)).emotion()
    assert emotion.written_moods() == ()
    without = Prediction(0.1, 0.2, 0.5, (0, 0, 0, 0, 0.9, 0)).emotion()
    assert without.own is None
    assert without.written_moods() == without.written_moods("beside") == ("sad-lonely",)

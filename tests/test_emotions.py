"""Selection of moods, and names of quadrants."""

from __future__ import annotations

import pytest

from tagger.emotions import (
    MOODS,
    QUADRANTS,
    OwnMood,
    Prediction,
    UnknownWord,
    find_mood,
    find_quadrant,
    quadrant,
    select_moods,
)


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


@pytest.mark.parametrize("mood", MOODS)
def test_a_mood_is_found_by_each_of_its_words_and_their_beginnings(mood: str) -> None:
    first, second = mood.split("-")
    for text in (
        mood,
        mood.upper(),
        mood.replace("-", "_"),
        mood.replace("-", " "),
        first,
        second,
        first[:3],
        f"{mood[:-2]}",
    ):
        assert find_mood(text) == mood, text


@pytest.mark.parametrize("name", QUADRANTS.values())
def test_a_quadrant_is_found_by_its_name_and_its_beginning(name: str) -> None:
    assert find_quadrant(name.title()) == find_quadrant(name[:1]) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("jazz", "'jazz' is not a mood; choose from amazed-surprised, happy-pleased, "),
        ("", "'' is not a mood; choose from"),
        ("-", "'-' is not a mood; choose from"),
        ("a", "'a' is ambiguous: amazed-surprised or angry-aggressive"),
        ("s", "'s' is ambiguous: amazed-surprised or quiet-still or sad-lonely"),
    ],
)
def test_other_words_are_refused_with_the_choices(text: str, reason: str) -> None:
    with pytest.raises(UnknownWord) as error:
        find_mood(text)
    assert str(error.value).startswith(reason)


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

"""The card of a song with the user's own moods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tagger.emotions import Emotion, OwnMood
from tagger.library.songs import Song
from tagger.report.text.song_card import SongCard, card_json, card_lines, summary
from tagger.tags import TagState
from tagger.tags.basic_tags import BasicTags

OWN = (OwnMood("Gym", 0.75, 0.5), OwnMood("Late", 0.1, 0.5))
EMOTION = Emotion(0.25, 0.5, ("happy-pleased",), (0.1, 0.9, 0.3, 0.4, 0.0, 0.0), own=OWN)
SONG = Song("/a.flac", 1, 60.0, EMOTION, "emotion-1 own-2")


def card(moods: tuple[str, ...], ours: str) -> SongCard:
    tags = TagState("FLAC", moods, 0.25, 0.5, f"emotag 1 emotion-1 own-2; {ours}")
    return SongCard("/a.flac", BasicTags(), tags, "", SONG)


@pytest.mark.parametrize(
    ("moods", "ours", "differences"),
    [
        (("Gym",), "Gym", ()),
        (("gym",), "", ()),  # the user's own tag
        (("Gym", "happy-pleased"), "Gym, happy-pleased", ()),
        (("happy-pleased",), "happy-pleased", ("moods",)),
        (("Late",), "Late", ("moods",)),
        ((), "", ("moods",)),
    ],
)
def test_tags_are_compared_with_own_moods(moods: tuple[str, ...], ours: str, differences: tuple[str, ...]) -> None:
    assert card(moods, ours).differences == differences


def test_own_moods_are_shown_with_their_probabilities() -> None:
    lines = card_lines(card(("Gym",), "Gym"), "a.flac")
    assert [line.split()[0] for line in lines if line.endswith((" 0.75 *", " 0.10"))][-2:] == ["Gym", "Late"]
    values = card_json(card(("Gym",), "Gym"))["library"]
    assert values["own_moods"] == ["Gym"] and values["own_probabilities"] == {"Gym": 0.75, "Late": 0.1}
    assert summary([SONG, SONG], 0, 0)["own_moods"] == {"Gym": 2}


@pytest.mark.parametrize("moods", [("Gym",), ("Gym", "Fun")])
def test_own_moods_and_own_words_are_compared_together(moods: tuple[str, ...]) -> None:
    words = {"happy-pleased": ("Fun",)}
    assert replace(card(moods, ", ".join(moods)), words=words).differences == ()
    old = (*moods[:1], "happy-pleased")
    assert replace(card(old, ", ".join(old)), words=words).differences == ("moods",)

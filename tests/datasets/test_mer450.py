"""mer450 is read with quadrants, words and artists; errors are one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets import mer450
from tagger.emotions import MOODS
from tagger.errors import DataError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "mer450"
HEAD = "song_id,artist_id,quadrant,moods,genres\n"
ROWS = (
    "a,1,Q1,Cheerful; Calm/Peaceful,Pop/Rock; Jazz\n"
    "b,2,Q2,Harsh,Metal\n"
    "c,1,Q3,Gloomy; Soft/Quiet,\n"
    "d,3,Q4,Spicy;  Laid-Back/Mellow ;,Folk\n"
    "e,3,Q4,Spicy,Folk\n"
)


def write_dataset(folder: Path, text: str = HEAD + ROWS, audio: str = "abcde") -> Path:
    """Write annotations and empty audio files."""
    folder = folder / "songs"
    (folder / "audio").mkdir(parents=True)
    for name in audio:
        (folder / "audio" / f"{name}.ogg").touch()
    (folder / "labels.csv").write_text(text)
    return folder


def test_each_song_has_quadrant_words_artist_and_genres(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path)
    data = mer450.read(folder)
    assert data.paths == tuple(str(folder / "audio" / f"{name}.ogg") for name in "abcde")
    assert data.quadrants.tolist() == ["Q1", "Q2", "Q3", "Q4", "Q4"]
    assert data.words[0] == {"cheerful", "calm", "peaceful"}
    assert data.words[3] == {"spicy", "laid-back", "mellow"}
    assert data.artists.tolist() == ["1", "2", "1", "3", "3"]
    assert data.genres[0] == ("Pop/Rock", "Jazz")
    assert data.genres[2] == ()
    assert data.source == "songs"
    assert len(data.sha256) == 64
    assert data.notes == ("5 songs of 3 artists", "songs without a word that stands for one of the 6 moods: 1")


def test_signs_of_valence_and_arousal_follow_from_the_quadrant(tmp_path: Path) -> None:
    data = mer450.read(write_dataset(tmp_path))
    assert data.valence_signs.tolist() == [1, -1, -1, 1, 1]
    assert data.arousal_signs.tolist() == [1, 1, -1, -1, -1]


def test_a_song_has_the_moods_that_its_words_stand_for(tmp_path: Path) -> None:
    labels = mer450.read(write_dataset(tmp_path)).mood_labels()
    assert labels.dtype == bool and labels.shape == (5, len(MOODS))
    assert [{MOODS[i] for i in np.flatnonzero(row)} for row in labels] == [
        {"happy-pleased", "relaxing-calm"},
        {"angry-aggressive"},
        {"sad-lonely", "relaxing-calm", "quiet-still"},
        {"relaxing-calm"},
        set(),
    ]


def test_every_word_is_written_as_the_reader_returns_it() -> None:
    assert tuple(mer450.MOOD_WORDS) == MOODS
    for words in mer450.MOOD_WORDS.values():
        assert all(word == word.lower() and "/" not in word for word in words)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("song_id,artist_id,quadrant,moods\na,1,Q1,sad\n", "labels.csv: column genres is missing"),
        (HEAD + ROWS + "f,9,Q5,sad,\n", "line 7: unknown quadrant 'Q5'; expected Q1 to Q4"),
        (HEAD + ROWS + "a,9,Q1,sad,\n", "line 7: duplicate song a"),
        (HEAD + ROWS + "f,9,Q1,sad,\n", "the audio of song f is missing"),
        (HEAD + ROWS + "f,9,Q1,;,Pop\n", "line 7: song f has no mood words"),
        (HEAD + ROWS + "f,9,Q1\n", "line 7: song f has no mood words"),
        (HEAD + ROWS + "f,,Q1,sad,Pop\n", "line 7: artist_id is missing"),
        (HEAD + "a,1,Q1,sad,\nb,1,Q2,sad,\n", "all songs are by one artist"),
        (HEAD, "labels.csv: no songs found"),
    ],
)
def test_errors_are_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as error:
        mer450.read(write_dataset(tmp_path, text))
    assert "\n" not in str(error.value)


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv: cannot be read"):
        mer450.read(tmp_path / "missing")


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is missing")
def test_the_original_files() -> None:
    data = mer450.read(SHARED)
    assert len(data.paths) == 450
    assert len(np.unique(data.artists)) == 349
    assert {name: int((data.quadrants == name).sum()) for name in mer450.QUADRANT_SIGNS} == {
        "Q1": 121,
        "Q2": 112,
        "Q3": 114,
        "Q4": 103,
    }
    # Each mood has positives and negatives enough to be measured.
    assert (data.mood_labels().sum(axis=0) > 50).all()

"""Moods that the user has given are read from tags, folders, playlists and tables; those of emotag are not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import mutagen
import pytest

from tagger import tags
from tagger.datasets.given_moods import GivenMoods, read_path_rows
from tagger.emotions import Emotion
from tagger.errors import DataError
from tagger.library.history import History
from tagger.library.path_text import path_to_text
from tagger.library.records import FileStat
from tagger.library.store import Store
from tagger.tags.write_record import WriteRecord
from tests.sounds import song

EMOTION = Emotion(0.1, 0.2, ("Chill", "sad-lonely"), (0, 0, 0, 0, 0.9, 0))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store("") as opened:
        yield opened


def add(store: Store, path: Path | str) -> int:
    """Add a file to the library; its audio has the name of the file as hash."""
    audio = store.add_audio(ascii(os.path.basename(path)), 1.0, {})
    store.set_file(os.fsencode(path), FileStat(1, 2, 3), audio)
    return audio


def write_moods(path: Path, *moods: str) -> None:
    file = mutagen.File(path)
    file["MOOD"] = list(moods)
    file.save()


def test_moods_of_the_user_are_read_from_tags_without_those_of_emotag(store: Store, tmp_path: Path) -> None:
    given, theirs, ours = (song(tmp_path / f"{name}.flac", 1) for name in ("given", "both", "ours"))
    write_moods(given, "Chill; Late", "Rain, wind")
    write_moods(theirs, "Chill")
    for path in (theirs, ours):
        tags.write(str(path), EMOTION, "emotag 1 m")
    audio = [add(store, path) for path in (given, theirs, ours)]
    moods = GivenMoods()
    moods.add_tags(store, [str(tmp_path)], "Mood", History(store, ""))
    assert moods.labels == {audio[0]: {"Chill", "Late", "Rain", "wind"}, audio[1]: {"Chill"}}


def test_moods_of_emotag_are_recognised_without_the_marker(store: Store, tmp_path: Path) -> None:
    path = song(tmp_path / "a.flac", 1)
    write_moods(path, "Mine")
    history = History(store, "")
    audio = add(store, path)
    records: list[WriteRecord] = []
    audio_hash = tags.write(str(path), EMOTION, "emotag 1 m", save_record=records.append) and records[0].audio_hash
    store.write("UPDATE audio SET audio_hash = ?", audio_hash)
    history.add(records[0], records[0].to_bytes())
    file = mutagen.File(path)
    del file["EMOTAG"]
    file.save()
    moods = GivenMoods()
    moods.add_tags(store, [], "MOOD", history)
    assert moods.labels == {audio: {"Mine"}}


def test_folders_and_playlists_give_their_name(store: Store, tmp_path: Path) -> None:
    (tmp_path / "Slow, sad").mkdir()
    first, second = add(store, tmp_path / "Slow, sad" / "a.mp3"), add(store, tmp_path / "b\udcff.mp3")
    other = add(store, tmp_path / "#c.mp3")
    playlist = tmp_path / "Gym.m3u8"
    lines = ["#EXTM3U", "Slow, sad/a.mp3", "", path_to_text(f"{tmp_path}/b\udcff.mp3"), "./#c.mp3", "gone.mp3"]
    playlist.write_text("\ufeff" + "\n".join(lines))
    moods = GivenMoods()
    moods.add_folder(store, str(tmp_path / "Slow, sad"))
    moods.add_playlist(store, str(playlist))
    assert moods.labels == {first: {"Slow sad", "Gym"}, second: {"Gym"}, other: {"Gym"}}
    assert moods.missing == [str(tmp_path / "gone.mp3")]


def test_a_table_gives_labels(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = add(store, tmp_path / "a.mp3"), add(store, tmp_path / "=b.mp3")
    Path("given.csv").write_text("labels,path\nGym; late,a.mp3\ngym,./=b.mp3\nGym,a.mp3\n,a.mp3\nGym,gone.mp3\n")
    moods = GivenMoods()
    moods.add_csv(store, "given.csv")
    assert moods.labels == {first: {"Gym", "late"}, second: {"gym"}}
    assert moods.missing == ["gone.mp3"]
    moods.add(second, ["GYM", "Gym"])
    moods.merge_spellings()
    assert moods.labels == {first: {"Gym", "late"}, second: {"Gym"}}


def test_values_that_are_no_labels_are_left_out() -> None:
    moods = GivenMoods()
    moods.add(1, ["x" * 101, "", " ; , ", "a\x00b"])
    assert 1 not in moods.labels
    moods.add(1, ["  two   words "])
    assert moods.labels == {1: {"two words"}}


def test_a_table_that_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("path,other\n")
    with pytest.raises(DataError, match=r"a\.csv: column labels is missing"):
        read_path_rows(str(tmp_path / "a.csv"), (("labels",),))
    with pytest.raises(DataError, match="cannot be read"):
        read_path_rows(str(tmp_path / "gone.csv"), (("labels",),))

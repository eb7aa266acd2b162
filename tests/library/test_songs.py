"""The songs of a library are listed, filtered and limited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest

from tagger.emotions import Prediction
from tagger.library.records import FileStat
from tagger.library.songs import limit_per_artist, shuffle, songs, with_tags
from tagger.library.store import Store
from tagger.tags import basic_tags
from tagger.tags.basic_tags import BasicTags
from tests.sounds import song

MOODS = (0.1, 0.6, 0.5, 0.1, 0.1, 0.1)


def add_song(store: Store, path: str, valence: float = 0.1, moods: tuple[float, ...] = MOODS, model: str = "m") -> None:
    audio = store.add_audio(f"audio of {path!a}", 100.0, {}) if store.audio_id(f"audio of {path!a}") is None else None
    audio = audio or store.audio_id(f"audio of {path!a}")
    assert audio is not None
    store.set_file(os.fsencode(path), FileStat(1, 1, 1), audio)
    store.add_prediction(audio, model, Prediction(valence, -0.2, 0.5, moods))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "library.sqlite")) as store:
        for path in ("/music/b.mp3", "/music/a/1.mp3", "/music/a.mp3", "/other/c.mp3", "/music/bad\udcff.mp3"):
            add_song(store, path)
        yield store


def test_songs_are_sorted_and_below_the_roots(store: Store) -> None:
    assert [song.path for song in songs(store)] == [
        *("/music/a.mp3", "/music/a/1.mp3", "/music/b.mp3", "/music/bad\udcff.mp3", "/other/c.mp3")
    ]
    assert [song.path for song in songs(store, ["/music/a", "/other/c.mp3"])] == ["/music/a/1.mp3", "/other/c.mp3"]


def test_songs_can_be_read_while_others_are_read(store: Store) -> None:
    first, second = songs(store, ["/music"]), songs(store, ["/other"])
    assert next(first).path == "/music/a.mp3"
    assert next(second).path == "/other/c.mp3"
    assert len(list(first)) == 3


def test_newest_prediction_is_used(store: Store) -> None:
    add_song(store, "/music/b.mp3", valence=0.9, model="a newer one")
    found = {song.path: song for song in songs(store)}
    assert len(found) == 5
    assert found["/music/b.mp3"].emotion.valence == 0.9
    assert found["/music/b.mp3"].model == "a newer one"
    assert [song.emotion.valence for song in songs(store, model="m")] == [0.1] * 5


def test_limit_per_artist(store: Store) -> None:
    found = list(songs(store))
    artists = ("Björk", "Björk", "Björk", "björk", "", "")
    named = [song._replace(artist=artist) for song, artist in zip(found, artists, strict=False)]
    assert limit_per_artist(named, 2) == [named[i] for i in (0, 1, 4)]


def test_a_seed_shuffles_alike(store: Store) -> None:
    found = list(songs(store))
    assert shuffle(found, 7) == shuffle(found, 7)
    assert sorted(song.path for song in shuffle(found, 7)) == [song.path for song in found]
    assert any(shuffle(found, seed) != found for seed in range(5))


def test_cached_tags_are_given_without_opening_the_file(store: Store) -> None:
    store.set_tags(b"/music/b.mp3", BasicTags("Four Women", "Nina Simone", "Wild", ("Jazz", "Soul")))
    (found,) = with_tags(store, songs(store, ["/music/b.mp3"]))
    assert found.tags_read
    assert (found.title, found.artist, found.album) == ("Four Women", "Nina Simone", "Wild")
    assert found.genres == ("Jazz", "Soul")


def test_missing_tags_are_read_once_and_kept(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = song(tmp_path / "a.flac", 1)
    file: Any = mutagen.File(path)
    file["artist"], file["genre"] = "Nina", ["Jazz", "Soul"]
    file.save()
    add_song(store, str(path))
    for _ in range(2):
        (found,) = with_tags(store, songs(store, [str(path)]))
        assert (found.artist, found.title, found.genres) == ("Nina", "", ("Jazz", "Soul"))
        monkeypatch.setattr(basic_tags, "read_basic_tags", None)


def test_tags_of_a_file_that_is_away_are_read_another_time(store: Store) -> None:
    (found,) = with_tags(store, songs(store, ["/music/b.mp3"]))
    assert not found.tags_read
    assert found.artist == ""
    (again,) = songs(store, ["/music/b.mp3"])
    assert not again.tags_read


def test_damaged_tags_are_empty_and_not_read_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3" + bytes(40))
    add_song(store, str(tmp_path / "a.mp3"))
    (found,) = with_tags(store, songs(store, [str(tmp_path)]))
    assert found.tags_read
    assert (found.artist, found.genres) == ("", ())

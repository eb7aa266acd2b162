"""The songs of a library are listed, filtered and limited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.emotions import Prediction
from tagger.library.records import FileStat
from tagger.library.songs import SongFilter, limit_length, limit_per_artist, shuffle, songs
from tagger.library.store import Store

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


def test_newest_prediction_is_used(store: Store) -> None:
    add_song(store, "/music/b.mp3", valence=0.9, model="a newer one")
    found = {song.path: song for song in songs(store)}
    assert len(found) == 5
    assert found["/music/b.mp3"].emotion.valence == 0.9
    assert found["/music/b.mp3"].model == "a newer one"
    assert [song.emotion.valence for song in songs(store, model="m")] == [0.1] * 5


def test_filter(store: Store) -> None:
    (song,) = songs(store, ["/music/b.mp3"])
    assert song.emotion.moods == ("happy-pleased", "relaxing-calm")
    assert SongFilter().matches(song)
    assert SongFilter(moods=("happy-pleased", "sad-lonely"), quadrants=("calm",)).matches(song)
    assert not SongFilter(moods=("sad-lonely",)).matches(song)
    assert not SongFilter(moods=("happy-pleased",), not_moods=("relaxing-calm",)).matches(song)
    assert not SongFilter(quadrants=("happy", "sad")).matches(song)


def test_limit_length(store: Store) -> None:
    found = list(songs(store))
    assert len(limit_length(found, count=2)) == 2
    assert len(limit_length(found, minutes=3.5)) == 2  # of 100 s each
    assert len(limit_length(found)) == 5


def test_limit_per_artist(store: Store) -> None:
    found = list(songs(store))
    artist_of = dict.fromkeys((song.path for song in found[:3]), "Björk") | {found[3].path: "björk"}
    assert [song.path for song in limit_per_artist(found, lambda path: artist_of.get(path, ""), 2)] == [
        found[i].path for i in (0, 1, 4)
    ]


def test_a_seed_shuffles_alike(store: Store) -> None:
    found = list(songs(store))
    assert shuffle(found, 7) == shuffle(found, 7)
    assert sorted(song.path for song in shuffle(found, 7)) == [song.path for song in found]
    assert any(shuffle(found, seed) != found for seed in range(5))

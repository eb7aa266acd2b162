"""Orders of songs: the nearest first, and from mood to mood."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Emotion, Prediction
from tagger.errors import StoreError
from tagger.features import VERSIONS
from tagger.library import playlists
from tagger.library.records import FeatureBlob, FileStat
from tagger.library.songs import Song, songs
from tagger.library.store import Store

points = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


def placed(where: list[tuple[float, float]], copies: int = 1) -> list[Song]:
    """Return songs at some points, so many files of each."""
    return [Song(f"/{i}", i // copies, 60.0, Emotion(v, a, ("x",), ()), "m") for i, (v, a) in enumerate(where)]


@given(st.lists(points, max_size=30), points)
def test_the_nearest_come_first(where: list[tuple[float, float]], to: tuple[float, float]) -> None:
    found = [playlists.dist(playlists.plane_point(song), to) for song in playlists.nearest(placed(where), to)]
    assert found == sorted(found)
    assert len(found) == len(where)


@given(st.lists(points, min_size=1, max_size=40), points, points, st.integers(1, 30))
def test_a_path_has_no_song_twice_and_never_leads_back(
    where: list[tuple[float, float]], start: tuple[float, float], end: tuple[float, float], count: int
) -> None:
    there = placed(where, copies=2)
    found = playlists.mood_path(there, start, end, count)
    audio = [song.audio for song in found]
    assert len(audio) == len(set(audio)) == min(count, len({song.audio for song in there}))
    between = [(v, a) for v, a in map(playlists.plane_point, found) if (v, a) not in (start, end)]
    along = [v * (end[0] - start[0]) + a * (end[1] - start[1]) for v, a in between]
    assert along == sorted(along)


@given(st.lists(points, min_size=2, max_size=30, unique=True), st.integers(2, 10))
def test_a_path_between_two_songs_has_them_at_its_ends(where: list[tuple[float, float]], count: int) -> None:
    found = playlists.mood_path(placed(where), where[0], where[1], count)
    assert playlists.plane_point(found[0]) == where[0]
    assert playlists.plane_point(found[-1]) == where[1]


def test_a_path_is_as_even_as_the_songs_allow() -> None:
    line = placed([(x / 50 - 1, x / 50 - 1) for x in range(101)])
    found = playlists.mood_path(line, (-0.8, -0.8), (0.8, 0.8), 9)
    assert [song.emotion.valence for song in found] == pytest.approx([x / 5 - 0.8 for x in range(9)])


def test_a_path_has_no_more_of_an_artist_than_asked() -> None:
    there = placed([(x / 20, 0.0) for x in range(20)])
    found = playlists.mood_path(
        there, (0, 0), (1, 0), 10, artist_of=lambda path: "ABCD"[int(path[1:]) % 4], per_artist=1
    )
    assert len(found) == len({int(song.path[1:]) % 4 for song in found}) == 4


@pytest.mark.parametrize("minutes", [0.5, 1, 3.5, 7, 100])
def test_a_path_that_is_to_be_short_still_leads_to_the_end(minutes: float) -> None:
    there = placed([(x / 20 - 1, 0.0) for x in range(41)])
    found = playlists.mood_path_within(
        there, 60 * minutes, lambda count: playlists.mood_path(there, (-1, 0), (1, 0), count)
    )
    assert len(found) == min(41, int(minutes))
    if len(found) > 1:
        assert (found[0].emotion.valence, found[-1].emotion.valence) == (-1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three songs: the second is the first one's twin in features, the third its neighbour on the plane."""
    store = Store(str(tmp_path / "library.sqlite"))
    for name, value, valence in (("a", 1.0, 0.0), ("b", 1.1, 0.9), ("c", 5.0, 0.0)):
        vectors = {k: FeatureBlob(v, 2, np.full((2, 3), value, "<f4").tobytes()) for k, v in VERSIONS.items()}
        audio = store.add_audio(name, 100.0, vectors)
        store.set_file(os.fsencode(f"/{name}"), FileStat(1, 1, 1), audio)
        store.add_prediction(audio, "m", Prediction(valence, 0.0, 0.5, (0.5,) * 6))
    return store


def test_the_most_alike_are_so_in_features(store: Store) -> None:
    seed, *others = songs(store)
    assert [song.path for song in playlists.most_similar(others, seed, store)] == ["/b", "/c"]
    assert [song.path for song in playlists.nearest(others, playlists.plane_point(seed))] == ["/c", "/b"]


def test_a_song_without_features_of_today_is_said(store: Store) -> None:
    seed, *others = songs(store)
    store.database.execute("UPDATE features SET version = 0 WHERE audio = ?", (others[0].audio,))
    assert [song.path for song in playlists.most_similar(others, seed, store)] == ["/c", "/b"]
    store.database.execute("UPDATE features SET version = 0")
    with pytest.raises(StoreError, match=r"/a: .* scan it again"):
        playlists.most_similar(others, seed, store)

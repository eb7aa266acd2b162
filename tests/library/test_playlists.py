"""Orders of songs: nearest first, and along a path between moods."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import dist
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


def songs_at(plane_points: list[tuple[float, float]], copies: int = 1) -> list[Song]:
    """Return songs at points of the plane, with some copies of each."""
    return [Song(f"/{i}", i // copies, 60.0, Emotion(v, a, ("x",), ()), "m") for i, (v, a) in enumerate(plane_points)]


@given(st.lists(points, max_size=30), points)
def test_nearest(plane_points: list[tuple[float, float]], to: tuple[float, float]) -> None:
    found = [dist(playlists.plane_point(song), to) for song in playlists.nearest(songs_at(plane_points), to)]
    assert found == sorted(found)
    assert len(found) == len(plane_points)


@given(st.lists(points, min_size=1, max_size=40), points, points, st.integers(1, 30))
def test_mood_path_has_each_song_once_and_no_backward_step(
    plane_points: list[tuple[float, float]], start: tuple[float, float], end: tuple[float, float], count: int
) -> None:
    available = songs_at(plane_points, copies=2)
    found = playlists.mood_path(available, start, end, count)
    audio = [song.audio for song in found]
    assert len(audio) == len(set(audio)) == min(count, len({song.audio for song in available}))
    between = [(v, a) for v, a in map(playlists.plane_point, found) if (v, a) not in (start, end)]
    along = [v * (end[0] - start[0]) + a * (end[1] - start[1]) for v, a in between]
    assert along == sorted(along)


@given(st.lists(points, min_size=2, max_size=30, unique=True), st.integers(2, 10))
def test_mood_path_begins_and_ends_with_the_given_songs(plane_points: list[tuple[float, float]], count: int) -> None:
    found = playlists.mood_path(songs_at(plane_points), plane_points[0], plane_points[1], count)
    assert playlists.plane_point(found[0]) == plane_points[0]
    assert playlists.plane_point(found[-1]) == plane_points[1]


def test_mood_path_is_evenly_spaced() -> None:
    line = songs_at([(x / 50 - 1, x / 50 - 1) for x in range(101)])
    found = playlists.mood_path(line, (-0.8, -0.8), (0.8, 0.8), 9)
    assert [song.emotion.valence for song in found] == pytest.approx([x / 5 - 0.8 for x in range(9)])


def test_mood_path_per_artist() -> None:
    available = [
        song._replace(artist="ABCD"[number % 4])
        for number, song in enumerate(songs_at([(x / 20, 0.0) for x in range(20)]))
    ]
    found = playlists.mood_path(available, (0, 0), (1, 0), 10, per_artist=1)
    assert len(found) == len({int(song.path[1:]) % 4 for song in found}) == 4


@pytest.mark.parametrize("minutes", [0.5, 1, 3.5, 7, 100])
def test_mood_path_within_a_duration_reaches_the_end(minutes: float) -> None:
    available = songs_at([(x / 20 - 1, 0.0) for x in range(41)])
    found = playlists.mood_path_within(
        available, 60 * minutes, lambda count: playlists.mood_path(available, (-1, 0), (1, 0), count)
    )
    assert len(found) == min(41, int(minutes))
    if len(found) > 1:
        assert (found[0].emotion.valence, found[-1].emotion.valence) == (-1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three songs: the second has features like the first; the third is near the first on the plane."""
    with Store(str(tmp_path / "library.sqlite")) as store:
        for name, value, valence in (("a", 1.0, 0.0), ("b", 1.1, 0.9), ("c", 5.0, 0.0)):
            vectors = {k: FeatureBlob(v, 2, np.full((2, 3), value, "<f4").tobytes()) for k, v in VERSIONS.items()}
            audio = store.add_audio(name, 100.0, vectors)
            store.set_file(os.fsencode(f"/{name}"), FileStat(1, 1, 1), audio)
            store.add_prediction(audio, "m", Prediction(valence, 0.0, 0.5, (0.5,) * 6))
        yield store


def test_most_similar(store: Store) -> None:
    seed, *others = songs(store)
    assert [song.path for song in playlists.most_similar(others, seed, store)] == ["/b", "/c"]
    assert [song.path for song in playlists.nearest(others, playlists.plane_point(seed))] == ["/c", "/b"]


def test_most_similar_without_current_features(store: Store) -> None:
    seed, *others = songs(store)
    store.database.execute("UPDATE features SET version = 0 WHERE audio = ?", (others[0].audio,))
    assert [song.path for song in playlists.most_similar(others, seed, store)] == ["/c", "/b"]
    store.database.execute("UPDATE features SET version = 0")
    with pytest.raises(StoreError, match=r"/a: .* scan it again"):
        playlists.most_similar(others, seed, store)

"""Orders of playlists: best matches first, a smooth walk, artists that take turns, and no recording twice."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import dist

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger.emotions import Emotion
from tagger.library.playlist_order import Turns, artist_key, best_first, smooth_walk, without_duplicates
from tagger.library.playlists import plane_point
from tagger.library.query import EVERY_SONG, parse_query
from tagger.library.songs import Song, shuffle


def song(number: int, artist: str = "", *, valence: float = 0.0, arousal: float = 0.0, title: str = "") -> Song:
    probabilities = (0.0, number % 10 / 10, 0.0, 0.0, 0.0, 0.0)
    emotion = Emotion(valence, arousal, ("happy-pleased",), probabilities)
    return Song(f"/{number:03}.mp3", number, 60.0, emotion, "m", artist=artist, title=title)


artists = st.lists(st.sampled_from("AABBCD") | st.just(""), max_size=40)


def runs(songs: list[Song]) -> list[tuple[str, int]]:
    """Return artist and length of each run of songs by one artist; songs without an artist are runs of their own."""
    keys = [artist_key(song) or f"none {song.path}" for song in songs]
    return [(key, len(list(group))) for key, group in groupby(keys)]


@given(artists, st.integers(1, 3))
@example(["B", "C", "A", "A", "A"], 1)
def test_artists_take_turns_whenever_that_is_possible(names: list[str], in_a_row: int) -> None:
    songs = [song(number, name) for number, name in enumerate(names)]
    ordered = list(Turns(songs, in_a_row))
    assert sorted(ordered) == songs
    counts = {name: names.count(name) for name in names if name}
    most = max(counts.values(), default=0)
    if most <= in_a_row * (len(names) - most + 1):
        assert all(length <= in_a_row for _, length in runs(ordered))
    else:  # one artist has too many songs: all others separate them, and only the last run is longer
        *earlier, (_, _) = runs(ordered)
        assert all(length <= in_a_row for _, length in earlier)


@given(artists)
def test_songs_of_an_artist_keep_their_order(names: list[str]) -> None:
    ordered = list(Turns([song(number, name) for number, name in enumerate(names)], 1))
    for name in set(names) - {""}:
        numbers = [song.audio for song in ordered if song.artist == name]
        assert numbers == sorted(numbers)


def test_turns_change_no_order_without_need() -> None:
    songs = [song(number, name) for number, name in enumerate(["A", "B", "A", "", "", "C", "A"])]
    assert list(Turns(songs, 1)) == songs
    assert list(Turns([song(number, "A") for number in range(5)], None)) == [song(number, "A") for number in range(5)]
    first = [song(number, name) for number, name in enumerate(["A", "A", "B", "C"])]
    assert [item.artist for item in Turns(first, 1)] == ["A", "B", "A", "C"]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "x", "X ", "y"]), st.sampled_from(["", "t", "T"]))))
def test_no_recording_is_there_twice(rows: list[tuple[int, str, str]]) -> None:
    songs = [song(audio, artist, title=title) for audio, artist, title in rows]
    kept = without_duplicates(songs)
    assert len({item.audio for item in kept}) == len(kept)
    named = [(item.artist.strip().lower(), item.title.lower()) for item in kept if item.artist and item.title]
    assert len(set(named)) == len(named)
    for left_out in songs:
        if left_out not in kept:
            assert any(
                item.audio == left_out.audio
                or (item.artist.strip().lower(), item.title.lower())
                == (left_out.artist.strip().lower(), left_out.title.lower())
                for item in kept
            )


def test_the_best_match_is_first_and_equal_ones_are_shuffled() -> None:
    songs = [song(number) for number in range(60)]
    ordered = best_first(songs, parse_query("mood:happy"), 1)
    probabilities = [item.emotion.probabilities[1] for item in ordered]
    assert probabilities == sorted(probabilities, reverse=True)
    assert ordered != sorted(ordered, key=lambda item: (-item.emotion.probabilities[1], item.path))
    assert best_first(songs[::-1], parse_query("mood:happy"), 1) == ordered, "a seed gives one order"
    for query in (EVERY_SONG, parse_query("path:/")):
        shuffled = best_first(songs, query, 1)
        assert sorted(shuffled) == songs
        assert shuffled != songs


points = st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=50)


@given(points)
def test_a_walk_has_every_song(places: list[tuple[float, float]]) -> None:
    songs = [song(number, valence=v, arousal=a) for number, (v, a) in enumerate(places)]
    assert sorted(smooth_walk(songs), key=lambda item: item.audio) == songs


@pytest.mark.parametrize("size", [16, 20])
def test_a_walk_through_a_grid_has_short_steps(size: int) -> None:
    grid = [
        song(size * y + x, valence=2 * x / (size - 1) - 1, arousal=2 * y / (size - 1) - 1)
        for x in range(size)
        for y in range(size)
    ]

    def steps(songs: list[Song]) -> list[float]:
        return [dist(plane_point(one), plane_point(other)) for one, other in pairwise(songs)]

    walked = smooth_walk(grid)
    spacing = 2 / (size - 1)
    assert sum(steps(walked)) / len(grid) < 1.3 * spacing
    assert max(steps(walked)) < 5 * spacing
    assert sum(steps(walked)) < sum(steps(shuffle(grid, 1))) / 4
    assert plane_point(walked[0]) == (-1, -1)
    assert plane_point(walked[-1])[1] < -0.5 < 0.5 < plane_point(walked[-1])[0]

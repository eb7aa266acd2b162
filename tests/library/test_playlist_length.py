"""A playlist fills its duration and never exceeds it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Emotion
from tagger.library.playlist_length import LOOK_AHEAD, fill
from tagger.library.songs import Song

durations = st.lists(st.integers(30, 600), max_size=LOOK_AHEAD)


def songs_of(seconds: list[int], artists: str = "") -> list[Song]:
    names = artists or "".join(chr(ord("A") + number) for number in range(len(seconds)))
    return [
        Song(f"/{number}", number, float(length), Emotion(0, 0, ("x",), ()), "m", artist=names[number % len(names)])
        for number, length in enumerate(seconds)
    ]


@given(durations, st.integers(1, 120), st.none() | st.integers(1, 20))
def test_the_limits_hold_and_no_song_that_fits_is_left_out(seconds: list[int], minutes: int, count: int | None) -> None:
    songs = songs_of(seconds)
    chosen = fill(songs, count=count, minutes=minutes)
    rest = 60 * minutes - sum(song.duration for song in chosen)
    assert rest >= 0
    assert len(set(chosen)) == len(chosen)
    if count is None or len(chosen) < count:
        assert all(song.duration > rest for song in songs if song not in chosen)
    else:
        assert len(chosen) == count


@given(durations, st.none() | st.integers(1, 60))
def test_without_a_duration_the_first_songs_are_chosen(seconds: list[int], count: int | None) -> None:
    songs = songs_of(seconds)
    assert fill(songs, count=count) == songs[:count]


def test_a_song_that_does_not_fit_is_left_out_for_the_longest_that_does() -> None:
    songs = songs_of([200, 300, 50, 90, 80])
    assert [song.duration for song in fill(songs, minutes=5)] == [200, 90]
    assert [song.duration for song in fill(songs, minutes=300 / 60 + 0.9)] == [200, 90, 50]
    many = songs_of([200, *[300] * LOOK_AHEAD, 90], "ABCDEFG")
    assert [song.duration for song in fill(many, minutes=5)] == [200], "no song that matches much less well"


def test_the_rest_is_not_filled_by_the_same_artist_again() -> None:
    songs = songs_of([200, 300, 90, 80], "ABAC")
    assert [song.artist for song in fill(songs, minutes=5, in_a_row=1)] == ["A", "C"]
    alone = songs_of([200, 300, 90, 80], "A")
    assert [song.duration for song in fill(alone, minutes=5, in_a_row=1)] == [200, 90], "there is no other artist"

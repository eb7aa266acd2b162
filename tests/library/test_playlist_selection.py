"""What every playlist promises, whatever is in the library."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Emotion
from tagger.library.playlist_order import CURVE, MATCH, ORDERS, PATH, SHUFFLE
from tagger.library.playlist_selection import PlaylistOptions, select_songs
from tagger.library.query import EVERY_SONG, parse_query
from tagger.library.songs import Song
from tagger.library.store import Store

axis = st.floats(-1, 1)
rows = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from("ABCDEF"), st.sampled_from("stuvwxyz"), st.integers(60, 400), axis, axis
    ),
    max_size=30,
)


def library(rows: list[tuple[int, str, str, int, float, float]]) -> list[Song]:
    return [
        Song(
            f"/{number:02}.mp3",
            audio,
            float(seconds),
            Emotion(valence, arousal, ("sad-lonely",), (0, 0, 0, 0, audio / 30, 0)),
            "m",
            artist=artist,
            title=title,
        )
        for number, (audio, artist, title, seconds, valence, arousal) in enumerate(rows)
    ]


@given(rows, st.sampled_from(ORDERS), st.none() | st.integers(2, 60), st.none() | st.integers(1, 20), st.integers(1, 3))
def test_promises(
    rows: list[tuple[int, str, str, int, float, float]],
    order: str,
    minutes: int | None,
    count: int | None,
    in_a_row: int,
) -> None:
    songs = library(rows)
    options = PlaylistOptions(order=order, minutes=minutes, count=count, in_a_row=in_a_row, seed=1)
    with Store("") as store:
        found = select_songs(songs, store, options, parse_query("mood:sad"))
        again = select_songs(songs, store, options, parse_query("mood:sad"))
    assert found == again
    assert sum(song.duration for song in found) <= 60 * (minutes or 10_000)
    assert len(found) <= (count or 30)
    assert len({song.audio for song in found}) == len({(song.artist, song.title) for song in found}) == len(found)
    assert bool(found) == any(song.duration <= 60 * (minutes or 10_000) for song in songs)
    lengths = [len(list(group)) for _, group in groupby(found, key=lambda song: song.artist)]
    counts = {song.artist: sum(other.artist == song.artist for other in songs) for song in songs}
    if order != PATH and max(counts.values(), default=0) * 2 <= len({song.audio for song in songs}) and not minutes:
        assert max(lengths[:-1], default=0) <= in_a_row


def test_the_default_is_the_best_match_and_never_the_order_of_paths() -> None:
    songs = library([(number, "ABCDEF"[number % 6], str(number), 200, 0.0, 0.0) for number in range(30)])
    with Store("") as store:
        best = select_songs(songs, store, PlaylistOptions(), parse_query("mood:sad"))
        assert [song.audio for song in best] == list(range(29, -1, -1))
        for query in (EVERY_SONG, parse_query("path:/")):
            assert select_songs(songs, store, PlaylistOptions(seed=1), query) != songs
        assert select_songs(songs, store, PlaylistOptions(order=PATH), EVERY_SONG) == songs


def test_a_curve_has_the_best_matches_in_another_order() -> None:
    songs = library([(number, "", str(number), 200, number % 6 / 5, number % 5 / 4) for number in range(30)])
    query = parse_query("mood:sad")
    with Store("") as store:
        best, curve = (
            select_songs(songs, store, PlaylistOptions(order=order, count=10), query) for order in (MATCH, CURVE)
        )
    assert sorted(best) == sorted(curve)
    assert best != curve


@pytest.mark.parametrize(
    ("options", "order", "conflict"),
    [
        (PlaylistOptions(), MATCH, ""),
        (PlaylistOptions(shuffle=True), SHUFFLE, ""),
        (PlaylistOptions(order=CURVE, seed=1), CURVE, ""),
        (PlaylistOptions(near=(0, 0)), None, ""),
        (PlaylistOptions(near=(0, 0), in_a_row=1), None, ""),
        (PlaylistOptions(order=PATH, seed=1), PATH, "--seed requires --order match, shuffle or curve"),
        (PlaylistOptions(near=(0, 0), seed=1), None, "--seed requires --order match, shuffle or curve"),
        (PlaylistOptions(near=(0, 0), order=CURVE), None, "exclude each other"),
        (PlaylistOptions(shuffle=True, order=CURVE), CURVE, "exclude each other"),
        (PlaylistOptions(start=(0, 0), end=(1, 1), in_a_row=1), None, "--in-a-row and --from exclude each other"),
    ],
)
def test_orders_and_conflicts(options: PlaylistOptions, order: str | None, conflict: str) -> None:
    assert options.effective_order == order
    assert conflict in options.conflict()
    assert bool(conflict) == bool(options.conflict())

"""Ranks and standard scores of songs among all songs of the library."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.emotions import Emotion, Prediction
from tagger.library.records import FileStat
from tagger.library.relative import RANK, LibraryScale, Z, library_scale, relative_columns
from tagger.library.songs import Song, songs
from tagger.library.store import Store

Points = list[tuple[float, float]]


def scale_of(path: Path, points: Points, name: str) -> tuple[LibraryScale, list[Song]]:
    """Return the scale of a library of songs at these points, and the songs with their relative positions."""
    with Store(str(path)) as store:
        for i, (valence, arousal) in enumerate(points):
            audio = store.add_audio(str(i), 60.0, {})
            store.set_file(os.fsencode(f"/music/{i:03}.mp3"), FileStat(1, 1, 1), audio)
            store.add_prediction(audio, "m", Prediction(valence, arousal, 0.5, (0.1,) * 6))
        scale = library_scale(store, name)
        return scale, [scale.place(song) for song in songs(store)]


def positions(found: list[Song]) -> Points:
    return [(song.relative.valence, song.relative.arousal) for song in found if song.relative]


def test_ranks_go_from_minus_one_to_one_whatever_the_values_are(tmp_path: Path) -> None:
    _, found = scale_of(tmp_path / "x.sqlite", [(0.01, -0.9), (0.03, -0.8), (0.02, 0.9)], RANK)
    assert positions(found) == [(-1, -1), (1, 0), (0, 1)]


def test_equal_values_share_the_mean_of_their_ranks(tmp_path: Path) -> None:
    _, found = scale_of(tmp_path / "x.sqlite", [(0.1, 0), (0.1, 0), (-0.2, 0), (0.3, 0), (0.3, 0)], RANK)
    assert positions(found) == [(-0.25, 0), (-0.25, 0), (-1, 0), (0.75, 0), (0.75, 0)]


def test_standard_scores_have_mean_zero_and_deviation_one_and_may_exceed_one(tmp_path: Path) -> None:
    points = [(0.1 * (i == 0), 0.05 * i) for i in range(20)]
    _, found = scale_of(tmp_path / "x.sqlite", points, Z)
    scores = np.array(positions(found))
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(axis=0), 1)
    assert scores[0, 0] > 4


@pytest.mark.parametrize("name", [RANK, Z])
@pytest.mark.parametrize("points", [[(0.7, -0.7)], [(0.1, 0.3)] * 3])
def test_equal_songs_are_at_zero(points: Points, name: str, tmp_path: Path) -> None:
    _, found = scale_of(tmp_path / "x.sqlite", points, name)
    assert positions(found) == [(0, 0)] * len(points)


def test_copies_of_a_song_count_once(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    scale_of(path, [(0.1, 0), (0.2, 0), (0.3, 0)], RANK)
    with Store(str(path)) as store:
        (first, *_) = songs(store)
        for copy in range(5):
            store.set_file(os.fsencode(f"/copies/{copy}.mp3"), FileStat(1, 1, 1), first.audio)
        scale = library_scale(store, RANK)
        assert len(list(songs(store))) == 8
    assert scale.position(Emotion(0.2, 0, ("x",), ())).valence == 0


def test_the_whole_library_is_compared_with_not_the_selected_songs(tmp_path: Path) -> None:
    _, found = scale_of(tmp_path / "x.sqlite", [(i / 10, 0) for i in range(5)], RANK)
    with Store(str(tmp_path / "x.sqlite")) as store:
        (last,) = songs(store, ["/music/004.mp3"])
        assert library_scale(store, RANK).place(last).relative == found[4].relative


def test_values_that_no_song_has_are_between_their_neighbours(tmp_path: Path) -> None:
    scale, _ = scale_of(tmp_path / "x.sqlite", [(-0.5, 0), (0, 0), (0.5, 0)], RANK)
    ranks = [scale.position(Emotion(v, 0, ("x",), ())).valence for v in (-1, -0.5, -0.1, 0, 0.1, 0.5, 1)]
    assert ranks == [-1, -1, -0.5, 0, 0.5, 1, 1]


def test_an_empty_library_has_scales(tmp_path: Path) -> None:
    for name in (RANK, Z):
        scale, found = scale_of(tmp_path / "x.sqlite", [], name)
        assert found == []
        assert scale.position(Emotion(0.5, 0.5, ("x",), ())) == (name, 0, 0)


def test_columns_say_what_the_numbers_are() -> None:
    assert relative_columns(RANK) == ("valence_rank", "arousal_rank")
    assert relative_columns(Z) == ("valence_z", "arousal_z")


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30, unique=True))
def test_both_scales_keep_the_order_of_songs(values: list[float]) -> None:
    from tagger.library.relative import _Distribution

    distribution = _Distribution.of(values)
    ascending = sorted(values)
    ranks = [distribution.rank(value) for value in ascending]
    assert ranks == pytest.approx(np.linspace(-1, 1, len(values)))
    scores = [distribution.z(value) for value in ascending]
    assert scores == sorted(scores)

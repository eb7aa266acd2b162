"""Excerpts lie where the data set's lay, and inside the song."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.audio.excerpts import affect_windows, embedding_patches, mood_excerpt, segment_excerpts


@pytest.mark.parametrize(
    ("duration", "start"), [(240, 30), (60, 30), (59.9, 14.5), (45.04, 7.5), (30.0, 0), (29.5, 0), (5, 0)]
)
def test_moods_come_from_the_30_seconds_after_the_first_30(duration: float, start: float) -> None:
    assert (mood_excerpt(duration).start, mood_excerpt(duration).seconds) == (start, 30)


@given(st.floats(5, 40000))
def test_windows_lie_in_the_song_and_do_not_overlap(duration: float) -> None:
    windows = affect_windows(duration)
    assert 1 <= len(windows) <= 6
    assert windows[0].start >= 0
    assert all(b.start - a.start >= 9.5 for a, b in pairwise(windows))
    assert windows[-1].end <= max(10, duration) + 0.01


def test_a_window_of_ten_seconds_is_the_whole_of_a_ten_second_song() -> None:
    assert [(w.start, w.end) for w in affect_windows(10.0)] == [(0, 10)]


@given(st.floats(5, 40000))
def test_patches_lie_in_the_song_and_in_the_windows(duration: float) -> None:
    windows = affect_windows(duration)
    patches = embedding_patches(duration)
    assert 3 <= len(patches) <= 15
    assert len(patches) == len(set(patches))
    assert all(patch.start % 0.5 == 0 and patch.end <= duration + 0.01 for patch in patches)
    for patch in patches:
        assert any(window.start <= patch.start and patch.end <= window.end for window in windows)


@pytest.mark.parametrize(
    ("duration", "starts"),
    [
        (240, [15.5, 20.5, 55.5, 60.5, 95.5, 100.5, 135.5, 140.5, 175.5, 180.5, 215.5, 220.5]),
        (10, [0, 3, 6]),
        (25, [1, 4, 7, 13.5, 16.5, 19.5]),
    ],
)
def test_patches_are_spread_over_the_windows(duration: float, starts: list[float]) -> None:
    assert [patch.start for patch in embedding_patches(duration)] == starts


@given(st.floats(5, 900))
def test_segment_excerpts_are_consecutive_to_the_last_half_second(duration: float) -> None:
    cut = segment_excerpts(duration)
    assert cut[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(cut))
    assert duration - 0.5 < cut[-1].end <= duration + 0.1
    assert all(e.seconds % 0.5 == 0 and 0 < e.seconds <= 10 for e in cut)


def test_a_mix_of_hours_is_sampled_from_its_beginning_to_its_end() -> None:
    cut = segment_excerpts(3 * 3600)
    assert len(cut) == 90
    assert (cut[0].start, cut[-1].end) == (0, 3 * 3600)
    assert all(a.end <= b.start for a, b in pairwise(cut))

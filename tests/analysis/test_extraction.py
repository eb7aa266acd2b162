"""A file gives its features, or a failure that is a value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.analysis.extraction import FEATURE_SETS, analyse, extract_features
from tagger.analysis.results import Analysis
from tagger.audio.spans import plan_spans
from tagger.errors import Failure
from tagger.features import COLUMNS
from tests.sounds import music, song, write


def test_every_set_has_its_columns(tmp_path: Path) -> None:
    result = analyse(str(song(tmp_path / "song.ogg", 35)))
    assert isinstance(result, Analysis)
    assert {name: f.shape for name, f in result.features.items()} == {
        "moods": (1, 72),
        "affect": (3, len(FEATURE_SETS["affect"].columns)),
    }


def test_silence_is_a_failure_but_has_features(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.wav", np.zeros((1, 8000 * 40)), rate=8000))
    result = analyse(path)
    assert isinstance(result, Failure)
    assert result.kind == "silent"
    assert extract_features(path, "moods")[1].shape == (1, 72)


def test_silent_parts_are_left_out(tmp_path: Path) -> None:
    sounds = np.zeros((2, 22050 * 60))
    sounds[:, : 22050 * 12] = music(12, rate=22050)
    result = analyse(str(write(tmp_path / "a.flac", sounds, rate=22050)))
    assert isinstance(result, Analysis)
    assert len(result.features["affect"]) == 2
    # The 30 seconds after the first 30 are silent: the loudest window stands in for them.
    assert result.features["moods"][0][0] < 0.4


def test_the_embedding_is_extracted_from_patches_and_changes_no_other_set(tmp_path: Path) -> None:
    sounds = np.zeros((2, 22050 * 60))
    sounds[:, : 22050 * 12] = music(12, rate=22050)
    sounds[:, : 22050 * 2] *= 0.1  # some patches are louder than all windows
    path = str(write(tmp_path / "a.flac", sounds, rate=22050))
    without, result = analyse(path), analyse(path, kinds=("moods", "affect", "embedding"))
    assert isinstance(without, Analysis)
    assert isinstance(result, Analysis)
    assert result.features["embedding"].shape[1] == 200
    for name, features in without.features.items():
        np.testing.assert_array_equal(result.features[name], features)


@pytest.mark.parametrize("duration", [5, 14, 29, 240, 3600])
def test_the_embedding_needs_no_more_audio_than_the_windows(duration: float) -> None:
    windows, patches = (FEATURE_SETS[name].plan(duration) for name in ("affect", "embedding"))
    spans = [[(span.start, span.end) for span in plan_spans(plan)] for plan in (windows, [*windows, *patches])]
    assert spans[0] == spans[1]


def test_the_embedding_of_a_silent_file_is_that_of_silence(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.wav", np.zeros((1, 8000 * 12)), rate=8000))
    starts, features = extract_features(path, "embedding")
    assert starts == [1, 4, 7]
    assert np.isfinite(features).all()


def test_the_numbers_of_columns_are_those_of_the_sets() -> None:
    assert {name: len(features.columns) for name, features in FEATURE_SETS.items()} == COLUMNS


def test_a_bad_file_gives_a_failure_and_no_exception(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("no audio")
    result = analyse(str(tmp_path / "a.mp3"))
    assert isinstance(result, Failure)
    assert result.kind == "not-audio"

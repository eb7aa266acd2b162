"""Features of the songs of a data set are in the order of the songs; a song without features is an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.errors import DataError, Failure
from tagger.training import song_features
from tests.sounds import song


@pytest.mark.thorough
def test_features_are_in_the_order_of_the_songs_and_those_of_a_scan(tmp_path: Path) -> None:
    # The first song takes longer than the others, so that it is not the first to be done.
    paths = [song(tmp_path / f"{i}.wav", 20 if i == 0 else 5, rate=22050, seed=i) for i in range(3)]
    steps: list[int] = []
    features = song_features.extract_songs(paths, "moods", jobs=2, on_song=lambda: steps.append(1))
    assert len(steps) == 3
    for path, rows in zip(paths, features, strict=True):
        alone = song_features._extract(str(path), "moods")
        assert isinstance(alone, np.ndarray)
        np.testing.assert_array_equal(rows, alone)


def test_a_song_that_cannot_be_analysed_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no audio")
    failure = song_features._extract(str(bad), "moods")
    assert isinstance(failure, Failure)
    with pytest.raises(DataError) as error:
        song_features.extract_songs([song(tmp_path / "good.wav", 5, rate=22050), bad], "moods", jobs=1)
    assert str(error.value) == failure.message
    assert failure.message.startswith(f"{bad}: ")

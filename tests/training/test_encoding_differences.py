"""Encodings of a song differ a little in their features; the differences are in the order of songs and encodings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.features import COLUMNS
from tagger.training.encoding_differences import ENCODINGS, encoding_differences
from tests.sounds import song


@pytest.mark.thorough
def test_encodings_differ_a_little(tmp_path: Path) -> None:
    paths = [song(tmp_path / f"{i}.wav", 10, seed=i) for i in range(2)]
    differences = encoding_differences(paths, ["affect", "moods"], jobs=1)
    assert differences.shape == (2 * len(ENCODINGS), COLUMNS["affect"] + COLUMNS["moods"])
    assert np.isfinite(differences).all()
    assert differences.any(axis=1).all()
    low, high = (np.square(differences[ENCODINGS.index(name)]).sum() for name in ("MP3 128", "MP3 64"))
    assert low < high
    np.testing.assert_array_equal(encoding_differences(paths[1:], ["affect", "moods"], jobs=1), differences[5:])


def test_a_song_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no audio")
    with pytest.raises(DataError, match=r"bad\.wav: cannot be decoded"):
        encoding_differences([bad], ["moods"], jobs=1)

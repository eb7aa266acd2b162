"""Swapped ratings of DEAM are found by the dynamic annotations, and corrected."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tagger.datasets import deam
from tagger.errors import DataError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "deam"


def write_annotations(folder: Path, swapped: slice, count: int = 300) -> np.ndarray:
    """Write annotations in the form of DEAM, some of them swapped; return the correct ones."""
    random = np.random.default_rng(0)
    arousal = random.normal(size=count)
    means = np.stack([0.6 * arousal + 0.8 * random.normal(size=count), arousal], axis=1)
    static = (5 + 1.2 * means + 0.5 * random.normal(size=means.shape)).round(2)
    written = static.copy()
    written[swapped] = written[swapped][:, ::-1]
    rows = [f"{i},{v},0.5,{a},0.5" for i, (v, a) in enumerate(written)]
    head = "song_id, valence_mean, valence_std, arousal_mean, arousal_std"
    (folder / "static_annotations_averaged_songs.csv").write_text("\n".join([head, *rows]) + "\n")
    for name, values in zip(deam.DYNAMIC, 0.2 * means.T, strict=True):
        rows = [f"{i},{v - 0.1:.5f},{v + 0.1:.5f}," for i, v in enumerate(values)]
        (folder / name).write_text("\n".join(["song_id,sample_15000ms,sample_15500ms,sample_16000ms", *rows]) + "\n")
    return static


@pytest.mark.parametrize("swapped", [slice(0, 0), slice(0, 120), slice(100, 200), slice(250, 300), slice(0, 300)])
def test_a_run_of_swapped_songs_is_corrected(tmp_path: Path, swapped: slice) -> None:
    correct = write_annotations(tmp_path, swapped)
    annotations = deam.read(tmp_path)
    # One or two songs at each end of a run may be assigned to the wrong side.
    wrong = sum(annotations.ratings[str(i)] != tuple(row) for i, row in enumerate(correct.tolist()))
    assert wrong <= 4
    assert len(annotations.notes) == (swapped.stop > swapped.start)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is missing")
def test_the_original_files() -> None:
    annotations = deam.read(SHARED / "annotations")
    ratings = annotations.ratings
    with (SHARED / "labels.csv").open() as file:
        corrected = {
            row["song_id"]: (float(row["valence_mean"]), float(row["arousal_mean"])) for row in csv.DictReader(file)
        }
    assert ratings.keys() == corrected.keys()
    assert len(annotations.notes) == 1
    # The song after the last swapped one has nearly equal valence and arousal, so it may be assigned to either side.
    differing = [np.array(ratings[song]) - corrected[song] for song in ratings if ratings[song] != corrected[song]]
    assert len(differing) <= 2
    assert np.abs(differing).max(initial=0) <= 0.2001


def test_missing_data_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no static_annotations\*\.csv found"):
        deam.read(tmp_path)
    write_annotations(tmp_path, slice(0, 0))
    valence = tmp_path / "valence.csv"
    text = valence.read_text()
    valence.write_text(text.replace("\n17,", "\n1700,"))
    with pytest.raises(DataError, match=r"arousal.csv: song 1700 is missing$"):
        deam.read(tmp_path)
    valence.write_text(text.replace("\n17,", "\n17,x"))
    with pytest.raises(DataError, match="line 19: a value is not a number"):
        deam.read(tmp_path)
    valence.write_text(text.replace("song_id", "id"))
    with pytest.raises(DataError, match="column song_id is missing"):
        deam.read(tmp_path)

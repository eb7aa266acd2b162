"""DEAM's exchanged ratings are found by the songs' dynamic annotations, and mended."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tagger.datasets import deam
from tagger.errors import DataError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "deam"


def annotated(folder: Path, exchanged: slice, count: int = 300) -> np.ndarray:
    """Write annotations as DEAM has them, some exchanged; return the right ones."""
    random = np.random.default_rng(0)
    arousal = random.normal(size=count)
    means = np.stack([0.6 * arousal + 0.8 * random.normal(size=count), arousal], axis=1)
    static = (5 + 1.2 * means + 0.5 * random.normal(size=means.shape)).round(2)
    written = static.copy()
    written[exchanged] = written[exchanged][:, ::-1]
    rows = [f"{i},{v},0.5,{a},0.5" for i, (v, a) in enumerate(written)]
    head = "song_id, valence_mean, valence_std, arousal_mean, arousal_std"
    (folder / "static_annotations_averaged_songs.csv").write_text("\n".join([head, *rows]) + "\n")
    for name, values in zip(deam.DYNAMIC, 0.2 * means.T, strict=True):
        rows = [f"{i},{v - 0.1:.5f},{v + 0.1:.5f}," for i, v in enumerate(values)]
        (folder / name).write_text("\n".join(["song_id,sample_15000ms,sample_15500ms,sample_16000ms", *rows]) + "\n")
    return static


@pytest.mark.parametrize("exchanged", [slice(0, 0), slice(0, 120), slice(100, 200), slice(250, 300), slice(0, 300)])
def test_a_run_of_exchanged_songs_is_put_right(tmp_path: Path, exchanged: slice) -> None:
    right = annotated(tmp_path, exchanged)
    ratings, _, notes = deam.read(tmp_path)
    # At the ends of a run a song or two may look like its neighbours beyond.
    wrong = sum(ratings[str(i)] != tuple(row) for i, row in enumerate(right.tolist()))
    assert wrong <= 4
    assert len(notes) == (exchanged.stop > exchanged.start)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_the_original_files() -> None:
    ratings, _, notes = deam.read(SHARED / "annotations")
    with (SHARED / "labels.csv").open() as file:
        mended = {
            row["song_id"]: (float(row["valence_mean"]), float(row["arousal_mean"])) for row in csv.DictReader(file)
        }
    assert ratings.keys() == mended.keys()
    assert len(notes) == 1
    # One song after the last exchanged one has ratings so near to each other that it may be either.
    differing = [np.array(ratings[song]) - mended[song] for song in ratings if ratings[song] != mended[song]]
    assert len(differing) <= 2
    assert np.abs(differing).max(initial=0) <= 0.2001


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no static_annotations"):
        deam.read(tmp_path)
    annotated(tmp_path, slice(0, 0))
    valence = tmp_path / "valence.csv"
    text = valence.read_text()
    valence.write_text(text.replace("\n17,", "\n1700,"))
    with pytest.raises(DataError, match=r"arousal.csv: lacks song 1700$"):
        deam.read(tmp_path)
    valence.write_text(text.replace("\n17,", "\n17,x"))
    with pytest.raises(DataError, match="line 19 holds a value that is no number"):
        deam.read(tmp_path)
    valence.write_text(text.replace("song_id", "id"))
    with pytest.raises(DataError, match="lacks the column song_id"):
        deam.read(tmp_path)

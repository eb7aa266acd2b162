"""All segments at once are what librosa says of each, and much sooner."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from tagger.analysis import extract
from tagger.features import segments
from tests.sounds import music


def one_by_one(y: np.ndarray) -> np.ndarray:
    starts = range(0, len(y) - segments.SEGMENT + 1, segments.SEGMENT)
    cut = [y[start : start + segments.SEGMENT] for start in starts]
    return np.stack([librosa.feature.mfcc(y=s, sr=segments.SAMPLE_RATE, n_mfcc=12).ravel() for s in cut])


def song() -> np.ndarray:
    y = music(10.3, rate=segments.SAMPLE_RATE)[0].astype(np.float32)
    y[30000:45000] = 0  # a segment of silence, and the ends of two more
    return y


def test_librosa_agrees() -> None:
    found = segments.extract(song())
    assert found.shape == (20, len(segments.COLUMNS)) == (20, 264)
    np.testing.assert_allclose(found, one_by_one(song()), atol=1e-3, rtol=1e-5)


def test_less_than_a_segment_has_no_features() -> None:
    assert segments.extract(np.zeros(segments.SEGMENT - 1)).shape == (0, 264)


def test_it_is_much_quicker() -> None:
    y = np.tile(song(), 6)

    def seconds(work: Callable[[np.ndarray], np.ndarray]) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            work(y)
            times.append(time.process_time() - began)
        return min(times)

    with threadpool_limits(1):
        # 8 is the aim, which a busy machine may blur.
        assert seconds(one_by_one) > 4 * seconds(segments.extract)


def test_the_training_set_of_emodj_has_these_features(shared: Path) -> None:
    """Its mean and spread are known of seconds 15 to 45 of all songs; here are seconds 30 to 40 of every eighth."""
    names = ("mean", "std")
    mean, std = (np.load(shared / "data" / "emomusic" / f"feature_matrix_{name}.npy").reshape(12, 22) for name in names)
    with (shared / "data" / "emomusic" / "static_annotations.csv").open() as file:
        songs = [row["song_id"] for row in csv.DictReader(file)][::8]
    rows = np.concatenate([extract(str(shared / "data" / "deam" / "audio" / f"{s}.ogg"), "segments")[1] for s in songs])
    found = rows.reshape(-1, 12, 22)
    away = np.abs(found.mean(axis=0) - mean) / std
    # The first and the last frame differ more: librosa then mirrored a signal at its ends, and now pads it with zeros.
    assert away[:, 1:-1].mean() < 0.1
    assert away[:, 1:-1].max() < 0.35
    assert np.abs(found.std(axis=0) / std - 1)[:, 1:-1].mean() < 0.1

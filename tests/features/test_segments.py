"""The features of all segments at once equal those of librosa for each segment, and are computed much faster."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from tagger.analysis.extraction import extract_features
from tagger.features import segments
from tests.sounds import music


def librosa_features(y: np.ndarray) -> np.ndarray:
    starts = range(0, len(y) - segments.SEGMENT + 1, segments.SEGMENT)
    cut_segments = [y[start : start + segments.SEGMENT] for start in starts]
    return np.stack([librosa.feature.mfcc(y=s, sr=segments.SAMPLE_RATE, n_mfcc=12).ravel() for s in cut_segments])


def song() -> np.ndarray:
    y: np.ndarray = music(10.3, rate=segments.SAMPLE_RATE)[0].astype(np.float32)
    y[30000:45000] = 0  # A segment of silence, and parts of its neighbours.
    return y


def test_features_equal_those_of_librosa() -> None:
    features = segments.extract(song())
    assert features.shape == (20, len(segments.COLUMNS)) == (20, 264)
    np.testing.assert_allclose(features, librosa_features(song()), atol=1e-3, rtol=1e-5)


def test_less_than_a_segment_has_no_features() -> None:
    assert segments.extract(np.zeros(segments.SEGMENT - 1)).shape == (0, 264)


def test_extraction_is_much_faster_than_librosa() -> None:
    y = np.tile(song(), 6)

    def seconds(work: Callable[[np.ndarray], np.ndarray]) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            work(y)
            times.append(time.process_time() - began)
        return min(times)

    with threadpool_limits(1):
        # The target is a factor of 8; a busy machine blurs it.
        assert seconds(librosa_features) > 4 * seconds(segments.extract)


def test_features_match_the_training_set_of_emodj(shared: Path) -> None:
    """Compare mean and deviation over seconds 15 to 45 of all songs with seconds 30 to 40 of every eighth song."""
    names = ("mean", "std")
    mean, std = (np.load(shared / "data" / "emomusic" / f"feature_matrix_{name}.npy").reshape(12, 22) for name in names)
    with (shared / "data" / "emomusic" / "static_annotations.csv").open() as file:
        songs = [row["song_id"] for row in csv.DictReader(file)][::8]
    rows = np.concatenate(
        [extract_features(str(shared / "data" / "deam" / "audio" / f"{s}.ogg"), "segments")[1] for s in songs]
    )
    features = rows.reshape(-1, 12, 22)
    deviation = np.abs(features.mean(axis=0) - mean) / std
    # The first and the last frame differ more: librosa mirrored a signal at its ends then, and pads it with zeros now.
    assert deviation[:, 1:-1].mean() < 0.1
    assert deviation[:, 1:-1].max() < 0.35
    assert np.abs(features.std(axis=0) / std - 1)[:, 1:-1].mean() < 0.1

"""All segments at once are what librosa says of each, and much sooner."""

from __future__ import annotations

import time
from collections.abc import Callable

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

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

"""Parallel extraction of the features of songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tagger.analysis import extraction
from tagger.errors import AudioError, DataError, Failure
from tagger.scanning.workers import Task, WorkerPool


def extract_songs(
    paths: Sequence[Path], name: str, *, jobs: int, on_song: Callable[[], object] = lambda: None
) -> list[np.ndarray]:
    """Extract a feature set from songs.

    Parameters
    ----------
    paths : sequence of Path
        Audio files.
    name : str
        Name of the feature set, a key of `tagger.analysis.SETS`.
    jobs : int
        Number of worker processes.
    on_song : callable
        Called after each song.

    Returns
    -------
    list of numpy.ndarray, shape=(rows, columns)
        Features of each song.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    features: dict[str, np.ndarray] = {}
    with WorkerPool(jobs) as workers:
        for task, result in workers.run(Task(_extract, (str(path), name)) for path in paths):
            path = task.arguments[0]
            if isinstance(result, Failure):
                raise DataError(f"{path}: {result.message}")
            features[path] = result
            on_song()
    return [features[str(path)] for path in paths]


def _extract(path: str, name: str) -> np.ndarray | Failure:
    try:
        return extraction.extract_features(path, name)[1]
    except AudioError as error:
        return Failure(error.kind, str(error))

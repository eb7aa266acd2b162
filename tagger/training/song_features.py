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
    return run_on_songs(_extract, paths, name, jobs=jobs, on_song=on_song)


def run_on_songs(
    function: Callable[..., np.ndarray | Failure],
    paths: Sequence[Path],
    *arguments: object,
    jobs: int,
    on_song: Callable[[], object] = lambda: None,
) -> list[np.ndarray]:
    """Call a function for each of many songs, in worker processes.

    Parameters
    ----------
    function : callable
        Function of a module. Takes the path of a song as str, then `arguments`; returns an array, or a failure whose
        message names the song.
    paths : sequence of Path
        Audio files.
    *arguments : object
        Further arguments.
    jobs : int
        Number of worker processes.
    on_song : callable
        Called after each song.

    Returns
    -------
    list of numpy.ndarray
        In the order of the songs.

    Raises
    ------
    DataError
        If the function returns a failure.
    """
    results: dict[str, np.ndarray] = {}
    with WorkerPool(jobs) as workers:
        for task, result in workers.run(Task(function, (str(path), *arguments)) for path in paths):
            if isinstance(result, Failure):
                raise DataError(result.message)
            results[task.arguments[0]] = result
            on_song()
    return [results[str(path)] for path in paths]


def _extract(path: str, name: str) -> np.ndarray | Failure:
    try:
        return extraction.extract_features(path, name)[1]
    except AudioError as error:
        return Failure(error.kind, f"{path}: {error}")

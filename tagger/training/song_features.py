"""The features of many songs, extracted in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tagger import analysis
from tagger.errors import AudioError, DataError
from tagger.findings import Failure
from tagger.workers import Task, Workers


def extract_songs(
    paths: Sequence[Path], kind: str, *, jobs: int, on_song: Callable[[], object] = lambda: None
) -> list[np.ndarray]:
    """Return the features of each song; shape (excerpts, columns) each.

    Parameters
    ----------
    paths : sequence of Path
    kind : str
        Key of `tagger.analysis.SETS`.
    jobs : int
        Processes.
    on_song : callable
        Called after each song.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    found: dict[str, np.ndarray] = {}
    with Workers(jobs) as workers:
        for task, result in workers.run(Task(_features, (str(path), kind)) for path in paths):
            path = task.arguments[0]
            if isinstance(result, Failure):
                raise DataError(f"{path}: {result.message}")
            found[path] = result
            on_song()
    return [found[str(path)] for path in paths]


def _features(path: str, kind: str) -> np.ndarray | Failure:
    try:
        return analysis.extract(path, kind)[1]
    except AudioError as error:
        return Failure(error.kind, str(error))

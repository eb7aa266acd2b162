"""Differences between the features of a song and those of its encodings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tagger.analysis.extraction import analyse
from tagger.analysis.results import Analysis
from tagger.errors import DataError, Failure
from tagger.evaluation.invariance import encoded_variants
from tagger.features import join_feature_sets
from tagger.training.song_features import run_on_songs

ENCODINGS = ("MP3 64", "MP3 128", "AAC 128", "Opus 96", "Vorbis 128")
"""Names of variants of `tagger.evaluation.invariance`."""


def encoding_differences(paths: Sequence[Path], names: Sequence[str], *, jobs: int) -> np.ndarray:
    """Measure how the features of songs differ between the song and its encodings.

    Parameters
    ----------
    paths : sequence of Path
        Audio files.
    names : sequence of str
        Names of feature sets, in the order of the columns.
    jobs : int
        Number of worker processes.

    Returns
    -------
    numpy.ndarray, shape=(songs * encodings, columns)
        In the order of the songs. The features are means over the windows of a song.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    return np.concatenate(run_on_songs(_differences, paths, tuple(names), jobs=jobs))


def _differences(path: str, names: tuple[str, ...]) -> np.ndarray | Failure:
    def features(encoded: Path, description: str) -> np.ndarray:
        analysis = analyse(str(encoded), kinds=names)
        if isinstance(analysis, Failure):
            raise DataError(f"{description}: {analysis.message}")
        assert isinstance(analysis, Analysis)
        windows, *others = (analysis.features[name] for name in names)
        row: np.ndarray = join_feature_sets([windows.mean(axis=0, keepdims=True), *others])[0]
        return row.astype(np.float64)

    try:
        plain, *encoded = encoded_variants(Path(path), ENCODINGS, features)
    except DataError as error:
        return Failure("unreadable", str(error))
    differences: np.ndarray = np.array(encoded) - plain
    return differences

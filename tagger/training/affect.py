"""Train and measure the model of valence and arousal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tagger import models
from tagger.analysis import extract as extract_features
from tagger.errors import AudioError, DataError
from tagger.features import VERSIONS, affect
from tagger.findings import Failure
from tagger.training import metrics, protocols
from tagger.training.cards import card
from tagger.training.datasets import AffectData, read_affect
from tagger.training.estimators import AffectBlend, Average, Ridge, SupportVectors
from tagger.workers import Task, Workers

COUPLING = 0.7
"""Share of the likeness of valence and arousal in the ratings that the shipped model keeps.

With 1 the ratings are met best, and furious metal is called pleasant; with 0 valence is told from what is
left of it, and the ratings are met badly. The figures of both stand in the card.
"""

TERMS = (
    "Trained on DEAM (Aljanaki, Yang and Soleymani, 2017), a data set published for research; see its terms "
    "before any other use. The model holds derived statistics and no audio."
)


def estimator(coupling: float = COUPLING) -> AffectBlend:
    """Return the unfitted model."""
    members = [SupportVectors(C=0.5, gamma=0.003, epsilon=0.05), Ridge(300.0)]
    return AffectBlend(Average(members), coupling=coupling)


def extract(data: AffectData, *, jobs: int, on_song: Callable[[], object] = lambda: None) -> np.ndarray:
    """Return the mean of the features of each song's windows; shape (songs, columns).

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    paths = [str(path) for path in data.paths]
    rows: dict[str, np.ndarray] = {}
    with Workers(jobs) as workers:
        for task, result in workers.run(Task(_features, (path,)) for path in paths):
            (path,) = task.arguments
            if isinstance(result, Failure):
                raise DataError(f"{path}: {result.message}")
            rows[path] = result
            on_song()
    return np.stack([rows[path] for path in paths])


def _features(path: str) -> np.ndarray | Failure:
    try:
        return extract_features(path, "affect")[1].mean(axis=0)
    except AudioError as error:
        return Failure(error.kind, str(error))


def evaluate(
    audio: Path,
    labels: Path,
    *,
    seeds: int,
    jobs: int,
    seed: int = 0,
    on_song: Callable[[], object] = lambda: None,
    on_note: Callable[[str], object] = lambda note: None,
) -> dict[str, protocols.Figures]:
    """Measure the model by ten-fold cross-validation by song: as shipped, and in-domain.

    Parameters
    ----------
    audio, labels : Path
        Folder of songs, and their ratings, as `tagger.training.datasets.read_affect` takes them.
    seeds, seed : int
        Number of shufflings, and the first one.
    jobs : int
        Processes that analyse the songs.
    on_song : callable
        Called after each song's analysis.
    on_note : callable
        Told of each fault of the data set that was mended.

    Returns
    -------
    dict of str to Figures
        ``shipped``, and ``in_domain``: with the full likeness of valence and arousal in the ratings.

    Raises
    ------
    DataError
        If the data set is not what it should be.
    """
    data = read_affect(audio, labels)
    for note in data.notes:
        on_note(note)
    return _measure(data, extract(data, jobs=jobs, on_song=on_song), seeds, seed)


def _measure(data: AffectData, X: np.ndarray, seeds: int, seed: int) -> dict[str, protocols.Figures]:
    shufflings = range(seed, seed + seeds)
    return {
        name: protocols.cross_validated(estimator(coupling), X, data.labels, metrics.affect, shufflings)
        for name, coupling in (("shipped", COUPLING), ("in_domain", 1.0))
    }


def train(
    audio: Path,
    labels: Path,
    out: Path,
    *,
    seeds: int = 5,
    jobs: int = 1,
    seed: int = 0,
    on_song: Callable[[], object] = lambda: None,
    on_note: Callable[[str], object] = lambda note: None,
) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    out : Path
        The model file to write.
    audio, labels, seeds, jobs, seed, on_song, on_note
        As for `evaluate`.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If the data set is not what it should be.
    """
    data = read_affect(audio, labels)
    for note in data.notes:
        on_note(note)
    X = extract(data, jobs=jobs, on_song=on_song)
    content = {
        "kind": "affect",
        "features": "affect",
        "features_version": VERSIONS["affect"],
        "columns": len(affect.COLUMNS),
        "part": protocols.fit(estimator(), X, data.labels).part_,
    }
    particulars = card(
        "affect",
        version=VERSIONS["affect"],
        columns=len(affect.COLUMNS),
        data={"file": data.source, "sha256": data.sha256, "songs": len(data.labels), "mended": list(data.notes)},
        algorithm="mean of an RBF support vector regression (C .5, gamma .003, epsilon .05) and ridge (300)",
        coupling=COUPLING,
        protocol=f"songs: 10 shuffled folds by song, {seeds} seeds, everything fitted inside the fold",
        figures=_measure(data, X, seeds, seed),
        terms=TERMS,
    )
    return models.save(out, content, particulars)

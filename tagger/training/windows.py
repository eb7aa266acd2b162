"""The recipe of the bundled model of valence and arousal: features of 10-second windows, ratings of whole songs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tagger import models
from tagger.features import VERSIONS, affect
from tagger.training import metrics, protocols
from tagger.training.cards import card
from tagger.training.estimators import AffectBlend, Average, Ridge, SupportVectors
from tagger.training.extraction import extract
from tagger.training.measured import Evaluation, Measured
from tagger.training.rated import RatedSongs
from tagger.training.recipe import Asked, comparisons, with_artists

PROTOCOLS = ("songs", "artists")

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


def features(data: RatedSongs, asked: Asked) -> np.ndarray:
    """Return the mean of the features of each song's windows; shape (songs, columns).

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    found = extract(data.paths, "affect", jobs=asked.jobs, on_song=asked.on_song)
    return np.stack([windows.mean(axis=0) for windows in found])


def evaluate(data: RatedSongs, protocol: str, asked: Asked) -> Evaluation:
    """Measure the model by ten-fold cross-validation: as shipped, and in-domain.

    Parameters
    ----------
    data : RatedSongs
    protocol : str
        One of `PROTOCOLS`: what is held out together.
    asked : Asked

    Returns
    -------
    Evaluation
        Of the model as it is shipped, and with the full likeness of valence and arousal in the ratings.

    Raises
    ------
    DataError
        If a song cannot be analysed, or artists are not known.
    """
    if protocol == "artists":
        data = with_artists(data)
    groups = data.artists if protocol == "artists" else None
    found = list(_measured(data, features(data, asked), groups, asked))
    return Evaluation(protocol, f"{data.source}, {len(data.paths)} songs", asked.seeds, found, data.notes)


def _measured(data: RatedSongs, X: np.ndarray, groups: np.ndarray | None, asked: Asked) -> Iterator[Measured]:
    for name, coupling in (("shipped", COUPLING), ("in-domain", 1.0)):
        runs = []
        for seed in asked.shufflings:
            predicted = protocols.out_of_fold(estimator(coupling), X, data.labels, seed, groups, jobs=asked.jobs)
            runs.append(metrics.affect(data.labels, predicted))
            asked.on_step(f"{name}, seed {seed}")
        compared = comparisons(data.labels, predicted)
        yield Measured(name, protocols.summarised(runs), comparisons=compared)


def train(data: RatedSongs, out: Path, asked: Asked) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    data : RatedSongs
    out : Path
        The model file to write.
    asked : Asked

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    X = features(data, asked)
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
        protocol=f"songs: 10 shuffled folds by song, {asked.seeds} seeds, everything fitted inside the fold",
        figures={model.name: model.figures for model in _measured(data, X, None, asked)},
        terms=TERMS,
    )
    return models.save(out, content, particulars)

"""The protocol of the study that the moods came from, as it was, and with its leak mended.

The 27 sets of labels are classes. Rare classes are repeated until all are as large as the largest *before* the songs
are split, so that copies of the test songs are in the training part: the figures flatter. Split first, the same
algorithms tell about two songs in five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import LabelEncoder, StandardScaler

from tagger.extras import library
from tagger.training.algorithms import oversampled, uncorrelated
from tagger.training.cnn import Network
from tagger.training.protocols import Figures, summarised

CORRELATED = 0.8
FEWEST = 5
"""Songs below which a class is dropped."""

SPLIT_SEED = 42


def _boosted(seed: int) -> BaseEstimator:
    return OneVsRestClassifier(library("xgboost", "train").XGBClassifier(random_state=seed, n_jobs=1), n_jobs=-1)


def _forest(seed: int) -> BaseEstimator:
    return RandomForestClassifier(100, random_state=seed, n_jobs=-1)


ALGORITHMS: dict[str, Callable[[int], BaseEstimator]] = {"forest": _forest, "xgboost": _boosted, "cnn": Network}
STUDY = {"forest": 0.85, "xgboost": 0.77, "cnn": 0.80}
"""Accuracy that the study reported."""


@dataclass(frozen=True)
class Classes:
    """The songs that remain, with a class each.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    classes : numpy.ndarray, shape=(songs,)
        From 0.
    """

    features: np.ndarray
    classes: np.ndarray


def prepared(features: np.ndarray, labels: np.ndarray) -> Classes:
    """Drop correlated columns, make a class of each set of labels, and drop the rare classes."""
    kept = features[:, uncorrelated(features, CORRELATED)]
    sets = labels @ (1 << np.arange(labels.shape[1]))
    names, counts = np.unique(sets, return_counts=True)
    common = np.isin(sets, names[counts >= FEWEST])
    return Classes(kept[common], LabelEncoder().fit_transform(sets[common]))


def leaking(data: Classes, seed: int) -> tuple[np.ndarray, ...]:
    """Repeat songs, then split, as the study did; return training and test features, and their classes."""
    places = oversampled(data.classes, np.random.default_rng(seed))
    train, test = train_test_split(places, test_size=0.2, random_state=SPLIT_SEED)
    test = np.unique(test)  # duplicates were dropped from the test part, not what is in both
    return _scaled(data, train, test, together=False)


def honest(data: Classes, seed: int) -> tuple[np.ndarray, ...]:
    """Split, then repeat songs of the training part alone, and scale by that part."""
    places = np.arange(len(data.classes))
    train, test = train_test_split(places, test_size=0.2, random_state=SPLIT_SEED + seed, stratify=data.classes)
    train = train[oversampled(data.classes[train], np.random.default_rng(seed))]
    return _scaled(data, train, test, together=True)


def _scaled(data: Classes, train: np.ndarray, test: np.ndarray, *, together: bool) -> tuple[np.ndarray, ...]:
    scaler = StandardScaler().fit(data.features[train])
    other = scaler if together else StandardScaler().fit(data.features[test])
    parts = scaler.transform(data.features[train]), other.transform(data.features[test])
    return (*parts, data.classes[train], data.classes[test])


@dataclass(frozen=True)
class Result:
    """What an algorithm reached.

    Attributes
    ----------
    figures : Figures
        Accuracy, and precision, recall and F1 averaged over the classes.
    spread : float
        Standard deviation of the accuracy over the seeds.
    confusion : numpy.ndarray, shape=(classes, classes)
        True classes by told ones, summed over the seeds.
    """

    figures: Figures
    spread: float
    confusion: np.ndarray


def evaluate(
    features: np.ndarray,
    labels: np.ndarray,
    algorithm: str,
    seeds: Iterable[int],
    on_seed: Callable[[], object] = lambda: None,
) -> dict[str, Result]:
    """Measure an algorithm by the study's protocol, and with the split first.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    labels : numpy.ndarray, shape=(songs, moods)
    algorithm : str
        One of `ALGORITHMS`.
    seeds : iterable of int
        Of the over-sampling and of the algorithm.

    Returns
    -------
    dict of str to Result
        ``notebook`` and ``split_first``.
    """
    data = prepared(features, labels)
    classes = int(data.classes.max()) + 1
    runs: dict[str, list[tuple[dict[str, float], np.ndarray]]] = {"notebook": [], "split_first": []}
    for seed in seeds:
        for name, split in (("notebook", leaking), ("split_first", honest)):
            X, X_test, y, truth = split(data, seed)
            told: Any = ALGORITHMS[algorithm](seed).fit(X, y).predict(X_test)
            confusion = confusion_matrix(truth, told, labels=range(classes))
            runs[name].append((_judged(truth, told), confusion))
        on_seed()
    return {
        name: Result(
            summarised([figures for figures, _ in results]),
            float(np.std([figures["accuracy"] for figures, _ in results])),
            np.sum([confusion for _, confusion in results], axis=0),
        )
        for name, results in runs.items()
    }


def _judged(truth: np.ndarray, told: np.ndarray) -> dict[str, float]:
    averaged = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": accuracy_score(truth, told),
        "precision": precision_score(truth, told, **averaged),
        "recall": recall_score(truth, told, **averaged),
        "f1": f1_score(truth, told, **averaged),
    }

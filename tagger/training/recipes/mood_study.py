"""The protocol of the study that the moods came from, as it was, and with its leak mended.

The 27 sets of labels are classes. Rare classes are repeated until all are as large as the largest *before* the songs
are split, so that copies of the test songs are in the training part: the figures flatter. Split first, the same
algorithms tell about two songs in five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import LabelEncoder, StandardScaler

from tagger.datasets.multilabel import MoodsData
from tagger.emotions import MOODS
from tagger.evaluation.cross_validation import summarise
from tagger.evaluation.results import Confusion, Evaluation, ModelResult
from tagger.extras import require_extra
from tagger.training.estimators.algorithms import oversample, uncorrelated_columns
from tagger.training.estimators.cnn import CnnClassifier
from tagger.training.estimators.meta_estimators import MIN_SONGS, label_set_ids

CORRELATED = 0.8
SPLIT_SEED = 42


def _boosted(seed: int) -> BaseEstimator:
    return OneVsRestClassifier(require_extra("xgboost", "train").XGBClassifier(random_state=seed, n_jobs=1))


def _forest(seed: int) -> BaseEstimator:
    return RandomForestClassifier(100, random_state=seed)


ALGORITHMS: dict[str, Callable[[int], BaseEstimator]] = {"forest": _forest, "xgboost": _boosted, "cnn": CnnClassifier}
STUDY_ACCURACY = {"forest": 0.85, "xgboost": 0.77, "cnn": 0.80}
"""Accuracy that the study reported."""


LEAK = (
    "songs are repeated before the split, so copies of the test songs are trained on; the honest figures beside it "
    "have the split first"
)


@dataclass(frozen=True)
class Classes:
    """The songs that remain, with a class each.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    classes : numpy.ndarray, shape=(songs,)
        From 0.
    sets : tuple of str
        The moods of each class.
    """

    features: np.ndarray
    classes: np.ndarray
    sets: tuple[str, ...] = ()


def prepare(features: np.ndarray, labels: np.ndarray) -> Classes:
    """Drop correlated columns, make a class of each set of labels, and drop the rare classes."""
    kept = features[:, uncorrelated_columns(features, CORRELATED)]
    sets = label_set_ids(labels)
    names, counts = np.unique(sets, return_counts=True)
    common = np.isin(sets, names[counts >= MIN_SONGS])
    moods = tuple(_named(int(name)) for name in names[counts >= MIN_SONGS])
    return Classes(kept[common], LabelEncoder().fit_transform(sets[common]), moods)


def _named(labels: int) -> str:
    return "+".join(mood.split("-")[0] for i, mood in enumerate(MOODS) if labels >> i & 1) or "none"


def leaking_split(data: Classes, seed: int) -> tuple[np.ndarray, ...]:
    """Repeat songs, then split, as the study did; return training and test features, and their classes."""
    places = oversample(data.classes, np.random.default_rng(seed))
    train, test = train_test_split(places, test_size=0.2, random_state=SPLIT_SEED)
    test = np.unique(test)  # duplicates were dropped from the test part, not what is in both
    return _scaled(data, train, test, together=False)


def honest_split(data: Classes, seed: int) -> tuple[np.ndarray, ...]:
    """Split, then repeat songs of the training part alone, and scale by that part."""
    places = np.arange(len(data.classes))
    train, test = train_test_split(places, test_size=0.2, random_state=SPLIT_SEED + seed, stratify=data.classes)
    train = train[oversample(data.classes[train], np.random.default_rng(seed))]
    return _scaled(data, train, test, together=True)


def _scaled(data: Classes, train: np.ndarray, test: np.ndarray, *, together: bool) -> tuple[np.ndarray, ...]:
    scaler = StandardScaler().fit(data.features[train])
    other = scaler if together else StandardScaler().fit(data.features[test])
    parts = scaler.transform(data.features[train]), other.transform(data.features[test])
    return (*parts, data.classes[train], data.classes[test])


SPLITS = {"as in the study": leaking_split, "split first": honest_split}


def evaluate(
    data: MoodsData,
    algorithms: Iterable[str],
    seeds: range,
    *,
    jobs: int = 1,
    on_seed: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Measure algorithms by the study's protocol, and with the split first.

    Parameters
    ----------
    data : MoodsData
    algorithms : iterable of str
        Of `ALGORITHMS`.
    seeds : range
        Of the over-sampling and of the algorithm.
    jobs : int
        Seeds that are run at the same time.
    on_seed : callable
        Called after each of them.

    Returns
    -------
    Evaluation
        Of each algorithm as in the study, and with the split first; `spread` is the standard deviation over the seeds,
        `study` what the study reported.
    """
    classes = prepare(data.features, data.labels)
    found = []
    for algorithm in algorithms:
        runs: dict[str, list[_Run]] = {name: [] for name in SPLITS}
        for each in Parallel(jobs, return_as="generator")(delayed(_run)(classes, algorithm, seed) for seed in seeds):
            for name, run in each.items():
                runs[name].append(run)
            on_seed()
        found += [_measured(algorithm, name, results, classes.sets) for name, results in runs.items()]
    songs = f"{data.source}, {len(classes.classes)} songs of {len(classes.sets)} sets of labels"
    return Evaluation("notebook", songs, len(seeds), found)


def _run(classes: Classes, algorithm: str, seed: int) -> dict[str, _Run]:
    runs = {}
    for name, split in SPLITS.items():
        X, X_test, y, truth = split(classes, seed)
        told = ALGORITHMS[algorithm](seed).fit(X, y).predict(X_test)
        runs[name] = _Run(_judged(truth, told), confusion_matrix(truth, told, labels=range(len(classes.sets))))
    return runs


class _Run(NamedTuple):
    figures: dict[str, float]
    confusion: np.ndarray


def _measured(algorithm: str, split: str, runs: list[_Run], sets: tuple[str, ...]) -> ModelResult:
    figures = summarise([run.figures for run in runs])
    figures["spread"] = {"mean": float(np.std([run.figures["accuracy"] for run in runs])), "se": 0.0}
    leaks = split == "as in the study"
    if leaks:
        figures["study"] = {"mean": STUDY_ACCURACY[algorithm], "se": 0.0}
    confusion = Confusion(sets, np.sum([run.confusion for run in runs], axis=0))
    return ModelResult(f"{algorithm}, {split}", figures, LEAK * leaks, {"sets of labels": confusion})


def _judged(truth: np.ndarray, told: np.ndarray) -> dict[str, float]:
    averaged = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": accuracy_score(truth, told),
        "precision": precision_score(truth, told, **averaged),
        "recall": recall_score(truth, told, **averaged),
        "f1": f1_score(truth, told, **averaged),
    }

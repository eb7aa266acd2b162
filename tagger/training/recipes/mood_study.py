"""The protocol of the study that the six moods come from, and the same without its data leakage.

The label sets are classes (27 in the study). Songs of rare classes are repeated *before* the split, so that copies of
the test songs are in the training set. When the songs are split first, the same algorithms find the class of about two
songs in five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import LabelEncoder, StandardScaler

from tagger.datasets.correlation import uncorrelated_columns
from tagger.datasets.multilabel import MoodDataset
from tagger.emotions import MOODS
from tagger.evaluation.cross_validation import aggregate_runs
from tagger.evaluation.results import Confusion, Evaluation, ModelResult
from tagger.extras import require_extra
from tagger.training.estimators.cnn import CnnClassifier
from tagger.training.estimators.meta_estimators import MIN_SONGS, label_set_ids, oversample
from tagger.training.recipes.base import RunConfig

MAX_CORRELATION = 0.8
"""Absolute correlation above which a feature is dropped."""

TEST_SHARE, SPLIT_SEED = 0.2, 42
"""Share of the songs in the test set, and random seed of the split."""


def _make_xgboost(seed: int) -> Any:
    return OneVsRestClassifier(require_extra("xgboost", "train").XGBClassifier(random_state=seed, n_jobs=1))


def _make_forest(seed: int) -> Any:
    return RandomForestClassifier(100, random_state=seed)


ALGORITHMS: dict[str, Callable[[int], Any]] = {"forest": _make_forest, "xgboost": _make_xgboost, "cnn": CnnClassifier}
"""The algorithms of the study, by name: unfitted classifiers, given a seed."""

STUDY_ACCURACY = {"forest": 0.85, "xgboost": 0.77, "cnn": 0.80}
"""Accuracies that the study reports."""

LEAK = (
    "songs are repeated before the split, so that copies of the test songs are in the training set; see the figures "
    "with the split first"
)


@dataclass(frozen=True)
class LabelSetDataset:
    """Songs with their label sets as classes.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    classes : numpy.ndarray, shape=(songs,)
        Numbered from 0.
    sets : tuple of str
        The moods of each class, as text.
    """

    features: np.ndarray
    classes: np.ndarray
    sets: tuple[str, ...] = ()


class Split(NamedTuple):
    """A split of songs into a training and a test set.

    Attributes
    ----------
    X_train, X_test : numpy.ndarray, shape=(songs, columns)
        Standardised features.
    y_train, y_test : numpy.ndarray, shape=(songs,)
        Classes.
    """

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


def prepare(features: np.ndarray, labels: np.ndarray) -> LabelSetDataset:
    """Drop correlated features, turn label sets into classes, and drop songs of rare classes.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    labels : numpy.ndarray, shape=(songs, moods)
        0 or 1.

    Returns
    -------
    LabelSetDataset
    """
    kept = features[:, uncorrelated_columns(features, MAX_CORRELATION)]
    sets = label_set_ids(labels)
    ids, counts = np.unique(sets, return_counts=True)
    common = np.isin(sets, ids[counts >= MIN_SONGS])
    names = tuple(_set_name(int(set_id)) for set_id in ids[counts >= MIN_SONGS])
    return LabelSetDataset(kept[common], LabelEncoder().fit_transform(sets[common]), names)


def _set_name(set_id: int) -> str:
    """Return the first words of the moods of a label set, such as "happy+relaxing"."""
    return "+".join(mood.split("-")[0] for i, mood in enumerate(MOODS) if set_id >> i & 1) or "none"


def leaking_split(data: LabelSetDataset, seed: int) -> Split:
    """Oversample, then split, as the study does.

    Parameters
    ----------
    data : LabelSetDataset
    seed : int
        Random seed of the oversampling.

    Returns
    -------
    Split
        With copies of test songs in the training set.
    """
    rows = oversample(data.classes, np.random.default_rng(seed))
    train, test = train_test_split(rows, test_size=TEST_SHARE, random_state=SPLIT_SEED)
    test = np.unique(test)  # the study drops duplicates within the test set, but not those of training songs
    train_scaler, test_scaler = (StandardScaler().fit(data.features[part]) for part in (train, test))
    return _make_split(data, train, test, train_scaler, test_scaler)


def honest_split(data: LabelSetDataset, seed: int) -> Split:
    """Split, then oversample the training set, and standardise by the training set.

    Parameters
    ----------
    data : LabelSetDataset
    seed : int
        Random seed of the split and of the oversampling.

    Returns
    -------
    Split
    """
    train, test = train_test_split(
        np.arange(len(data.classes)), test_size=TEST_SHARE, random_state=SPLIT_SEED + seed, stratify=data.classes
    )
    train = train[oversample(data.classes[train], np.random.default_rng(seed))]
    scaler = StandardScaler().fit(data.features[train])
    return _make_split(data, train, test, scaler, scaler)


def _make_split(
    data: LabelSetDataset,
    train: np.ndarray,
    test: np.ndarray,
    train_scaler: StandardScaler,
    test_scaler: StandardScaler,
) -> Split:
    X_train, X_test = train_scaler.transform(data.features[train]), test_scaler.transform(data.features[test])
    return Split(X_train, X_test, data.classes[train], data.classes[test])


LEAKING = "as in the study"
SPLITS = {LEAKING: leaking_split, "split first": honest_split}
"""Splits by the name of the variant of the protocol."""


class _Run(NamedTuple):
    figures: dict[str, float]
    confusion: np.ndarray


def evaluate(data: MoodDataset, algorithms: Iterable[str], config: RunConfig) -> Evaluation:
    """Evaluate algorithms by the protocol of the study, and with the split first.

    Parameters
    ----------
    data : MoodDataset
    algorithms : iterable of str
        Keys of `ALGORITHMS`.
    config : RunConfig
        The seeds are those of the oversampling and of the algorithm; `jobs` seeds run in parallel, and `on_step` is
        called after each.

    Returns
    -------
    Evaluation
        For each algorithm the result as in the study, then with the split first. The metric `spread` is the standard
        deviation of the accuracy over the seeds, `study` is the accuracy that the study reports.
    """
    classes = prepare(data.features, data.labels)
    results = []
    for algorithm in algorithms:
        runs: dict[str, list[_Run]] = {name: [] for name in SPLITS}
        calls = (delayed(_run)(classes, algorithm, seed) for seed in config.all_seeds)
        for seed, seed_runs in zip(config.all_seeds, Parallel(config.jobs, return_as="generator")(calls), strict=True):
            for name, run in seed_runs.items():
                runs[name].append(run)
            config.on_step(f"{algorithm}, seed {seed}")
        results += [_make_result(algorithm, name, split_runs, classes.sets) for name, split_runs in runs.items()]
    about = f"{data.source}, {len(classes.classes)} songs of {len(classes.sets)} sets of labels"
    return Evaluation("notebook", about, config.seeds, results)


def _run(data: LabelSetDataset, algorithm: str, seed: int) -> dict[str, _Run]:
    runs = {}
    for name, make_split in SPLITS.items():
        split = make_split(data, seed)
        predicted = ALGORITHMS[algorithm](seed).fit(split.X_train, split.y_train).predict(split.X_test)
        confusion = confusion_matrix(split.y_test, predicted, labels=range(len(data.sets)))
        runs[name] = _Run(_class_metrics(split.y_test, predicted), confusion)
    return runs


def _make_result(algorithm: str, split: str, runs: list[_Run], sets: tuple[str, ...]) -> ModelResult:
    figures = aggregate_runs([run.figures for run in runs])
    figures["spread"] = {"mean": float(np.std([run.figures["accuracy"] for run in runs])), "se": 0.0}
    leaks = split == LEAKING
    if leaks:
        figures["study"] = {"mean": STUDY_ACCURACY[algorithm], "se": 0.0}
    confusion = Confusion(sets, np.sum([run.confusion for run in runs], axis=0))
    return ModelResult(f"{algorithm}, {split}", figures, LEAK if leaks else "", {"sets of labels": confusion})


def _class_metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    averaged = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": accuracy_score(truth, predicted),
        "precision": precision_score(truth, predicted, **averaged),
        "recall": recall_score(truth, predicted, **averaged),
        "f1": f1_score(truth, predicted, **averaged),
    }

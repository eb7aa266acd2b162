"""Train and measure the moods model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tagger import models
from tagger.emotions import MOODS
from tagger.features import VERSIONS, marsyas
from tagger.training import metrics, protocols
from tagger.training.algorithms import ALGORITHMS, DESCRIPTIONS, Balanced, Uncorrelated
from tagger.training.cards import card
from tagger.training.datasets import MoodsData, read_moods
from tagger.training.estimators import Estimator, Only

THRESHOLD = 0.45
"""Probability from which a mood is given: where micro-F1 gains little more and Hamming loss is still low."""

FRAGILE = ("Std_Acc1298_Mean_Mem40_Flux", "Mean_Acc1298_Mean_Mem40_MFCC_0")
"""Not looked at: the first depends on the resampler, the second on the gain."""

TERMS = (
    "Trained on the Mulan `emotions` data set (Trohidis et al., 2008), which is published for research; "
    "the model holds derived statistics and no audio."
)


def estimator(
    algorithm: str = "blend", *, seed: int = 0, oversample: bool = False, drop_correlated: float | None = None
) -> Estimator:
    """Return an unfitted model; fragile columns are not looked at, whatever the algorithm.

    Parameters
    ----------
    algorithm : str
        One of `tagger.training.algorithms.ALGORITHMS`.
    seed : int
        Of the model.
    oversample : bool
        Repeat songs with rare sets of labels.
    drop_correlated : float, optional
        Absolute correlation with an earlier column above which a column is dropped.
    """
    model = ALGORITHMS[algorithm](seed)
    if drop_correlated is not None:
        model = Uncorrelated(model, drop_correlated)
    if oversample:
        model = Balanced(model, seed)
    fragile = {marsyas.COLUMNS.index(name) for name in FRAGILE}
    return Only(model, tuple(i for i in range(len(marsyas.COLUMNS)) if i not in fragile))


def evaluate(
    path: Path,
    *,
    seeds: int,
    seed: int = 0,
    on_seed: Callable[[], object] = lambda: None,
    test: Path | None = None,
    **model: Any,
) -> protocols.Figures:
    """Measure a model by ten-fold cross-validation under several shufflings, or on a test set.

    Parameters
    ----------
    path : Path
        The data set, as ARFF or CSV.
    seeds : int
        Number of shufflings; with a test set, of models.
    seed : int
        Of the first shuffling, and of the model.
    on_seed : callable
        Called after each of them.
    test : Path, optional
        The songs to measure on; the model is then trained on all of `path`.
    **model
        As for `estimator`.

    Raises
    ------
    DataError
        If a data set is not what it should be.
    """
    data = read_moods(path, marsyas.COLUMNS)
    if test is None:
        return _measure(data, seeds, seed, on_seed, **model)
    other, runs = read_moods(test, marsyas.COLUMNS), []
    for number in range(seed, seed + seeds):
        fitted = protocols.fit(estimator(seed=number, **model), data.features, data.labels)
        runs.append(metrics.multilabel(other.labels, fitted.predict(other.features), THRESHOLD))
        on_seed()
    return protocols.summarised(runs)


def _measure(data: MoodsData, seeds: int, seed: int, on_seed: Callable[[], object], **model: Any) -> protocols.Figures:
    judge = partial(metrics.multilabel, threshold=THRESHOLD)
    shufflings = range(seed, seed + seeds)
    unfitted = estimator(seed=seed, **model)
    return protocols.cross_validated(unfitted, data.features, data.labels, judge, shufflings, on_seed)


def train(
    path: Path,
    out: Path,
    *,
    seeds: int = 5,
    seed: int = 0,
    on_seed: Callable[[], object] = lambda: None,
    algorithm: str = "blend",
    **model: Any,
) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    path : Path
        The data set, as ARFF or CSV.
    out : Path
        The model file to write.
    seeds, seed, on_seed
        As for `evaluate`.
    algorithm, **model
        As for `estimator`.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If the data set is not what it should be.
    """
    data = read_moods(path, marsyas.COLUMNS)
    figures = _measure(data, seeds, seed, on_seed, algorithm=algorithm, **model)
    unfitted = estimator(algorithm, seed=seed, **model)
    content = {
        "kind": "moods",
        "features": "moods",
        "features_version": VERSIONS["moods"],
        "columns": len(marsyas.COLUMNS),
        "labels": list(MOODS),
        "threshold": THRESHOLD,
        "part": protocols.fit(unfitted, data.features, data.labels).part_,
    }
    particulars = card(
        "moods",
        version=VERSIONS["moods"],
        columns=len(marsyas.COLUMNS),
        data={"file": data.source, "sha256": data.sha256, "songs": len(data.labels)},
        algorithm=DESCRIPTIONS[algorithm],
        settings={name: value for name, value in model.items() if value},
        not_used=list(FRAGILE),
        rule=f"moods from probability {THRESHOLD}, and always the most probable one",
        seed=seed,
        protocol=f"cv: 10 shuffled folds, {seeds} seeds, everything fitted inside the fold",
        figures=figures,
        terms=TERMS,
    )
    return models.save(out, content, particulars)

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
from tagger.training.cards import card
from tagger.training.datasets import MoodsData, read_moods
from tagger.training.estimators import Forest, KernelRidge, MoodsBlend

THRESHOLD = 0.45
"""Probability from which a mood is given: where micro-F1 gains little more and Hamming loss is still low."""

FRAGILE = ("Std_Acc1298_Mean_Mem40_Flux", "Mean_Acc1298_Mean_Mem40_MFCC_0")
"""Not looked at: the first depends on the resampler, the second on the gain."""

TERMS = (
    "Trained on the Mulan `emotions` data set (Trohidis et al., 2008), which is published for research; "
    "the model holds derived statistics and no audio."
)


def estimator(seed: int) -> MoodsBlend:
    """Return the unfitted model."""
    return MoodsBlend(
        Forest(200, min_samples_leaf=2, seed=seed),
        KernelRidge(alpha=1.0, gamma=0.006),
        drop=tuple(marsyas.COLUMNS.index(name) for name in FRAGILE),
    )


def evaluate(
    path: Path, *, seeds: int, seed: int = 0, on_seed: Callable[[], object] = lambda: None
) -> protocols.Figures:
    """Measure the model by ten-fold cross-validation under several shufflings.

    Parameters
    ----------
    path : Path
        The data set, as ARFF.
    seeds : int
        Number of shufflings.
    seed : int
        Of the first shuffling, and of the model.
    on_seed : callable
        Called after each shuffling.

    Raises
    ------
    DataError
        If the data set is not what it should be.
    """
    return _measure(read_moods(path, marsyas.COLUMNS), seeds, seed, on_seed)


def _measure(data: MoodsData, seeds: int, seed: int, on_seed: Callable[[], object]) -> protocols.Figures:
    judge = partial(metrics.multilabel, threshold=THRESHOLD)
    shufflings = range(seed, seed + seeds)
    return protocols.cross_validated(estimator(seed), data.features, data.labels, judge, shufflings, on_seed)


def train(
    path: Path, out: Path, *, seeds: int = 5, seed: int = 0, on_seed: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Measure the model, train it on the whole data set and save it with its card.

    Parameters
    ----------
    path : Path
        The data set, as ARFF.
    out : Path
        The model file to write.
    seeds, seed, on_seed
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
    data = read_moods(path, marsyas.COLUMNS)
    figures = _measure(data, seeds, seed, on_seed)
    content = {
        "kind": "moods",
        "features_version": VERSIONS["moods"],
        "columns": len(marsyas.COLUMNS),
        "labels": list(MOODS),
        "threshold": THRESHOLD,
        "part": protocols.fit(estimator(seed), data.features, data.labels).part_,
    }
    particulars = card(
        "moods",
        version=VERSIONS["moods"],
        columns=len(marsyas.COLUMNS),
        data={"file": data.source, "sha256": data.sha256, "songs": len(data.labels)},
        algorithm="mean of extra trees (200) and RBF kernel ridge regression (alpha 1, gamma .006)",
        not_used=list(FRAGILE),
        rule=f"moods from probability {THRESHOLD}, and always the most probable one",
        seed=seed,
        protocol=f"cv: 10 shuffled folds, {seeds} seeds, everything fitted inside the fold",
        figures=figures,
        terms=TERMS,
    )
    return models.save(out, content, particulars)

"""A small data set and a small evaluation for the tests of reports."""

from __future__ import annotations

import numpy as np

from tagger.datasets.multilabel import MultilabelTable
from tagger.datasets.summary import DatasetSummary, summarise
from tagger.evaluation.calibration import reliability
from tagger.evaluation.results import Comparison, Confusion, Evaluation, ModelResult, Table


def example_summary(name: str = "jazz & <b>blues</b>") -> DatasetSummary:
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 3))
    X[:, 2] = X[:, 0] + 0.1 * X[:, 2]
    Y = (X[:, :2] + random.normal(size=(40, 2)) > 0).astype(int)
    X[5, 1] = np.nan
    return summarise(MultilabelTable((name, "loud", "louder"), ("calm", name + "!"), X, Y, tuple(range(100, 140))))


def example_result(name: str, leak: str = "") -> ModelResult:
    random = np.random.default_rng(0)
    rated = random.normal(size=50)
    return ModelResult(
        name,
        {"accuracy": {"mean": 0.9 if leak else 0.4, "se": 0.01}, "f1": {"mean": 0.5, "se": 0.0}},
        leak,
        {"calm": Confusion(("not calm", "calm"), np.array([[7, 1], [2, 3]]))},
        {"valence": Comparison(rated, rated + 0.5)},
    )


def example_evaluation() -> Evaluation:
    models = [example_result("forest, as published", "songs are repeated"), example_result("forest, split first")]
    return Evaluation("notebook", "x.arff", 3, models, ("A note.",))


def example_calibration() -> Evaluation:
    """Return an evaluation with two models, one of them with reliability of two moods, and a table."""
    probabilities = np.repeat([0.1, 0.3, 0.6, 0.9], 10)
    bins = reliability(probabilities, np.arange(40) >= 20, bins=4)
    models = [
        ModelResult("joint", {"auc": {"mean": 0.8, "se": 0.0}}, reliability={"calm <b>": bins, "sad": bins[:1]}),
        ModelResult("plain", {"auc": {"mean": 0.7, "se": 0.0}}),
    ]
    table = Table("Contradictions <i>", ("model", "songs", "share"), (("joint", 3, 0.03), ("plain", 32, 0.32)))
    return Evaluation("words", "x", 1, models, ("A note.",), (table,))

"""The figures by which models are judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr
from sklearn import metrics

THRESHOLDS = {"at_half": 0.5, "generous": 0.36}
"""Thresholds beside a model's own: at one half Hamming loss is best, and F1 where more labels are given."""


def select_labels(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Return the labels that are given: from the threshold on, and always the most probable one.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs, labels)
        In 0..1.
    threshold : float

    Returns
    -------
    numpy.ndarray, shape=(songs, labels)
        Of bool.
    """
    given = probabilities >= threshold
    given[np.arange(len(given)), probabilities.argmax(axis=1)] = True
    return given


def multilabel_metrics(truth: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict[str, float]:
    """Judge probabilities of labels, and the labels given.

    Parameters
    ----------
    truth : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    probabilities : numpy.ndarray, shape=(songs, labels)
        In 0..1.
    threshold : float
        Probability from which a label is given; the most probable one always is. Some figures are given at the
        thresholds of `RULES` too.

    Returns
    -------
    dict of str to float
        Lower is better for `hamming`, `ranking_loss`, `coverage` (how far down the ranking the last true label is) and
        `one_error` (how often its first is wrong), higher for all others but `labels_given`, the labels a song.
    """
    given = select_labels(probabilities, threshold)
    best = truth[np.arange(len(truth)), probabilities.argmax(axis=1)]
    figures = {
        "hamming": metrics.hamming_loss(truth, given),
        "micro_f1": _f1(truth, given, "micro"),
        "macro_f1": _f1(truth, given, "macro"),
        "example_f1": _f1(truth, given, "samples"),
        "precision": metrics.precision_score(truth, given, average="micro", zero_division=0),
        "recall": metrics.recall_score(truth, given, average="micro", zero_division=0),
        "accuracy": float((truth == given).mean()),
        "subset_accuracy": metrics.accuracy_score(truth, given),
        "ranking_loss": metrics.label_ranking_loss(truth, probabilities),
        "coverage": metrics.coverage_error(truth, probabilities) - 1,
        "one_error": float(1 - best.mean()),
        "lrap": metrics.label_ranking_average_precision_score(truth, probabilities),
        "macro_auc": metrics.roc_auc_score(truth, probabilities, average="macro"),
        "micro_auc": metrics.roc_auc_score(truth, probabilities, average="micro"),
        "labels_given": float(given.sum(axis=1).mean()),
    }
    for rule, limit in THRESHOLDS.items():
        given = select_labels(probabilities, limit)
        figures[f"hamming_{rule}"] = metrics.hamming_loss(truth, given)
        figures[f"micro_f1_{rule}"] = _f1(truth, given, "micro")
    return figures


def _f1(truth: np.ndarray, given: np.ndarray, average: str) -> float:
    return metrics.f1_score(truth, given, average=average, zero_division=0)


def regression_metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Judge predictions of one number.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape=(songs,)

    Returns
    -------
    dict of str to float
        Coefficient of determination, root mean squared and mean absolute error, Pearson's correlation, and Lin's
        concordance, which also asks for the same mean and spread.
    """
    spread = truth.var() + predicted.var() + (truth.mean() - predicted.mean()) ** 2
    return {
        "r2": metrics.r2_score(truth, predicted),
        "rmse": metrics.root_mean_squared_error(truth, predicted),
        "mae": metrics.mean_absolute_error(truth, predicted),
        "pearson": float(np.corrcoef(truth, predicted)[0, 1]),
        "concordance": float(2 * np.cov(truth, predicted, bias=True)[0, 1] / spread),
    }


def affect_metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Judge valence and arousal; shape (songs, 2) both.

    `distance` is the mean distance of the predicted from the rated point on the plane.
    `valence_partial` is the correlation of predicted and rated valence when rated arousal is taken out of
    both: what a model knows of valence beyond its likeness to arousal.
    """
    figures = {
        f"{name}_{metric}": value
        for i, name in enumerate(("valence", "arousal"))
        for metric, value in regression_metrics(truth[:, i], predicted[:, i]).items()
    }
    arousal = truth[:, 1]
    rest = [v - np.polyval(np.polyfit(arousal, v, 1), arousal) for v in (truth[:, 0], predicted[:, 0])]
    return {
        **figures,
        "valence_partial": float(np.corrcoef(rest[0], rest[1])[0, 1]),
        "distance": float(np.linalg.norm(truth - predicted, axis=1).mean()),
    }


def deviation_metrics(error: np.ndarray, told: np.ndarray) -> dict[str, float]:
    """Judge the standard deviations that go with predictions; shape (songs,) both, errors without sign.

    `within` and `within_two` are the shares of songs that lie within one and two deviations, `rank` is the rank
    correlation of error and deviation. `told_1` to `told_5` and `found_1` to `found_5` are root mean squares of
    deviations and errors in fifths of the songs, from the surest on.
    """
    fifths = np.array_split(np.argsort(told, kind="stable"), 5)
    return {
        "within": float((error <= told).mean()),
        "within_two": float((error <= 2 * told).mean()),
        "rank": float(spearmanr(error, told).statistic),
        **{f"told_{i}": float(np.sqrt(np.square(told[fifth]).mean())) for i, fifth in enumerate(fifths, 1)},
        **{f"found_{i}": float(np.sqrt(np.square(error[fifth]).mean())) for i, fifth in enumerate(fifths, 1)},
    }

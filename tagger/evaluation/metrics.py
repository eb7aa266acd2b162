"""Metrics of multi-label classification, regression and predicted standard deviations."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr
from sklearn import metrics

from tagger import emotions

THRESHOLDS = {"at_half": 0.5, "generous": 0.36}
"""Thresholds that are measured in addition to the threshold of the model, by suffix of the metric.

Hamming loss is lowest at 0.5; F1 is highest at a lower threshold, which assigns more labels.
"""


def select_labels(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Apply `tagger.emotions.select_labels` to each song.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs, labels)
        In 0..1.
    threshold : float
        Minimum probability, in 0..1.

    Returns
    -------
    numpy.ndarray, shape=(songs, labels)
        Of bool.
    """
    selected = np.zeros(probabilities.shape, bool)
    for row, song in zip(selected, probabilities.tolist(), strict=True):
        row[emotions.select_labels(song, threshold)] = True
    return selected


def multilabel_metrics(truth: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict[str, float]:
    """Compute metrics of predicted probabilities, and of the labels selected by a threshold.

    Parameters
    ----------
    truth : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    probabilities : numpy.ndarray, shape=(songs, labels)
        In 0..1.
    threshold : float
        Minimum probability for a label; the most probable one is always selected. Some metrics are also computed for
        `THRESHOLDS`.

    Returns
    -------
    dict of str to float
        Lower is better for `hamming`, `ranking_loss`, `coverage` (labels to go down the ranking to cover all true ones)
        and `one_error` (share of songs whose most probable label is wrong). Higher is better for the others, except
        `labels_given`, the mean number of labels per song.

    Notes
    -----
    G. Tsoumakas, I. Katakis and I. Vlahavas, "Mining multi-label data", 2010, defines the metrics.
    """
    selected = select_labels(probabilities, threshold)
    best = truth[np.arange(len(truth)), probabilities.argmax(axis=1)]
    figures = {
        "hamming": metrics.hamming_loss(truth, selected),
        "micro_f1": _f1(truth, selected, "micro"),
        "macro_f1": _f1(truth, selected, "macro"),
        "example_f1": _f1(truth, selected, "samples"),
        "precision": metrics.precision_score(truth, selected, average="micro", zero_division=0),
        "recall": metrics.recall_score(truth, selected, average="micro", zero_division=0),
        "accuracy": float((truth == selected).mean()),
        "subset_accuracy": metrics.accuracy_score(truth, selected),
        "ranking_loss": metrics.label_ranking_loss(truth, probabilities),
        "coverage": metrics.coverage_error(truth, probabilities) - 1,
        "one_error": float(1 - best.mean()),
        "lrap": metrics.label_ranking_average_precision_score(truth, probabilities),
        "macro_auc": metrics.roc_auc_score(truth, probabilities, average="macro"),
        "micro_auc": metrics.roc_auc_score(truth, probabilities, average="micro"),
        "labels_given": float(selected.sum(axis=1).mean()),
    }
    for suffix, other_threshold in THRESHOLDS.items():
        selected = select_labels(probabilities, other_threshold)
        figures[f"hamming_{suffix}"] = metrics.hamming_loss(truth, selected)
        figures[f"micro_f1_{suffix}"] = _f1(truth, selected, "micro")
    return figures


def _f1(truth: np.ndarray, selected: np.ndarray, average: str) -> float:
    score: float = metrics.f1_score(truth, selected, average=average, zero_division=0)
    return score


def regression_metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Compute metrics of the predictions of one output.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape=(songs,)

    Returns
    -------
    dict of str to float
        Coefficient of determination (`r2`), root mean squared error, mean absolute error, Pearson's correlation and
        Lin's concordance correlation, which also compares means and variances.
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
    """Compute metrics of predicted valence and arousal.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape=(songs, 2)
        Valence and arousal, in -1..1.

    Returns
    -------
    dict of str to float
        `regression_metrics` of both outputs; `distance`, the mean distance between the predicted and the rated point on
        the plane; `valence_partial`, the correlation of predicted and rated valence after the regression on rated
        arousal is subtracted from both: what a model knows about valence beyond its correlation with arousal.
    """
    figures = {
        f"{name}_{metric}": value
        for i, name in enumerate(("valence", "arousal"))
        for metric, value in regression_metrics(truth[:, i], predicted[:, i]).items()
    }
    arousal = truth[:, 1]
    residuals = [v - np.polyval(np.polyfit(arousal, v, 1), arousal) for v in (truth[:, 0], predicted[:, 0])]
    return {
        **figures,
        "valence_partial": float(np.corrcoef(residuals[0], residuals[1])[0, 1]),
        "distance": float(np.linalg.norm(truth - predicted, axis=1).mean()),
    }


def deviation_metrics(error: np.ndarray, deviation: np.ndarray) -> dict[str, float]:
    """Compare predicted standard deviations with actual errors.

    Parameters
    ----------
    error : numpy.ndarray, shape=(songs,)
        Absolute errors.
    deviation : numpy.ndarray, shape=(songs,)
        Predicted standard deviations.

    Returns
    -------
    dict of str to float
        `within` and `within_two`: share of songs within one and two standard deviations (0.68 and 0.95 for normal
        errors). `rank`: Spearman's correlation of error and deviation. `told_1` to `told_5` and `found_1` to `found_5`:
        root mean squares of deviations and of errors in fifths of the songs, by ascending deviation.
    """
    fifths = np.array_split(np.argsort(deviation, kind="stable"), 5)
    return {
        "within": float((error <= deviation).mean()),
        "within_two": float((error <= 2 * deviation).mean()),
        "rank": float(spearmanr(error, deviation).statistic),
        **{f"told_{i}": float(np.sqrt(np.square(deviation[fifth]).mean())) for i, fifth in enumerate(fifths, 1)},
        **{f"found_{i}": float(np.sqrt(np.square(error[fifth]).mean())) for i, fifth in enumerate(fifths, 1)},
    }

"""The figures by which models are judged."""

from __future__ import annotations

import numpy as np
from sklearn import metrics


def multilabel(truth: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict[str, float]:
    """Judge probabilities of labels, and the labels given by a threshold with the most probable always.

    Parameters
    ----------
    truth : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    probabilities : numpy.ndarray, shape=(songs, labels)
        In 0..1.
    threshold : float
        Probability from which a label is given.

    Returns
    -------
    dict of str to float
        Lower is better for `hamming` and `ranking_loss`, higher for all others.
    """
    given = probabilities >= threshold
    given[np.arange(len(given)), probabilities.argmax(axis=1)] = True
    return {
        "hamming": metrics.hamming_loss(truth, given),
        "micro_f1": metrics.f1_score(truth, given, average="micro", zero_division=0),
        "macro_f1": metrics.f1_score(truth, given, average="macro", zero_division=0),
        "subset_accuracy": metrics.accuracy_score(truth, given),
        "ranking_loss": metrics.label_ranking_loss(truth, probabilities),
        "lrap": metrics.label_ranking_average_precision_score(truth, probabilities),
        "macro_auc": metrics.roc_auc_score(truth, probabilities, average="macro"),
    }


def regression(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
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


def affect(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Judge valence and arousal; shape (songs, 2) both.

    `distance` is the mean distance of the predicted from the rated point on the plane.
    `valence_partial` is the correlation of predicted and rated valence when rated arousal is taken out of
    both: what a model knows of valence beyond its likeness to arousal.
    """
    figures = {
        f"{name}_{metric}": value
        for i, name in enumerate(("valence", "arousal"))
        for metric, value in regression(truth[:, i], predicted[:, i]).items()
    }
    arousal = truth[:, 1]
    rest = [v - np.polyval(np.polyfit(arousal, v, 1), arousal) for v in (truth[:, 0], predicted[:, 0])]
    return {
        **figures,
        "valence_partial": float(np.corrcoef(rest[0], rest[1])[0, 1]),
        "distance": float(np.linalg.norm(truth - predicted, axis=1).mean()),
    }

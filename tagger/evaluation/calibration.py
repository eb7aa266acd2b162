"""Calibration of probabilities: of songs with predicted probability p, a share of about p should have the label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions with similar probabilities, and how many of them are true.

    Attributes
    ----------
    predicted : float
        Mean predicted probability, in 0..1.
    observed : float
        Share of the predictions whose label is true, in 0..1.
    count : int
        Number of predictions.
    """

    predicted: float
    observed: float
    count: int


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Compare predicted probabilities with the shares of true labels, in bins of equal width.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape=(songs,) or (songs, labels)
        In 0..1. Several labels are pooled; pass a column to examine a single one.
    labels : numpy.ndarray
        Of the same shape: 0 or 1.
    bins : int
        Number of bins that divide 0..1. A probability on the border of two bins is in the upper one.

    Returns
    -------
    tuple of ReliabilityBin
        In ascending order of the probabilities; empty bins are left out.

    Raises
    ------
    ValueError
        If the shapes differ, or a probability is not in 0..1.
    """
    if probabilities.shape != labels.shape:
        raise ValueError(f"{probabilities.shape} probabilities for {labels.shape} labels")
    predicted, true = probabilities.ravel().astype(float), labels.ravel().astype(float)
    if not ((predicted >= 0) & (predicted <= 1)).all():
        raise ValueError("a probability is not between 0 and 1")
    index = np.minimum((predicted * bins).astype(int), bins - 1)
    members = (index == i for i in range(bins))
    return tuple(
        ReliabilityBin(float(predicted[songs].mean()), float(true[songs].mean()), int(songs.sum()))
        for songs in members
        if songs.any()
    )


def calibration_error(table: tuple[ReliabilityBin, ...]) -> float:
    """Return the expected calibration error of a reliability table.

    Parameters
    ----------
    table : tuple of ReliabilityBin

    Returns
    -------
    float
        In 0..1, lower is better: mean difference between predicted probability and share of true labels over the bins,
        weighted by the number of predictions.

    Raises
    ------
    ValueError
        If there are no predictions.

    Notes
    -----
    M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015.
    """
    if not table:
        raise ValueError("no predictions")
    differences = [abs(bin_.predicted - bin_.observed) for bin_ in table]
    return float(np.average(differences, weights=[bin_.count for bin_ in table]))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error of predictions.

    Parameters
    ----------
    probabilities, labels, bins
        As for `reliability`.

    Returns
    -------
    float
        As of `calibration_error`.

    Raises
    ------
    ValueError
        As by `reliability`, or if there are no predictions.
    """
    return calibration_error(reliability(probabilities, labels, bins))

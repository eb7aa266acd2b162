"""The area under the ROC curve of a label, with its standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata


class Auc(NamedTuple):
    """The area under the ROC curve: the probability that a song with the label has a higher score than one without.

    Attributes
    ----------
    value : float
        In 0..1; 0.5 is chance.
    se : float
        Standard error by the method of DeLong, DeLong and Clarke-Pearson (1988), for independent songs.
    """

    value: float
    se: float


def auc(labels: np.ndarray, scores: np.ndarray) -> Auc:
    """Compute the area under the ROC curve.

    Parameters
    ----------
    labels : numpy.ndarray, shape=(songs,)
        0 or 1, at least two of each.
    scores : numpy.ndarray, shape=(songs,)

    Returns
    -------
    Auc
    """
    positive = labels.astype(bool)
    with_label, without = scores[positive], scores[~positive]
    ranks = rankdata(np.concatenate([with_label, without]))
    m, n = len(with_label), len(without)
    # Share of the other group below (or above) each song: overall rank minus rank in the own group.
    above = (ranks[:m] - rankdata(with_label)) / n
    below = 1 - (ranks[m:] - rankdata(without)) / m
    return Auc(float(above.mean()), float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)))

"""Ways to make a model of several labels out of estimators: by sets of labels, and with settings searched for."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from sklearn.metrics import label_ranking_loss
from sklearn.model_selection import KFold

from tagger.models import components
from tagger.models.components import Component
from tagger.training.estimators.base import Estimator, fit_component

MIN_SONGS = 5
"""Songs below which a set of labels is no class."""

SEARCH_FOLDS = 3


def label_set_ids(labels: np.ndarray) -> np.ndarray:
    """Return a number for each song's set of labels, the same for the same set; shape (songs,)."""
    return labels @ (1 << np.arange(labels.shape[1]))


class PowersetEstimator(Estimator):
    """An estimator that takes each set of labels for a class, but those of very few songs.

    Parameters
    ----------
    inner : Estimator
        Tells which of several classes, given 0 or 1 for each.
    """

    def __init__(self, inner: Estimator):
        self.inner = inner

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        found = np.unique(label_set_ids(Y), return_index=True, return_inverse=True, return_counts=True)
        _, first, number, counts = found
        # In a small data set no set may be common: then the most common ones are.
        common = np.flatnonzero(counts >= min(MIN_SONGS, np.sort(counts)[-2:].min()))
        chosen = np.isin(number, common)
        classes = (number[chosen][:, None] == common).astype(int)
        return components.LabelPowerset(
            fit_component(self.inner, X[chosen], classes), Y[first[common]].astype(np.float32)
        )


class GridSearch(Estimator):
    """The one of several settings of an estimator that ranks labels best in three folds of the songs it is given.

    Parameters
    ----------
    inner : Estimator
    grid : dict of str to tuple
        Values to try, by the parameter's name, as `set_params` takes it.
    seed : int
        Of the folds.

    Attributes
    ----------
    chosen_ : dict of str to object
        What was found.
    """

    def __init__(self, inner: Estimator, grid: dict[str, tuple[Any, ...]], seed: int = 0):
        self.inner = inner
        self.grid = grid
        self.seed = seed

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        from sklearn.base import clone

        folds = list(KFold(SEARCH_FOLDS, shuffle=True, random_state=self.seed).split(X))
        losses = []
        settings = [dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())]
        for setting in settings:
            candidate = clone(self.inner).set_params(**setting)
            losses.append(
                np.mean(
                    [label_ranking_loss(Y[b], fit_component(candidate, X[a], Y[a]).predict(X[b])) for a, b in folds]
                )
            )
        self.chosen_ = settings[int(np.argmin(losses))]
        return fit_component(clone(self.inner).set_params(**self.chosen_), X, Y)

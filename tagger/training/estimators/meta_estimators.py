"""Estimators that fit other estimators: several labels, label sets, resampling, column weights and grid search."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import label_ranking_loss
from sklearn.model_selection import KFold

from tagger.datasets.correlation import uncorrelated_columns
from tagger.models import components
from tagger.models.components import Component
from tagger.training.estimators.base import Estimator, fit_component

MIN_SONGS = 5
"""Minimum number of songs for a label set to be a class."""

SEARCH_FOLDS = 3
"""Number of folds of a grid search."""


class BinaryRelevance(Estimator):
    """Fit an estimator of one label to each label separately.

    Parameters
    ----------
    single : Estimator
        Estimator of one label.
    """

    def __init__(self, single: Estimator):
        self.single = single

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        return components.Concatenate(tuple(fit_component(self.single, X, y[:, None]) for y in Y.T))


class ClassifierChains(Estimator):
    """Average classifier chains with random orders of the labels.

    J. Read et al., "Classifier chains for multi-label classification", 2009.

    Parameters
    ----------
    single : Estimator
        Estimator of one label.
    count : int
        Number of chains.
    seed : int
        Random seed of the orders.
    """

    def __init__(self, single: Estimator, count: int = 10, seed: int = 0):
        self.single = single
        self.count = count
        self.seed = seed

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        random = np.random.default_rng(self.seed)
        return components.Mean(tuple(self._fit_chain(X, Y, random.permutation(Y.shape[1])) for _ in range(self.count)))

    def _fit_chain(self, X: np.ndarray, Y: np.ndarray, order: np.ndarray) -> Component:
        links = []
        for label in order:
            links.append(fit_component(self.single, X, Y[:, [label]]))
            X = np.hstack([X, Y[:, [label]]])
        return components.ClassifierChain(tuple(links), order.astype(np.int16))


class MeanEstimator(Estimator):
    """Average several estimators of the same outputs.

    Parameters
    ----------
    members : list of Estimator
    """

    def __init__(self, members: list[Estimator]):
        self.members = members

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        return components.Mean(tuple(fit_component(member, X, Y) for member in self.members))


class ColumnWeighting(Estimator):
    """Fit an estimator to features in which some columns have less weight, or none.

    All weights are scaled so that their mean square is 1.

    Parameters
    ----------
    inner : Estimator
    columns : tuple of int
        Indices of the columns with less weight.
    weight : float
        Weight of these columns, in 0..1; 0 hides them.

    Attributes
    ----------
    inner_ : Estimator
        The fitted estimator.
    """

    def __init__(self, inner: Estimator, columns: tuple[int, ...], weight: float = 0.5):
        self.inner = inner
        self.columns = columns
        self.weight = weight

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        weights = np.ones(X.shape[1])
        weights[list(self.columns)] = self.weight
        weights /= np.sqrt(np.square(weights).mean())
        self.inner_: Estimator = clone(self.inner).fit(X * weights, Y)
        return components.ColumnScale(weights, self.inner_.component_)


class CorrelationFilter(Estimator):
    """Fit an estimator without the columns that correlate with an earlier one.

    Parameters
    ----------
    inner : Estimator
    limit : float
        Absolute correlation above which a column is dropped, in 0..1.
    """

    def __init__(self, inner: Estimator, limit: float = 0.8):
        self.inner = inner
        self.limit = limit

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        # Columns are set to 0 rather than removed, so that the others keep their indices.
        weights = np.zeros(X.shape[1])
        weights[uncorrelated_columns(X, self.limit)] = 1
        return components.ColumnScale(weights, fit_component(self.inner, X * weights, Y))


class RandomOversampler(Estimator):
    """Repeat songs with rare label sets until all label sets are equally frequent, then fit an estimator.

    Parameters
    ----------
    inner : Estimator
    seed : int
        Random seed of the choice of songs.
    """

    def __init__(self, inner: Estimator, seed: int = 0):
        self.inner = inner
        self.seed = seed

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        rows = oversample(label_set_ids(Y), np.random.default_rng(self.seed))
        return fit_component(self.inner, X[rows], Y[rows])


def oversample(classes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw additional rows of the smaller classes until all classes have the same size.

    Parameters
    ----------
    classes : numpy.ndarray, shape=(rows,)
        Class of each row.
    random : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape=(rows and additional rows,)
        Indices of all rows, then of the additional ones.
    """
    names, counts = np.unique(classes, return_counts=True)
    additional = [
        random.choice(np.flatnonzero(classes == name), counts.max() - count)
        for name, count in zip(names, counts, strict=True)
    ]
    return np.concatenate([np.arange(len(classes)), *additional])


def label_set_ids(labels: np.ndarray) -> np.ndarray:
    """Return a number for the label set of each song.

    Parameters
    ----------
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Bit `i` is set if the song has label `i`.
    """
    ids: np.ndarray = labels @ (1 << np.arange(labels.shape[1]))
    return ids


class PowersetEstimator(Estimator):
    """Use each label set as a class, except very rare ones.

    G. Tsoumakas, I. Katakis and I. Vlahavas, "Mining multi-label data", 2010.

    Parameters
    ----------
    inner : Estimator
        Predicts the probability of each class, and is fitted to 0 or 1 for each.
    """

    def __init__(self, inner: Estimator):
        self.inner = inner

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        _, first, set_index, counts = np.unique(
            label_set_ids(Y), return_index=True, return_inverse=True, return_counts=True
        )
        # In a small data set all label sets may be rare; the two most common ones are always classes.
        common = np.flatnonzero(counts >= min(MIN_SONGS, np.sort(counts)[-2:].min()))
        rows = np.isin(set_index, common)
        classes = (set_index[rows][:, None] == common).astype(int)
        return components.LabelPowerset(
            fit_component(self.inner, X[rows], classes), Y[first[common]].astype(np.float32)
        )


class GridSearch(Estimator):
    """Choose the settings of an estimator that have the lowest ranking loss in three-fold cross-validation.

    Parameters
    ----------
    inner : Estimator
    grid : dict of str to tuple
        Values to try for each parameter, named as in `set_params`.
    seed : int
        Random seed of the folds.

    Attributes
    ----------
    chosen_ : dict of str to object
        The chosen settings.
    """

    def __init__(self, inner: Estimator, grid: dict[str, tuple[Any, ...]], seed: int = 0):
        self.inner = inner
        self.grid = grid
        self.seed = seed

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        folds = list(KFold(SEARCH_FOLDS, shuffle=True, random_state=self.seed).split(X))
        settings = [dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())]
        losses = []
        for setting in settings:
            candidate = clone(self.inner).set_params(**setting)
            fold_losses = [
                label_ranking_loss(Y[test], fit_component(candidate, X[train], Y[train]).predict(X[test]))
                for train, test in folds
            ]
            losses.append(np.mean(fold_losses))
        self.chosen_ = settings[int(np.argmin(losses))]
        return fit_component(clone(self.inner).set_params(**self.chosen_), X, Y)

"""A statistical summary of a multi-label data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from tagger.datasets.correlation import correlation_matrix, uncorrelated_columns
from tagger.datasets.multilabel import MultilabelTable, duplicate_rows, read_table
from tagger.errors import DataError

MAX_PROJECTED = 1000
"""Limit for the number of songs in a projection; a random sample of larger data sets is taken."""

EPSILON = 1e-12
"""Lower limit of divisors."""


@dataclass(frozen=True)
class DatasetSummary:
    """Statistics of a multi-label data set.

    Attributes
    ----------
    table : MultilabelTable
        The data set.
    missing : numpy.ndarray, shape=(columns,)
        Number of missing values of each feature.
    constant : numpy.ndarray, shape=(constant,)
        Indices of the features that have the same value in all songs, or no value in any.
    duplicates : list of list of int
        Groups of rows that are equal in all features.
    sets, set_counts : numpy.ndarray, shape=(sets, labels) and (sets,)
        The label sets that occur, and the number of songs with each; most frequent first.
    cooccurrence : numpy.ndarray, shape=(labels, labels)
        Number of songs with both labels; on the diagonal, the number of songs with the label.
    limit : float
        Absolute correlation above which two features are a correlated pair.
    correlations : numpy.ndarray, shape=(columns, columns)
        Correlations of the features, in -1..1. Missing values are replaced by the median of the feature; constant
        features have the correlation 0.
    pairs : numpy.ndarray, shape=(pairs, 2)
        Indices of the correlated pairs, strongest correlation first.
    kept : numpy.ndarray, shape=(kept,)
        Indices of the features that do not correlate more than `limit` with an earlier one.
    auc : numpy.ndarray, shape=(columns, labels)
        Area under the ROC curve of each feature as a classifier of each label, in 0..1; NaN where it is undefined.
    """

    table: MultilabelTable
    missing: np.ndarray
    constant: np.ndarray
    duplicates: list[list[int]]
    sets: np.ndarray
    set_counts: np.ndarray
    cooccurrence: np.ndarray
    limit: float
    correlations: np.ndarray
    pairs: np.ndarray
    kept: np.ndarray
    auc: np.ndarray

    @property
    def cardinality(self) -> float:
        """Mean number of labels per song."""
        return float(self.table.labels.sum(axis=1).mean())

    @property
    def density(self) -> float:
        """Mean share of the labels that a song has, in 0..1."""
        return float(self.table.labels.mean())

    @property
    def contradicting(self) -> int:
        """Number of groups of duplicates whose labels differ."""
        return sum(len(np.unique(self.table.labels[rows], axis=0)) > 1 for rows in self.duplicates)

    @property
    def separation(self) -> np.ndarray:
        """Distance of the AUC from 0.5, in 0..0.5; 0 where it is undefined; shape (columns, labels)."""
        separation: np.ndarray = np.abs(np.nan_to_num(self.auc, nan=0.5) - 0.5)
        return separation

    @property
    def order(self) -> np.ndarray:
        """Indices of the features by their mean separation, best first; shape (columns,)."""
        return np.argsort(-self.separation.mean(axis=1), kind="stable")


@dataclass(frozen=True)
class Projection:
    """Projections of songs onto a plane.

    Attributes
    ----------
    rows : numpy.ndarray, shape=(songs,)
        Rows of the data set that are projected.
    principal : numpy.ndarray, shape=(songs, 2)
        The first two principal components of the standardised features.
    explained : numpy.ndarray, shape=(2,)
        Share of the variance that each component explains, in 0..1.
    neighbours : numpy.ndarray, shape=(songs, 2)
        A t-SNE embedding: neighbours stay neighbours; large distances carry little information.
    """

    rows: np.ndarray
    principal: np.ndarray
    explained: np.ndarray
    neighbours: np.ndarray


def read(path: Path, labels: Path | None = None) -> MultilabelTable:
    """Read a data set that has at least one feature.

    Parameters
    ----------
    path, labels : Path
        As for `tagger.datasets.multilabel.read_table`.

    Returns
    -------
    MultilabelTable

    Raises
    ------
    DataError
        If the data set cannot be read or has no features.
    """
    table = read_table(path, labels)
    if not table.columns:
        raise DataError(f"{path}: no features found")
    return table


def summarise(table: MultilabelTable, limit: float = 0.8) -> DatasetSummary:
    """Compute the statistics of a data set.

    Parameters
    ----------
    table : MultilabelTable
    limit : float, default 0.8
        Absolute correlation above which two features are a correlated pair, in 0..1.

    Returns
    -------
    DatasetSummary
    """
    X, Y = fill_missing(table.features), table.labels
    sets, counts = np.unique(Y, axis=0, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")
    r = correlation_matrix(X)
    first, second = np.nonzero(np.triu(np.abs(r) > limit, 1))
    strongest = np.argsort(-np.abs(r[first, second]), kind="stable")
    return DatasetSummary(
        table=table,
        missing=np.isnan(table.features).sum(axis=0),
        constant=np.flatnonzero(np.ptp(X, axis=0) == 0),
        # Missing values count as equal. Readers refuse infinite values, so infinity can stand for them.
        duplicates=duplicate_rows(np.nan_to_num(table.features, nan=np.inf, posinf=np.inf)),
        sets=sets[frequent],
        set_counts=counts[frequent],
        cooccurrence=Y.T @ Y,
        limit=limit,
        correlations=r,
        pairs=np.stack([first, second], axis=1)[strongest],
        kept=uncorrelated_columns(X, limit),
        auc=single_feature_auc(table.features, Y),
    )


def fill_missing(features: np.ndarray) -> np.ndarray:
    """Replace missing values by the median of their column.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        NaN where a value is missing.

    Returns
    -------
    numpy.ndarray, shape=(songs, columns)
        With 0 in columns without any value.
    """
    missing = np.isnan(features)
    known = np.where(missing.all(axis=0), 0, features)
    return np.where(missing, np.nanmedian(known, axis=0), features)


def single_feature_auc(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Compute the area under the ROC curve of each feature as a classifier of each label.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        NaN where a value is missing; such songs are left out for this feature.
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.

    Returns
    -------
    numpy.ndarray, shape=(columns, labels)
        In 0..1; NaN where all songs have the label, or none has it.
    """
    known = ~np.isnan(features)
    ranks = np.where(known, rankdata(features, axis=0, nan_policy="omit"), 0)
    positive, negative = known.T.astype(float) @ labels, known.T.astype(float) @ (1 - labels)
    with np.errstate(invalid="ignore", divide="ignore"):
        auc: np.ndarray = (ranks.T @ labels - positive * (positive + 1) / 2) / (positive * negative)
    return auc


def quantiles(features: np.ndarray, labels: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Compute quantiles of each feature over the songs with and without each label.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    shares : tuple of float
        Quantiles to compute, in 0..1.

    Returns
    -------
    numpy.ndarray, shape=(shares, labels, 2, columns)
        On the third axis, songs with the label come first. NaN where there are no songs.
    """
    result = np.full((len(shares), labels.shape[1], 2, features.shape[1]), np.nan)
    for label, assigned in enumerate(labels.T):
        for side, value in enumerate((1, 0)):
            songs = features[assigned == value]
            known = ~np.isnan(songs).all(axis=0) if len(songs) else np.zeros(features.shape[1], bool)
            result[:, label, side, known] = np.nanquantile(songs[:, known], shares, axis=0)
    return result


def project(features: np.ndarray, seed: int = 0) -> Projection:
    """Project songs onto a plane, by principal components and by t-SNE.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        NaN where a value is missing.
    seed : int
        Random seed of the sample and of t-SNE.

    Returns
    -------
    Projection
    """
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    rows = np.arange(len(features))
    if len(rows) > MAX_PROJECTED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MAX_PROJECTED, replace=False))
    X = StandardScaler().fit_transform(fill_missing(features))
    with threadpool_limits(1):
        variances, components = np.linalg.eigh(X.T @ X)
        principal, explained = np.zeros((len(rows), 2)), np.zeros(2)
        for i in range(min(2, X.shape[1])):
            principal[:, i] = X[rows] @ components[:, -1 - i]
            explained[i] = variances[-1 - i] / max(variances.sum(), EPSILON)
        # t-SNE considers three times `perplexity` neighbours of each song, which must not exceed the other songs.
        perplexity = min(30.0, (len(rows) - 1) / 3)
        if perplexity < 1 or not X.any():
            return Projection(rows, principal, explained, principal)
        start = principal / max(principal[:, 0].std(), EPSILON) * 1e-4
        neighbours = TSNE(init=start, perplexity=perplexity, random_state=seed).fit_transform(X[rows])
    return Projection(rows, principal, explained, neighbours)

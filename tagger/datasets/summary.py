"""What a multi-label data set is like, before anything is trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from tagger.datasets.multilabel import MultilabelTable, duplicate_rows, read_table
from tagger.errors import DataError
from tagger.training.estimators.algorithms import correlations, uncorrelated_columns

MOST_PROJECTED = 1000
"""Songs of a projection: of more, so many are drawn by lot."""

TINY = 1e-12
"""What stands for a nought that is divided by."""


@dataclass(frozen=True)
class DatasetSummary:
    """Figures on a multi-label data set.

    Attributes
    ----------
    table : Table
        The data set.
    missing : numpy.ndarray, shape=(columns,)
        How many values each feature lacks.
    constant : numpy.ndarray
        Places of the features that are the same in all songs, or lack all values.
    duplicates : list of list of int
        Rows that are equal in all features, together.
    sets, set_counts : numpy.ndarray, shape=(sets, labels) and (sets,)
        The sets of labels that songs have, and how many have each; most frequent first.
    together : numpy.ndarray, shape=(labels, labels)
        Songs that have both labels; on the diagonal, those that have the one.
    limit : float
        Absolute correlation above which two features are a pair.
    correlations : numpy.ndarray, shape=(columns, columns)
        Of the features; a missing value counts as its feature's median, a constant feature correlates with none.
    pairs : numpy.ndarray, shape=(pairs, 2)
        Places of the features that correlate more than `limit`, strongest first.
    kept : numpy.ndarray
        Places of the features that are left without those that correlate more than `limit` with an earlier one.
    auc : numpy.ndarray, shape=(columns, labels)
        How often a song with the label has more of the feature than one without; NaN where there is no such pair.
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
        """Labels a song, on average."""
        return float(self.table.labels.sum(axis=1).mean())

    @property
    def density(self) -> float:
        """The share of all labels that a song has, on average."""
        return float(self.table.labels.mean())

    @property
    def contradicting(self) -> int:
        """How many groups of equal songs have different labels."""
        return sum(len(np.unique(self.table.labels[rows], axis=0)) > 1 for rows in self.duplicates)

    @property
    def separation(self) -> np.ndarray:
        """Distance of the AUC from chance, 0 where there is none; shape (columns, labels)."""
        return np.abs(np.nan_to_num(self.auc, nan=0.5) - 0.5)

    @property
    def order(self) -> np.ndarray:
        """Places of the features, those first that part the songs with a label from the others best, on average."""
        return np.argsort(-self.separation.mean(axis=1), kind="stable")


@dataclass(frozen=True)
class Projection:
    """Songs on a plane.

    Attributes
    ----------
    rows : numpy.ndarray, shape=(songs,)
        Which of the data set.
    principal : numpy.ndarray, shape=(songs, 2)
        On the first two principal components of the standardised features.
    explained : numpy.ndarray, shape=(2,)
        Share of the variance that each component has.
    neighbours : numpy.ndarray, shape=(songs, 2)
        By t-SNE: neighbours stay neighbours, distances tell little.
    """

    rows: np.ndarray
    principal: np.ndarray
    explained: np.ndarray
    neighbours: np.ndarray


def read(path: Path, labels: Path | None = None) -> MultilabelTable:
    """Read a data set as `tagger.datasets.multilabel.read_table` does.

    Raises
    ------
    DataError
        If it cannot be read, or has no features.
    """
    table = read_table(path, labels)
    if not table.columns:
        raise DataError(f"{path}: holds labels and no features")
    return table


def summarise(table: MultilabelTable, limit: float = 0.8) -> DatasetSummary:
    """Work out the figures on a data set.

    Parameters
    ----------
    table : Table
    limit : float
        Absolute correlation above which two features are a pair.
    """
    X, Y = fill_missing(table.features), table.labels
    sets, counts = np.unique(Y, axis=0, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")
    r = correlations(X)
    first, second = np.nonzero(np.triu(np.abs(r) > limit, 1))
    strongest = np.argsort(-np.abs(r[first, second]), kind="stable")
    return DatasetSummary(
        table=table,
        missing=np.isnan(table.features).sum(axis=0),
        constant=np.flatnonzero(np.ptp(X, axis=0) == 0),
        # No feature is infinite, and two that are missing are alike.
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
    """Return features, shape (songs, columns), with the median of the column where a value is missing."""
    lacking = np.isnan(features)
    known = np.where(lacking.all(axis=0), 0, features)
    return np.where(lacking, np.nanmedian(known, axis=0), features)


def single_feature_auc(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve of each feature for each label; a missing value takes no part.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.

    Returns
    -------
    numpy.ndarray, shape=(columns, labels)
        NaN where all songs are on one side.
    """
    known = ~np.isnan(features)
    ranks = np.where(known, rankdata(features, axis=0, nan_policy="omit"), 0)
    on, off = known.T.astype(float) @ labels, known.T.astype(float) @ (1 - labels)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ranks.T @ labels - on * (on + 1) / 2) / (on * off)


def quantiles(features: np.ndarray, labels: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Return quantiles of each feature over the songs with each label, and over those without.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    shares : tuple of float
        Of the songs that are below, in 0..1.

    Returns
    -------
    numpy.ndarray, shape=(shares, labels, 2, columns)
        With the label first; NaN where there is no such song.
    """
    found = np.full((len(shares), labels.shape[1], 2, features.shape[1]), np.nan)
    for label, given in enumerate(labels.T):
        for side, value in enumerate((1, 0)):
            chosen = features[given == value]
            there = ~np.isnan(chosen).all(axis=0) if len(chosen) else np.zeros(features.shape[1], bool)
            found[:, label, side, there] = np.nanquantile(chosen[:, there], shares, axis=0)
    return found


def project(features: np.ndarray, seed: int = 0) -> Projection:
    """Lay songs on a plane by principal components, and by t-SNE.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        NaN where a value is missing.
    seed : int
        Of the lot, and of t-SNE.
    """
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    rows = np.arange(len(features))
    if len(rows) > MOST_PROJECTED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_PROJECTED, replace=False))
    X = StandardScaler().fit_transform(fill_missing(features))
    with threadpool_limits(1):
        variances, components = np.linalg.eigh(X.T @ X)
        principal, explained = np.zeros((len(rows), 2)), np.zeros(2)
        for i in range(min(2, X.shape[1])):
            principal[:, i] = X[rows] @ components[:, -1 - i]
            explained[i] = variances[-1 - i] / max(variances.sum(), TINY)
        # Each song has three times as many neighbours; a few songs have no neighbourhood to keep.
        perplexity = min(30.0, (len(rows) - 1) / 3)
        if perplexity < 1 or not X.any():
            return Projection(rows, principal, explained, principal)
        start = principal / max(principal[:, 0].std(), TINY) * 1e-4
        neighbours = TSNE(init=start, perplexity=perplexity, random_state=seed).fit_transform(X[rows])
    return Projection(rows, principal, explained, neighbours)

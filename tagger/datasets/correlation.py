"""Correlations between the columns of a table."""

from __future__ import annotations

import numpy as np


def correlation_matrix(X: np.ndarray) -> np.ndarray:
    """Return the Pearson correlations between columns.

    Parameters
    ----------
    X : numpy.ndarray, shape=(rows, columns)

    Returns
    -------
    numpy.ndarray, shape=(columns, columns)
        In -1..1; 0 for constant columns.
    """
    centred = X - X.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    constant = np.ptp(X, axis=0) == 0
    units = np.where(constant, 0, centred) / np.where(constant, 1, norms)
    return np.clip(units.T @ units, -1, 1)


def uncorrelated_columns(X: np.ndarray, limit: float) -> np.ndarray:
    """Return the columns whose absolute correlation with every earlier column is at most `limit`.

    Parameters
    ----------
    X : numpy.ndarray, shape=(rows, columns)
    limit : float
        In 0..1.

    Returns
    -------
    numpy.ndarray, shape=(selected,)
        Indices of the columns, ascending.
    """
    return np.flatnonzero(~(np.triu(np.abs(correlation_matrix(X)), 1) > limit).any(axis=0))

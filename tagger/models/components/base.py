"""What every component of a model offers, and how it checks itself."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Component(Protocol):
    """Something that predicts."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return outputs of shape (songs, outputs) for features of shape (songs, columns)."""
        ...

    def check(self, columns: int) -> int:
        """Return the number of outputs, given that of the columns.

        Raises
        ------
        ValueError
            If arrays don't fit each other or the columns, or lead out of each other.
        """
        ...


def require(truth: object, what: str) -> None:
    """Refuse a part of which something is not true.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    if not truth:
        raise ValueError(what)


def require_indices(indices: np.ndarray, end: int) -> None:
    require(indices.size and indices.dtype.kind in "iu", "places that are no whole numbers")
    require(indices.min() >= 0 and indices.max() < end, "a place that is not there")

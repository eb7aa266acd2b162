"""The interface of model components, and the checks that they share."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Component(ABC):
    """A building block of a model: arrays, and the numpy code that applies them.

    Every component is a frozen dataclass whose fields are arrays, numbers or other components; the names of the fields
    are part of the format of model files.
    """

    @abstractmethod
    def predict(self, X: np.ndarray) -> np.ndarray:
        """Compute the outputs.

        Parameters
        ----------
        X : numpy.ndarray, shape=(rows, columns)
            Features; a row is a song, an excerpt or a window.

        Returns
        -------
        numpy.ndarray, shape=(rows, outputs)
        """

    @abstractmethod
    def check(self, columns: int) -> int:
        """Check that the arrays fit each other and the features.

        Parameters
        ----------
        columns : int
            Number of columns that `predict` will get.

        Returns
        -------
        int
            Number of outputs.

        Raises
        ------
        ValueError
            If a shape is wrong, or an index is out of range.
        """


def require(condition: object, message: str) -> None:
    """Raise an error unless a condition holds.

    Parameters
    ----------
    condition : object
        Tested for truth.
    message : str
        Text of the error.

    Raises
    ------
    ValueError
        If the condition is false.
    """
    if not condition:
        raise ValueError(message)


def require_indices(indices: np.ndarray, end: int, name: str) -> None:
    """Raise an error unless an array holds indices below `end`.

    Parameters
    ----------
    indices : numpy.ndarray
        Must be of an integer type, and not empty.
    end : int
        First index that is out of range.
    name : str
        What an index stands for; used in the message.

    Raises
    ------
    ValueError
        If the array is empty, is not of an integer type, or holds an index outside 0..end - 1.
    """
    require(indices.size and indices.dtype.kind in "iu", f"{name} indices are not integers")
    require(indices.min() >= 0 and indices.max() < end, f"{name} index out of range")

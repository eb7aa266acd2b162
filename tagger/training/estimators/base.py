"""The base class of the estimators, and standardisation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.base import clone

from tagger.models import components
from tagger.models.components import Component

if TYPE_CHECKING:

    class BaseEstimator:
        """What type checkers see of scikit-learn's class, which has no annotations."""

        def set_params(self, **params: Any) -> Any:
            """Set parameters of the estimator."""
else:
    from sklearn.base import BaseEstimator


AnyEstimator = TypeVar("AnyEstimator", bound="Estimator")


class Estimator(BaseEstimator, ABC):
    """A scikit-learn estimator that is fitted to a model component.

    Attributes
    ----------
    component_ : Component
        Set by `fit`.
    """

    component_: Component

    def fit(self: AnyEstimator, X: np.ndarray, Y: np.ndarray) -> AnyEstimator:
        """Fit the estimator.

        Parameters
        ----------
        X : numpy.ndarray, shape=(songs, columns)
        Y : numpy.ndarray, shape=(songs, outputs)

        Returns
        -------
        Estimator
            This object.
        """
        self.component_ = self._fit_component(X, Y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict with the fitted component.

        Parameters
        ----------
        X : numpy.ndarray, shape=(songs, columns)

        Returns
        -------
        numpy.ndarray, shape=(songs, outputs)
        """
        return self.component_.predict(X)

    @abstractmethod
    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        """Return the component that `fit` keeps."""


def fit_component(estimator: Estimator, X: np.ndarray, Y: np.ndarray) -> Component:
    """Fit a clone of an estimator.

    Parameters
    ----------
    estimator : Estimator
        Not changed.
    X : numpy.ndarray, shape=(songs, columns)
    Y : numpy.ndarray, shape=(songs, outputs)

    Returns
    -------
    Component
    """
    copy: Estimator = clone(estimator)
    return copy.fit(X, Y).component_


DEFAULT_CLIP = 30.0
"""Default clipping limit in standard deviations; no song reaches it."""


class StandardizedEstimator(Estimator):
    """Standardise and clip the features, then fit an estimator.

    Parameters
    ----------
    inner : Estimator
    limit : float
        Clip at this number of standard deviations.
    """

    def __init__(self, inner: Estimator, limit: float = DEFAULT_CLIP):
        self.inner = inner
        self.limit = limit

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        mean, scale = X.mean(axis=0), X.std(axis=0)
        scale[scale == 0] = 1
        inner = fit_component(self.inner, np.clip((X - mean) / scale, -self.limit, self.limit), Y)
        return components.Standardize(mean, scale, self.limit, inner)

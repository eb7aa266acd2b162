"""Components that transform the input or the output of other components, or combine several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require, require_indices

MIN_PROBABILITY = 1e-9
"""Lower limit of class probabilities, so that their sum is never 0."""


@dataclass(frozen=True)
class Standardize(Component):
    """Standardise the columns and clip them, then apply a component.

    Without the clipping, a row far from all training songs would be far from every kernel, and get the intercept.

    Attributes
    ----------
    mean, scale : numpy.ndarray, shape=(columns,)
    limit : float
        Clip at this number of standard deviations.
    component : Component
    """

    mean: np.ndarray
    scale: np.ndarray
    limit: float
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(np.clip((X - self.mean) / self.scale, -self.limit, self.limit))

    def check(self, columns: int) -> int:
        require(self.mean.shape == self.scale.shape == (columns,), "scale has the wrong shape")
        return self.component.check(columns)


@dataclass(frozen=True)
class AttenuateDirections(Component):
    """Standardise some columns, attenuate them along some directions, then apply a component.

    Attributes
    ----------
    columns : numpy.ndarray, shape=(used,)
        Indices of the columns.
    mean, scale : numpy.ndarray, shape=(used,)
        Standardise the columns.
    limit : float
        Clip at this number of standard deviations.
    directions : numpy.ndarray, shape=(directions, used)
        Orthonormal directions of the standardised columns.
    losses : numpy.ndarray, shape=(directions,)
        Share of each direction that is taken away, less than 1.
    component : Component
    """

    columns: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    limit: float
    directions: np.ndarray
    losses: np.ndarray
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(self.standardize(X))

    def standardize(self, X: np.ndarray) -> np.ndarray:
        """Return the columns as the component takes them, shape (rows, used)."""
        rows = np.clip((X[:, self.columns] - self.mean) / self.scale, -self.limit, self.limit)
        return attenuate(rows, self.directions, self.losses)

    def restore(self, rows: np.ndarray) -> np.ndarray:
        """Return the columns of X, shape (rows, used), from what `standardize` returned for them."""
        gains = -self.losses / (1 - self.losses)
        restored: np.ndarray = attenuate(rows, self.directions, gains) * self.scale + self.mean
        return restored

    def check(self, columns: int) -> int:
        require_indices(self.columns, columns, "column")
        used, count = len(self.columns), len(self.losses)
        require(self.mean.shape == self.scale.shape == (used,), "scale has the wrong shape")
        require(self.directions.shape == (count, used), "directions have the wrong shape")
        require(self.losses.shape == (count,), "losses have the wrong shape")
        require(((self.losses >= 0) & (self.losses < 1)).all(), "a loss is not in 0..1")
        return self.component.check(used)


def attenuate(rows: np.ndarray, directions: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Attenuate rows along some directions.

    Parameters
    ----------
    rows : numpy.ndarray, shape=(rows, columns)
    directions : numpy.ndarray, shape=(directions, columns)
        Orthonormal.
    losses : numpy.ndarray, shape=(directions,)
        Share of each direction that is taken away, in 0..1.

    Returns
    -------
    numpy.ndarray, shape=(rows, columns)
    """
    directions = directions.astype(np.float64)
    attenuated: np.ndarray = rows - (rows @ directions.T * losses) @ directions
    return attenuated


@dataclass(frozen=True)
class ColumnScale(Component):
    """Multiply the columns by weights, then apply a component.

    Attributes
    ----------
    weights : numpy.ndarray, shape=(columns,)
    component : Component
    """

    weights: np.ndarray
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(X * self.weights)

    def check(self, columns: int) -> int:
        require(self.weights.shape == (columns,), "weights have the wrong shape")
        return self.component.check(columns)


@dataclass(frozen=True)
class Mean(Component):
    """Average the outputs of several components.

    Attributes
    ----------
    components : tuple of Component
        All with the same number of outputs.
    """

    components: tuple[Component, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = np.mean([component.predict(X) for component in self.components], axis=0)
        return outputs

    def check(self, columns: int) -> int:
        outputs = {component.check(columns) for component in self.components}
        require(len(outputs) == 1, "components differ in the number of outputs")
        return outputs.pop()


@dataclass(frozen=True)
class Sigmoid(Component):
    """Turn log-odds into probabilities in 0..1.

    Attributes
    ----------
    component : Component
        Predicts log-odds.
    """

    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return 0.5 + 0.5 * np.tanh(0.5 * self.component.predict(X))

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class ScaledSum(Component):
    """Turn the mean of `count` members into their sum, and add an intercept.

    Attributes
    ----------
    component : Component
        Predicts the mean of its members, such as a `Forest`.
    count : int
        Number of members.
    intercept : float
    """

    component: Component
    count: int
    intercept: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.intercept + self.count * self.component.predict(X)

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class Concatenate(Component):
    """Concatenate the outputs of several components.

    Attributes
    ----------
    components : tuple of Component
    """

    components: tuple[Component, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.hstack([component.predict(X) for component in self.components])

    def check(self, columns: int) -> int:
        return sum(component.check(columns) for component in self.components)


@dataclass(frozen=True)
class Append(Component):
    """Append the outputs of a component to the columns, then apply another component.

    Attributes
    ----------
    inputs : Component
        Its outputs are appended.
    component : Component
    """

    inputs: Component
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(np.hstack([X, self.inputs.predict(X)]))

    def check(self, columns: int) -> int:
        return self.component.check(columns + self.inputs.check(columns))


@dataclass(frozen=True)
class ClassifierChain(Component):
    """Predict labels one after the other; each link also gets the labels predicted before it.

    J. Read et al., "Classifier chains for multi-label classification", 2009.

    Attributes
    ----------
    links : tuple of Component
        Each predicts the probability of one label.
    labels : numpy.ndarray, shape=(links,)
        Index of the label that each link predicts.
    """

    links: tuple[Component, ...]
    labels: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        probabilities = np.empty((len(X), len(self.links)))
        for link, label in zip(self.links, self.labels, strict=True):
            probabilities[:, [label]] = link.predict(X)
            X = np.hstack([X, probabilities[:, [label]] >= 0.5])
        return probabilities

    def check(self, columns: int) -> int:
        require(sorted(self.labels.tolist()) == list(range(len(self.links))), "labels are not a permutation")
        for position, link in enumerate(self.links):
            require(link.check(columns + position) == 1, "a link has several outputs")
        return len(self.links)


@dataclass(frozen=True)
class Softmax(Component):
    """Turn the log-odds of classes into probabilities that sum to 1.

    Attributes
    ----------
    component : Component
        Predicts log-odds.
    """

    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        log_odds = self.component.predict(X)
        powers = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
        probabilities: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class LabelPowerset(Component):
    """Turn the probabilities of label sets into probabilities of labels.

    Attributes
    ----------
    component : Component
        Predicts the probability of each label set.
    sets : numpy.ndarray, shape=(sets, labels)
        1 where a set contains a label, otherwise 0.
    """

    component: Component
    sets: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        probabilities = np.maximum(self.component.predict(X), MIN_PROBABILITY)
        label_probabilities: np.ndarray = probabilities / probabilities.sum(axis=1, keepdims=True) @ self.sets
        return label_probabilities

    def check(self, columns: int) -> int:
        require(self.sets.ndim == 2, "sets have the wrong shape")
        require(self.component.check(columns) == len(self.sets), "the number of sets is not that of the classes")
        return int(self.sets.shape[1])

"""Components that transform the input or the output of other components, or combine several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require


@dataclass(frozen=True)
class Standardize:
    """Standardises columns for a part, and clips them: a song unlike all others must not fall out of every kernel.

    `mean` and `scale` have the shape (columns,); `limit` is in standard deviations.
    """

    mean: np.ndarray
    scale: np.ndarray
    limit: float
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(np.clip((X - self.mean) / self.scale, -self.limit, self.limit))

    def check(self, columns: int) -> int:
        require(self.mean.shape == self.scale.shape == (columns,), "scale of another shape")
        return self.component.check(columns)


@dataclass(frozen=True)
class ColumnScale:
    """Multiplies columns by weights for a part; `weights` has the shape (columns,)."""

    weights: np.ndarray
    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.component.predict(X * self.weights)

    def check(self, columns: int) -> int:
        require(self.weights.shape == (columns,), "weights of another shape")
        return self.component.check(columns)


@dataclass(frozen=True)
class Mean:
    """The mean of what some parts predict."""

    components: tuple[Component, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.mean([component.predict(X) for component in self.components], axis=0)

    def check(self, columns: int) -> int:
        outputs = {component.check(columns) for component in self.components}
        require(len(outputs) == 1, "parts of different outputs")
        return outputs.pop()


@dataclass(frozen=True)
class Sigmoid:
    """Turns what a part predicts, as logarithms of odds, into probabilities."""

    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        return 0.5 + 0.5 * np.tanh(0.5 * self.component.predict(X))

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class ScaledSum:
    """The sum of what a part's members predict, which is their mean times their number, from a start."""

    component: Component
    count: int
    start: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.start + self.count * self.component.predict(X)

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class Concatenate:
    """The outputs of some parts side by side."""

    components: tuple[Component, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.hstack([component.predict(X) for component in self.components])

    def check(self, columns: int) -> int:
        return sum(component.check(columns) for component in self.components)


@dataclass(frozen=True)
class ClassifierChain:
    """Labels told one after the other, each from the columns and from the labels told before it.

    `links` predict a probability each, in the order of `labels`, which has the labels' places.
    """

    links: tuple[Component, ...]
    labels: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        told = np.empty((len(X), len(self.links)))
        for link, label in zip(self.links, self.labels, strict=True):
            told[:, [label]] = link.predict(X)
            X = np.hstack([X, told[:, [label]] >= 0.5])
        return told

    def check(self, columns: int) -> int:
        require(sorted(self.labels.tolist()) == list(range(len(self.links))), "labels that are no permutation")
        for place, link in enumerate(self.links):
            require(link.check(columns + place) == 1, "links of several outputs")
        return len(self.links)


@dataclass(frozen=True)
class Softmax:
    """Turns log-odds of classes into probabilities that sum to one."""

    component: Component

    def predict(self, X: np.ndarray) -> np.ndarray:
        odds = self.component.predict(X)
        powers = np.exp(odds - odds.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def check(self, columns: int) -> int:
        return self.component.check(columns)


@dataclass(frozen=True)
class LabelPowerset:
    """Tells labels by the sets of them that a part takes for classes; `sets` has the shape (classes, labels)."""

    component: Component
    sets: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        shares = np.maximum(self.component.predict(X), 1e-9)
        return shares / shares.sum(axis=1, keepdims=True) @ self.sets

    def check(self, columns: int) -> int:
        require(self.sets.ndim == 2, "sets of another shape")
        require(self.component.check(columns) == len(self.sets), "sets that the classes don't fit")
        return self.sets.shape[1]

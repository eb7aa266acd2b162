"""What predicts: plain arrays and the few lines of numpy that apply them.

However a model was fitted (scikit-learn, XGBoost, PyTorch), what a scan needs of it is one of these parts, or
some inside each other. They hold nothing but arrays and numbers, so a model file can be read without
running anything from it, loads at once, and predicts the same with every version of the library that
fitted it. Every part can `check` itself: a forged or damaged one is found out before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

BLOCK = 1024
"""Rows whose distances from all bells are held in memory at a time."""


class Part(Protocol):
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


def demand(truth: object, what: str) -> None:
    """Refuse a part of which something is not true.

    Raises
    ------
    ValueError
        With what is wrong.
    """
    if not truth:
        raise ValueError(what)


def demand_places(indices: np.ndarray, end: int) -> None:
    demand(indices.size and indices.dtype.kind in "iu", "places that are no whole numbers")
    demand(indices.min() >= 0 and indices.max() < end, "a place that is not there")


@dataclass(frozen=True)
class Linear:
    """A weighted sum of the columns; `weights` has the shape (columns, outputs), `intercept` (outputs,)."""

    weights: np.ndarray
    intercept: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X @ self.weights + self.intercept

    def check(self, columns: int) -> int:
        demand(self.weights.shape == (columns, *self.intercept.shape), "weights of another shape")
        demand(self.intercept.ndim == 1, "intercept of another shape")
        return len(self.intercept)


@dataclass(frozen=True)
class Kernel:
    """A weighted sum of Gaussian bells around songs of the training set.

    `vectors` has the shape (bells, columns), `weights` (bells, outputs), `intercept` (outputs,); `gamma` tells
    how narrow they are.
    """

    vectors: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    gamma: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        vectors = self.vectors.astype(np.float64)
        lengths = np.square(vectors).sum(axis=1)
        told = [np.empty((0, self.weights.shape[1]))]
        for start in range(0, len(X), BLOCK):
            rows = X[start : start + BLOCK]
            distance = np.square(rows).sum(axis=1)[:, None] - 2 * rows @ vectors.T + lengths
            told.append(np.exp(-self.gamma * distance) @ self.weights)
        return np.concatenate(told) + self.intercept

    def check(self, columns: int) -> int:
        demand(self.vectors.shape == (len(self.weights), columns), "vectors of another shape")
        demand(self.weights.ndim == 2 and self.weights.shape[1:] == self.intercept.shape, "weights of another shape")
        return len(self.intercept)


@dataclass(frozen=True)
class Forest:
    """Many trees end to end in the same arrays; a leaf is its own child, so that walking on stays there.

    `roots` has the shape (trees,), `children` (2, nodes), `columns` and `thresholds` (nodes,), `values`
    (nodes, outputs). A song goes to the second child where its column is above the threshold; the trees'
    values are averaged.
    """

    roots: np.ndarray
    children: np.ndarray
    columns: np.ndarray
    thresholds: np.ndarray
    values: np.ndarray
    depth: int

    def predict(self, X: np.ndarray) -> np.ndarray:
        songs = np.arange(len(X))[:, None]
        X = np.asarray(X, np.float32)
        node = np.repeat(self.roots[None], len(X), axis=0)
        for _ in range(self.depth):
            node = self.children[(X[songs, self.columns[node]] > self.thresholds[node]).astype(np.int8), node]
        return self.values[node].mean(axis=1, dtype=np.float64)

    def check(self, columns: int) -> int:
        nodes = len(self.values)
        demand(self.values.ndim == 2 and self.roots.ndim == 1 and len(self.roots), "values of another shape")
        demand(self.children.shape == (2, nodes), "children of another shape")
        demand(self.columns.shape == self.thresholds.shape == (nodes,), "nodes of another shape")
        for name, indices, end in (
            ("root", self.roots, nodes),
            ("child", self.children, nodes),
            ("column", self.columns, columns),
        ):
            demand(
                indices.dtype.kind in "iu" and indices.min() >= 0 and indices.max() < end, f"a {name} that is not there"
            )
        demand(0 <= self.depth <= 1000, "deeper than any forest")
        return self.values.shape[1]


@dataclass(frozen=True)
class Scaled:
    """Standardises columns for a part, and clips them: a song unlike all others must not fall out of every kernel.

    `mean` and `scale` have the shape (columns,); `limit` is in standard deviations.
    """

    mean: np.ndarray
    scale: np.ndarray
    limit: float
    part: Part

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.part.predict(np.clip((X - self.mean) / self.scale, -self.limit, self.limit))

    def check(self, columns: int) -> int:
        demand(self.mean.shape == self.scale.shape == (columns,), "scale of another shape")
        return self.part.check(columns)


@dataclass(frozen=True)
class Weighed:
    """Multiplies columns by weights for a part; `weights` has the shape (columns,)."""

    weights: np.ndarray
    part: Part

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.part.predict(X * self.weights)

    def check(self, columns: int) -> int:
        demand(self.weights.shape == (columns,), "weights of another shape")
        return self.part.check(columns)


@dataclass(frozen=True)
class Mean:
    """The mean of what some parts predict."""

    parts: tuple[Part, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.mean([part.predict(X) for part in self.parts], axis=0)

    def check(self, columns: int) -> int:
        outputs = {part.check(columns) for part in self.parts}
        demand(len(outputs) == 1, "parts of different outputs")
        return outputs.pop()


@dataclass(frozen=True)
class Logistic:
    """Turns what a part predicts, as logarithms of odds, into probabilities."""

    part: Part

    def predict(self, X: np.ndarray) -> np.ndarray:
        return 0.5 + 0.5 * np.tanh(0.5 * self.part.predict(X))

    def check(self, columns: int) -> int:
        return self.part.check(columns)


@dataclass(frozen=True)
class Sum:
    """The sum of what a part's members predict, which is their mean times their number, from a start."""

    part: Part
    count: int
    start: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.start + self.count * self.part.predict(X)

    def check(self, columns: int) -> int:
        return self.part.check(columns)


@dataclass(frozen=True)
class Beside:
    """The outputs of some parts side by side."""

    parts: tuple[Part, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.hstack([part.predict(X) for part in self.parts])

    def check(self, columns: int) -> int:
        return sum(part.check(columns) for part in self.parts)


@dataclass(frozen=True)
class Chain:
    """Labels told one after the other, each from the columns and from the labels told before it.

    `links` predict a probability each, in the order of `labels`, which has the labels' places.
    """

    links: tuple[Part, ...]
    labels: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        told = np.empty((len(X), len(self.links)))
        for link, label in zip(self.links, self.labels, strict=True):
            told[:, [label]] = link.predict(X)
            X = np.hstack([X, told[:, [label]] >= 0.5])
        return told

    def check(self, columns: int) -> int:
        demand(sorted(self.labels.tolist()) == list(range(len(self.links))), "labels that are no permutation")
        for place, link in enumerate(self.links):
            demand(link.check(columns + place) == 1, "links of several outputs")
        return len(self.links)

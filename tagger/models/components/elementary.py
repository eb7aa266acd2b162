"""Components that predict from the columns themselves: linear, kernel and tree models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import require

BLOCK = 1024
"""Rows whose distances from all support vectors are held in memory at a time."""


@dataclass(frozen=True)
class Linear:
    """A weighted sum of the columns; `weights` has the shape (columns, outputs), `intercept` (outputs,)."""

    weights: np.ndarray
    intercept: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X @ self.weights + self.intercept

    def check(self, columns: int) -> int:
        require(self.weights.shape == (columns, *self.intercept.shape), "weights of another shape")
        require(self.intercept.ndim == 1, "intercept of another shape")
        return len(self.intercept)


@dataclass(frozen=True)
class RbfKernel:
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
        require(self.vectors.shape == (len(self.weights), columns), "vectors of another shape")
        require(self.weights.ndim == 2 and self.weights.shape[1:] == self.intercept.shape, "weights of another shape")
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
        require(self.values.ndim == 2 and self.roots.ndim == 1 and len(self.roots), "values of another shape")
        require(self.children.shape == (2, nodes), "children of another shape")
        require(self.columns.shape == self.thresholds.shape == (nodes,), "nodes of another shape")
        for name, indices, end in (
            ("root", self.roots, nodes),
            ("child", self.children, nodes),
            ("column", self.columns, columns),
        ):
            require(
                indices.dtype.kind in "iu" and indices.min() >= 0 and indices.max() < end, f"a {name} that is not there"
            )
        require(0 <= self.depth <= 1000, "deeper than any forest")
        return self.values.shape[1]

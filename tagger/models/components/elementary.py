"""Components that predict directly from the columns: linear models, kernel models and forests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tagger.models.components.base import Component, require, require_indices

BLOCK = 1024
"""Rows per block when kernels are computed; limits the memory for the distances."""

MAX_DEPTH = 1000
"""Greatest depth of a forest that is accepted."""


@dataclass(frozen=True)
class Linear(Component):
    """A linear model.

    Attributes
    ----------
    weights : numpy.ndarray, shape=(columns, outputs)
    intercept : numpy.ndarray, shape=(outputs,)
    """

    weights: np.ndarray
    intercept: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = X @ self.weights + self.intercept
        return outputs

    def check(self, columns: int) -> int:
        require(self.weights.shape == (columns, *self.intercept.shape), "weights have the wrong shape")
        require(self.intercept.ndim == 1, "intercept has the wrong shape")
        return len(self.intercept)


@dataclass(frozen=True)
class RbfKernel(Component):
    """A weighted sum of RBF kernels centred on training songs.

    Attributes
    ----------
    vectors : numpy.ndarray, shape=(vectors, columns)
        Support vectors.
    weights : numpy.ndarray, shape=(vectors, outputs)
    intercept : numpy.ndarray, shape=(outputs,)
    gamma : float
        The kernel is ``exp(-gamma * squared distance)``.
    """

    vectors: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    gamma: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        vectors = self.vectors.astype(np.float64)
        squared_norms = np.square(vectors).sum(axis=1)
        blocks = [np.empty((0, self.weights.shape[1]))]
        for start in range(0, len(X), BLOCK):
            rows = X[start : start + BLOCK]
            distance = np.square(rows).sum(axis=1)[:, None] - 2 * rows @ vectors.T + squared_norms
            blocks.append(np.exp(-self.gamma * distance) @ self.weights)
        outputs: np.ndarray = np.concatenate(blocks) + self.intercept
        return outputs

    def check(self, columns: int) -> int:
        require(self.vectors.shape == (len(self.weights), columns), "vectors have the wrong shape")
        require(
            self.weights.ndim == 2 and self.weights.shape[1:] == self.intercept.shape, "weights have the wrong shape"
        )
        return len(self.intercept)


@dataclass(frozen=True)
class Forest(Component):
    """The mean of decision trees, with the nodes of all trees in the same arrays.

    A row goes to the second child of a node if its value in the node's column is above the threshold. A leaf is its own
    child, so that `depth` steps reach a leaf of every tree.

    Attributes
    ----------
    roots : numpy.ndarray, shape=(trees,)
        Indices of the root nodes.
    children : numpy.ndarray, shape=(2, nodes)
        Indices of the child nodes.
    columns : numpy.ndarray, shape=(nodes,)
        Column that each node compares.
    thresholds : numpy.ndarray, shape=(nodes,)
    values : numpy.ndarray, shape=(nodes, outputs)
        Outputs of the leaves.
    depth : int
        Depth of the deepest tree.
    """

    roots: np.ndarray
    children: np.ndarray
    columns: np.ndarray
    thresholds: np.ndarray
    values: np.ndarray
    depth: int

    def predict(self, X: np.ndarray) -> np.ndarray:
        rows = np.arange(len(X))[:, None]
        X = np.asarray(X, np.float32)
        node = np.repeat(self.roots[None], len(X), axis=0)
        for _ in range(self.depth):
            node = self.children[(X[rows, self.columns[node]] > self.thresholds[node]).astype(np.int8), node]
        outputs: np.ndarray = self.values[node].mean(axis=1, dtype=np.float64)
        return outputs

    def check(self, columns: int) -> int:
        nodes = len(self.values)
        require(self.values.ndim == 2 and self.roots.ndim == 1 and len(self.roots), "values have the wrong shape")
        require(self.children.shape == (2, nodes), "children have the wrong shape")
        require(self.columns.shape == self.thresholds.shape == (nodes,), "nodes have the wrong shape")
        require_indices(self.roots, nodes, "root")
        require_indices(self.children, nodes, "child")
        require_indices(self.columns, columns, "column")
        require(0 <= self.depth <= MAX_DEPTH, "depth out of range")
        return int(self.values.shape[1])

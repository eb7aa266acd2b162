"""Shapley values: how much each group of features adds to a prediction, compared with reference songs.

The value of a coalition of groups is the mean prediction for the song, if only these groups have the values of the song
and the other groups have the values of a reference song (S. Lundberg and S. Lee, 2017: the interventional form). The
Shapley value of a group is the weighted mean of what it adds to all coalitions of the other groups. The Shapley values
of all groups add up to the prediction for the song minus the mean prediction for the reference songs.

All coalitions are evaluated. This is fast for additive RBF kernels: a kernel is a product over the groups of features,
so that the part of a coalition and the part of the other groups are computed once for all pairs of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import factorial

import numpy as np

from tagger.models.components import AdditiveRbfKernel, AffectOutput, Component, Concatenate, EmotionOutput
from tagger.models.model import Model

BLOCK = 1 << 17
"""Rows that are predicted at a time."""


def shapley_values(values: np.ndarray) -> np.ndarray:
    """Compute the Shapley values of the players of a game.

    Parameters
    ----------
    values : numpy.ndarray, shape=(2**players, outputs)
        Value of each coalition; player i is in the coalitions whose index has bit i.

    Returns
    -------
    numpy.ndarray, shape=(players, outputs)
        They add up to the value of the coalition of all players minus that of no player.
    """
    players = len(values).bit_length() - 1
    coalitions = np.arange(len(values))
    sizes = sum((coalitions >> player) & 1 for player in range(players)) + np.zeros_like(coalitions)
    weights = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    shares = np.empty((players, values.shape[1]))
    for player in range(players):
        without = coalitions[(coalitions >> player) & 1 == 0]
        shares[player] = weights[sizes[without]] @ (values[without | 1 << player] - values[without])
    return shares


def coalition_values(
    model: Model, rows: np.ndarray, references: np.ndarray, groups: Sequence[np.ndarray]
) -> np.ndarray:
    """Compute the value of each coalition of groups of features.

    Parameters
    ----------
    model : Model
    rows : numpy.ndarray, shape=(rows, columns)
        Features of a song.
    references : numpy.ndarray, shape=(references, columns)
        Features of the reference songs.
    groups : sequence of numpy.ndarray, shape=(columns,)
        Indices of the columns of each group; columns in no group have the values of the song.

    Returns
    -------
    numpy.ndarray, shape=(2**groups, outputs)
        Mean predictions over all pairs of a row and a reference. Group i has the values of the song in the coalitions
        whose index has bit i.
    """
    group_of = np.full(rows.shape[1], -1)
    for index, columns in enumerate(groups):
        group_of[columns] = index
    component = model.component
    if isinstance(component, AffectOutput):
        kernels: tuple[Component, ...] = (component.component,)
    elif isinstance(component, EmotionOutput):
        scores = component.scores
        kernels = scores.components if isinstance(scores, Concatenate) else (scores,)
    else:
        return _composed_values(model, rows, references, group_of, len(groups))
    if not all(isinstance(kernel, AdditiveRbfKernel) for kernel in kernels):
        return _composed_values(model, rows, references, group_of, len(groups))
    tables = [
        _KernelTable(kernel, rows, references, group_of)  # type: ignore[arg-type]
        for kernel in kernels
    ]
    pairs = len(rows) * len(references)
    values = []
    for coalitions in np.array_split(np.arange(1 << len(groups)), max(1, (pairs << len(groups)) // BLOCK)):
        outputs = np.concatenate([table.outputs(coalitions) for table in tables], axis=2)
        predicted = model.limit(component.combine(outputs.reshape(-1, outputs.shape[2])))
        values.append(predicted.reshape(len(coalitions), pairs, -1).mean(axis=1))
    return np.concatenate(values)


class _KernelTable:
    """The outputs of an additive kernel for all coalitions, as a sum of tables: one for each kernel of the sum.

    The table of a kernel has a row for each coalition of the groups that the kernel has columns of.
    """

    def __init__(self, kernel: AdditiveRbfKernel, rows: np.ndarray, references: np.ndarray, group_of: np.ndarray):
        self.intercept = kernel.intercept
        self.tables: list[tuple[list[int], np.ndarray]] = []
        a, b = kernel.standardize(rows), kernel.standardize(references)
        for index, (start, end) in enumerate(pairwise([0, *kernel.ends])):
            owners = group_of[kernel.columns[start:end]]
            vectors = kernel.vectors[:, start:end].astype(np.float64)
            scale = kernel.widths[index] * (end - start)
            members = sorted(set(owners[owners >= 0].tolist()))
            masks = [owners == member for member in members]
            ours = [_distances(a[:, start:end][:, mask], vectors[:, mask]) / scale for mask in masks]
            theirs = [_distances(b[:, start:end][:, mask], vectors[:, mask]) / scale for mask in masks]
            fixed = owners < 0
            always = _distances(a[:, start:end][:, fixed], vectors[:, fixed]) / scale
            coefficients = (kernel.coefficients * kernel.weights[index]).T.astype(np.float64)
            table = np.empty((1 << len(members), len(a), len(b), len(self.intercept)))
            for coalition in range(len(table)):
                inside = always + sum(d for i, d in enumerate(ours) if coalition >> i & 1)
                outside = np.zeros((len(b), len(vectors))) + sum(
                    d for i, d in enumerate(theirs) if not coalition >> i & 1
                )
                weighted = np.exp(-inside)[:, None] * coefficients
                table[coalition] = (weighted @ np.exp(-outside).T).transpose(0, 2, 1)
            self.tables.append((members, table.reshape(len(table), len(a) * len(b), -1)))

    def outputs(self, coalitions: np.ndarray) -> np.ndarray:
        """Return the outputs of coalitions of all groups; shape (coalitions, pairs, outputs)."""
        total = np.broadcast_to(self.intercept, (len(coalitions), self.tables[0][1].shape[1], len(self.intercept)))
        for members, table in self.tables:
            own = sum((coalitions >> member & 1) << i for i, member in enumerate(members))
            total = total + table[own]
        return total


def _distances(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the squared distances between two sets of rows."""
    squares = np.square(rows).sum(axis=1)[:, None] - 2 * rows @ vectors.T + np.square(vectors).sum(axis=1)
    distances: np.ndarray = np.maximum(squares, 0)
    return distances


def _composed_values(
    model: Model, rows: np.ndarray, references: np.ndarray, group_of: np.ndarray, groups: int
) -> np.ndarray:
    """Compute the values of coalitions for any component, from rows composed of the song and the references."""
    pairs = [(row, reference) for row in rows for reference in references]
    ours, theirs = (np.stack(part) for part in zip(*pairs, strict=True))
    values = []
    for coalition in range(1 << groups):
        from_song = (group_of < 0) | ((coalition >> np.maximum(group_of, 0)) & 1 == 1)
        values.append(model.predict(np.where(from_song, ours, theirs)).mean(axis=0))
    return np.stack(values)

"""The estimator of the user's own moods: kernel ridge regressions on the features of the songs that the user labelled.

The kernel is that of the bundled joint model, plus a kernel on what that model predicts, so that a few dozen songs are
enough. With many songs, a part of them are the centres of the kernels (the Nyström method), so that training takes
seconds. All ridge penalties are compared on songs held out with their artist, by solving small linear systems again
rather than by computing kernels again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit
from threadpoolctl import threadpool_limits

from tagger.emotions import MOODS
from tagger.evaluation.auc import Auc, auc
from tagger.models.components import (
    AdditiveRbfKernel,
    Append,
    Component,
    Concatenate,
    EmotionOutput,
    Linear,
    Sigmoid,
    rbf_kernel,
)

FOLDS = 10
"""Number of folds of the cross-validation."""

MAX_CENTRES = 600
"""Most songs that are centres of kernels."""

RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Ridge penalties that are compared; the kernel of a song with itself is 1."""

PREDICTION_WEIGHT = 0.25
"""Weight of the kernel on the predictions of the joint model, of a sum of 1."""

PREDICTION_WIDTH = 4.0
"""Width of that kernel, as in `rbf_kernel`."""

PREDICTIONS = len(MOODS) + 2
"""Outputs of the joint model in the kernel: moods, valence and arousal."""

MIN_SPREAD = 0.05
"""Least standard deviation by which predictions of the joint model are scaled."""

JITTER = 1e-6
"""Added to the diagonal of the kernel of the centres, so that its factorisation is stable."""


@dataclass(frozen=True)
class OwnMoodsFit:
    """The fitted model of the user's own moods, and what cross-validation says of it.

    Attributes
    ----------
    bundled : EmotionOutput
        The component of the joint model, whose predictions are features, too.
    kernels : tuple of AdditiveRbfKernel
        The sum of their outputs is the log-odds of each label: a kernel on the features, and one on the predictions.
    thresholds : numpy.ndarray, shape=(labels,)
        Probability from which as many songs get a label in cross-validation as have it.
    ridges : numpy.ndarray, shape=(labels,)
        The chosen ridge penalties.
    held_out : numpy.ndarray, shape=(songs, labels)
        Probabilities of songs that were held out with their artist.
    aucs : tuple of Auc
        By label, of songs that were held out with their artist, and by which the ridge penalty was not chosen.
    """

    bundled: EmotionOutput
    kernels: tuple[AdditiveRbfKernel, ...]
    thresholds: np.ndarray
    ridges: np.ndarray
    held_out: np.ndarray
    aucs: tuple[Auc, ...]

    @property
    def component(self) -> Component:
        """Predicts the probability of each label from the mean features of a song."""
        of_features, of_predictions = self.kernels
        parts = (
            _with_kernel(_score_component(self.bundled), of_features),
            Append(self.bundled, of_predictions),
        )
        labels = len(self.thresholds)
        columns = int(of_predictions.columns[0])
        weights = np.concatenate([np.zeros((columns, labels)), np.eye(labels), np.eye(labels)])
        return Sigmoid(Append(Concatenate(parts), Linear(weights, np.zeros(labels))))

    def select(self, labels: list[int]) -> OwnMoodsFit:
        """Return the model of some of the labels.

        Parameters
        ----------
        labels : list of int
            Their indices.

        Returns
        -------
        OwnMoodsFit
        """
        kernels = tuple(
            replace(
                kernel,
                weights=kernel.weights[:, labels],
                coefficients=kernel.coefficients[:, labels],
                intercept=kernel.intercept[labels],
            )
            for kernel in self.kernels
        )
        aucs = tuple(self.aucs[i] for i in labels)
        figures = (self.thresholds[labels], self.ridges[labels], self.held_out[:, labels])
        return OwnMoodsFit(self.bundled, kernels, *figures, aucs)


class _Basis(NamedTuple):
    """Functions of the features whose inner products are the kernel.

    Attributes
    ----------
    kernels : tuple of AdditiveRbfKernel
        The kernels around the centres, without coefficients.
    factor : numpy.ndarray, shape=(centres, centres)
        Lower Cholesky factor of the kernel between the centres.
    values : numpy.ndarray, shape=(songs, centres)
        The functions of each song, minus their means.
    means : numpy.ndarray, shape=(centres,)
    """

    kernels: tuple[AdditiveRbfKernel, ...]
    factor: np.ndarray
    values: np.ndarray
    means: np.ndarray


def fit_own_moods(
    features: np.ndarray, labels: np.ndarray, groups: np.ndarray, bundled: EmotionOutput, seed: int = 0
) -> OwnMoodsFit:
    """Fit a model of the user's own moods.

    Parameters
    ----------
    features : numpy.ndarray, shape=(songs, columns)
        Mean features of the songs, with the columns of the joint model.
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1; at least two of each for each label.
    groups : numpy.ndarray, shape=(songs,)
        Songs of the same group (an artist) are held out together.
    bundled : EmotionOutput
        The component of the joint model, which becomes part of the model.
    seed : int, default 0
        Random seed of the folds and the centres.

    Returns
    -------
    OwnMoodsFit
    """
    with threadpool_limits(1):  # the order of sums, and so their rounding, depends on the number of threads
        return _fit(features, labels.astype(np.float64), groups, bundled, np.random.default_rng(seed))


def _fit(
    features: np.ndarray, Y: np.ndarray, groups: np.ndarray, bundled: EmotionOutput, random: np.random.Generator
) -> OwnMoodsFit:
    shares = Y.mean(axis=0)
    basis = _basis(features, Y, bundled, random)
    folds = assign_folds(Y, groups, random)
    scores = _held_out_scores(basis.values, Y - shares, folds)
    best = [_best_calibration(by_ridge.T, y) for by_ridge, y in zip(scores.transpose(2, 1, 0), Y.T, strict=True)]
    chosen, slopes, intercepts = (np.array(values) for values in zip(*best, strict=True))
    ridges = np.array(RIDGES)[chosen]
    held_out_scores = scores[chosen, :, np.arange(len(chosen))].T
    held_out = expit(held_out_scores * slopes + intercepts)

    gram = basis.values.T @ basis.values
    weights = np.column_stack(
        [_solve(gram, basis.values.T @ (y - y.mean()), ridge) for y, ridge in zip(Y.T, ridges, strict=True)]
    )
    coefficients = solve_triangular(basis.factor, weights, lower=True, trans="T") * slopes
    # The first kernel has the whole intercept.
    intercept = intercepts - basis.means @ weights * slopes
    kernels = tuple(
        replace(
            kernel,
            weights=np.repeat(kernel.weights, len(slopes), axis=1),
            coefficients=coefficients.astype(np.float32),
            intercept=intercept if i == 0 else np.zeros_like(intercept),
        )
        for i, kernel in enumerate(basis.kernels)
    )
    return OwnMoodsFit(
        bundled,
        kernels,
        np.array([_matching_threshold(p, int(y.sum())) for p, y in zip(held_out.T, Y.T, strict=True)]),
        ridges,
        held_out,
        tuple(auc(y, odds) for y, odds in zip(Y.T, _nested_odds(scores, Y, folds).T, strict=True)),
    )


def _nested_odds(scores: np.ndarray, Y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return log-odds of held-out songs, for which ridge and slope are chosen by the other folds.

    With a ridge that is chosen by the same songs, random labels seem predictable. The intercept of the other folds is
    left out: it is lower the more songs of the fold have the label.
    """
    odds = np.empty(Y.shape)
    for fold in np.unique(folds):
        test = folds == fold
        for label, y in enumerate(Y.T):
            ridge, slope, _ = _best_calibration(scores[:, ~test, label], y[~test])
            odds[test, label] = scores[ridge, test, label] * slope
    return odds


def assign_folds(labels: np.ndarray, groups: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Assign groups to folds so that each fold has about the same share of the songs of each label.

    Parameters
    ----------
    labels : numpy.ndarray, shape=(songs, labels)
        0 or 1.
    groups : numpy.ndarray, shape=(songs,)
    random : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        The fold of each song.
    """
    units = np.unique(groups, return_inverse=True)[1].ravel()
    counts = np.zeros((units.max() + 1, labels.shape[1] + 1))
    np.add.at(counts, units, np.column_stack([labels, np.ones(len(labels))]))
    counts /= np.maximum(counts.sum(axis=0), 1)
    folds = min(FOLDS, len(counts))
    loads = np.zeros((folds, counts.shape[1]))
    fold_of = np.empty(len(counts), np.intp)
    shuffled = random.permutation(len(counts))
    for unit in shuffled[np.argsort(-counts[shuffled].max(axis=1), kind="stable")]:
        fold = np.square(loads + counts[unit]).sum(axis=1) - np.square(loads).sum(axis=1)
        fold_of[unit] = fold.argmin()
        loads[fold_of[unit]] += counts[unit]
    assigned: np.ndarray = fold_of[units]
    return assigned


def _basis(features: np.ndarray, labels: np.ndarray, bundled: EmotionOutput, random: np.random.Generator) -> _Basis:
    centres = _choose_centres(labels, random)
    kernels, rows = [], []
    for kernel, inputs in (_feature_kernel(features, bundled), _prediction_kernel(features, bundled)):
        scaled = (inputs[:, kernel.columns] - kernel.mean) / kernel.scale
        # Half the precision is enough, as in the joint model.
        clipped = np.clip(scaled, -kernel.limit, kernel.limit).astype(np.float16)
        rows.append(clipped)
        kernels.append(replace(kernel, vectors=clipped[centres]))
    between = sum(_kernel_matrix(kernel, kernel.vectors) for kernel in kernels)
    factor = np.linalg.cholesky(between + JITTER * np.eye(len(centres)))
    matrix = sum(_kernel_matrix(kernel, part) for kernel, part in zip(kernels, rows, strict=True))
    values = solve_triangular(factor, np.transpose(matrix), lower=True).T
    means = values.mean(axis=0)
    return _Basis(tuple(kernels), factor, values - means, means)


class _Inputs(Component):
    """Returns its inputs: stands for the kernel of the joint model, to get what the kernel is applied to."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X

    def check(self, columns: int) -> int:
        return columns


def _with_kernel(component: Any, kernel: Component) -> Any:
    """Return a component with its kernel replaced; it may transform the features before it applies the kernel."""
    if isinstance(component, AdditiveRbfKernel):
        return kernel
    return replace(component, component=_with_kernel(component.component, kernel))


def _kernel_of(component: Any) -> AdditiveRbfKernel:
    return component if isinstance(component, AdditiveRbfKernel) else _kernel_of(component.component)


def _feature_kernel(features: np.ndarray, bundled: EmotionOutput) -> tuple[AdditiveRbfKernel, np.ndarray]:
    """Return the kernel of the joint model, with its scaling of the features, and what it is applied to."""
    component = _score_component(bundled)
    kernel = _kernel_of(component)
    weights = kernel.weights[:, :1] / kernel.weights[:, :1].sum() * (1 - PREDICTION_WEIGHT)
    return replace(kernel, weights=weights), _with_kernel(component, _Inputs()).predict(features)


def _prediction_kernel(features: np.ndarray, bundled: EmotionOutput) -> tuple[AdditiveRbfKernel, np.ndarray]:
    """Return a kernel on the predictions of the joint model, which follow the features, and what it is applied to."""
    inputs = np.hstack([features, bundled.predict(features)])
    columns = np.arange(features.shape[1], features.shape[1] + PREDICTIONS)
    used = inputs[:, columns]
    template = _kernel_of(_score_component(bundled))
    kernel = replace(
        template,
        columns=columns.astype(np.int16),
        ends=np.array([PREDICTIONS], np.int16),
        mean=used.mean(axis=0),
        scale=np.maximum(used.std(axis=0), MIN_SPREAD),
        widths=np.array([PREDICTION_WIDTH]),
        weights=np.array([[PREDICTION_WEIGHT]]),
    )
    return kernel, inputs


def _score_component(bundled: EmotionOutput) -> Any:
    """Return the component of the joint model with the kernel on the features of songs with audio."""
    return bundled.scores.components[-1]  # type: ignore[attr-defined]


def _choose_centres(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the indices of the songs that are centres: some of each label, so that rare ones have any, and others."""
    count = len(labels)
    if count <= MAX_CENTRES:
        return np.arange(count)
    share = MAX_CENTRES // (2 * labels.shape[1])
    chosen: dict[int, None] = {}
    for label in labels.T:
        chosen.update(dict.fromkeys(random.permutation(np.flatnonzero(label))[:share].tolist()))
    chosen.update(dict.fromkeys(random.permutation(count)[:MAX_CENTRES].tolist()))
    return np.array(sorted(list(chosen)[:MAX_CENTRES]))


def _kernel_matrix(kernel: AdditiveRbfKernel, rows: np.ndarray) -> np.ndarray:
    matrix = np.zeros((len(rows), len(kernel.vectors)))
    for group, (start, end) in enumerate(pairwise([0, *kernel.ends])):
        part = rbf_kernel(rows[:, start:end].astype(np.float64), kernel.vectors[:, start:end], kernel.widths[group])
        matrix += kernel.weights[group, 0] * part
    return matrix


def _held_out_scores(basis: np.ndarray, targets: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the scores of each song by the regression without its fold; shape (ridges, songs, labels)."""
    gram, moments = basis.T @ basis, basis.T @ targets
    scores = np.empty((len(RIDGES), *targets.shape))
    for fold in np.unique(folds):
        rows = folds == fold
        part = basis[rows]
        gram_without, moments_without = gram - part.T @ part, moments - part.T @ targets[rows]
        for i, ridge in enumerate(RIDGES):
            scores[i, rows] = part @ _solve(gram_without, moments_without, ridge)
    return scores


def _solve(gram: np.ndarray, moments: np.ndarray, ridge: float) -> np.ndarray:
    solution: np.ndarray = cho_solve(cho_factor(gram + ridge * np.eye(len(gram))), moments)
    return solution


def _best_calibration(scores: np.ndarray, labels: np.ndarray) -> tuple[int, float, float]:
    """Return the index of the ridge penalty with the least log loss after calibration, and slope and intercept."""
    calibrations = [_calibrate(by_ridge, labels) for by_ridge in scores]
    signs = 1 - 2 * labels
    losses = [
        np.logaddexp(0, signs * (by_ridge * slope + intercept)).mean()
        for by_ridge, (slope, intercept) in zip(scores, calibrations, strict=True)
    ]
    best = int(np.argmin(losses))
    return best, *calibrations[best]


def _calibrate(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept of the log-odds of a label over the scores (Platt scaling).

    The targets are those of Platt (1999): less certain the fewer songs there are, so that the slope is finite.
    """
    positives = labels.sum()
    targets = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (len(labels) - positives + 2))
    spread = scores.std() or 1.0
    X = np.column_stack([scores / spread, np.ones(len(scores))])
    share = targets.mean()
    weights = np.array([0.0, np.log(share / (1 - share))])
    for _ in range(50):
        p = expit(X @ weights)
        hessian = X.T @ (X * (p * (1 - p))[:, None]) + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, X.T @ (targets - p))
        weights += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    # A label that cannot be predicted may have a slope below 0 by chance.
    return max(float(weights[0]), 0.0) / spread, float(weights[1])


def _matching_threshold(probabilities: np.ndarray, count: int) -> float:
    """Return the threshold from which `count` of the probabilities are."""
    ranked = np.sort(probabilities)[::-1]
    return float(ranked[: count + 1][-2:].mean())

"""The estimator of the joint model: moods, valence and arousal, learnt from data sets with different kinds of labels.

Each kind of label (ratings, quadrants, mood words, the six labels of `emotions`) is predicted by kernel ridge
regression from the songs that have it. These predictions are the scores of a song. A linear and a logistic model
combine the scores, all of which a song has, to valence, arousal and moods. The combination is fitted to scores of songs
that were held out with their artist, so that it does not trust a score for songs that the score was fitted to.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from tagger.emotions import MOODS
from tagger.evaluation.cross_validation import FOLDS
from tagger.models.components import (
    AdditiveRbfKernel,
    AttenuateDirections,
    Concatenate,
    EmotionOutput,
    attenuate,
    rbf_kernel,
)
from tagger.models.components.emotion import standardize, with_products
from tagger.training.estimators.joint_data import JointSettings, JointSongs, KernelGroup, SharedData

LIMIT = 4.0
"""Clip features and scores at this number of standard deviations."""

MIN_SONGS_OF_A_WORD = 5
"""Words of fewer songs are not used."""

MIN_LOSS = 0.01
"""Directions are not attenuated by a smaller share than this."""

MIN_SQUARED_ERROR = 0.003
"""Added to squared errors before the logarithm, so that differences between tiny errors have little effect."""


MAX_DIFFERENCE = 1.0
"""Clip differences between encodings at this number of standard deviations: tempo estimates differ by any amount."""


class _Kernel:
    """A kernel over the features of training songs: a weighted sum over the groups.

    The features are attenuated along the directions in which encodings of a song differ (Hatch et al., "Within-class
    covariance normalization for SVM-based speaker recognition", 2006), so that an encoding changes predictions less.
    """

    def __init__(
        self,
        features: np.ndarray,
        groups: tuple[KernelGroup, ...],
        settings: JointSettings,
        encoding_differences: np.ndarray,
    ) -> None:
        self.columns = np.array([column for group in groups for column in group.columns])
        self.ends = np.cumsum([len(group.columns) for group in groups])
        self.weights = np.array([group.weight for group in groups])
        self.weights /= self.weights.sum()
        used = features[:, self.columns]
        self.mean, self.scale = used.mean(axis=0), used.std(axis=0)
        self.scale[self.scale == 0] = 1
        self.scale[np.isin(self.columns, settings.half_weight)] *= 2
        differences = np.clip(encoding_differences[:, self.columns] / self.scale, -MAX_DIFFERENCE, MAX_DIFFERENCE)
        self.directions, self.losses = _attenuated_directions(differences, self.ends, settings)
        standardized = np.clip((used - self.mean) / self.scale, -LIMIT, LIMIT)
        attenuated = np.clip(attenuate(standardized, self.directions, self.losses), -LIMIT, LIMIT)
        # Half the precision is enough: distances change by less than those between two encodings of a song.
        self.vectors = attenuated.astype(np.float16)
        parts = np.split(self.vectors.astype(np.float64), self.ends[:-1], axis=1)
        # Attenuated groups have smaller distances, so their kernels are narrower in the same proportion.
        kept = [
            np.square(part).sum() / max(np.square(whole).sum(), 1e-9)
            for part, whole in zip(parts, np.split(standardized, self.ends[:-1], axis=1), strict=True)
        ]
        self.widths = settings.width * np.maximum(kept, 1e-9)
        self.matrix = sum(
            weight * rbf_kernel(part, part, width)
            for weight, part, width in zip(self.weights, parts, self.widths, strict=True)
        )

    def component(self, coefficients: np.ndarray, intercept: np.ndarray) -> AttenuateDirections:
        """Return the component that predicts with coefficients of shape (songs, outputs)."""
        count, outputs = len(self.columns), len(intercept)
        kernel = AdditiveRbfKernel(
            np.arange(count, dtype=np.int16),
            self.ends.astype(np.int16),
            np.zeros(count),
            np.ones(count),
            LIMIT,
            self.widths,
            np.repeat(self.weights[:, None], outputs, axis=1),
            self.vectors,
            coefficients.astype(np.float32),
            intercept,
        )
        columns = self.columns.astype(np.int16)
        return AttenuateDirections(columns, self.mean, self.scale, LIMIT, self.directions, self.losses, kernel)


def _attenuated_directions(
    differences: np.ndarray, ends: np.ndarray, settings: JointSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions in which encodings differ, and the share of each that is taken away.

    A direction along which the differences have the variance ``v``, in units of the variance of the songs, is
    multiplied by ``1 / sqrt(1 + attenuation * v)``. The directions of a group have no part in the other groups.
    """
    directions, losses = [np.empty((0, ends[-1]), np.float32)], [np.empty(0)]
    for start, end in pairwise([0, *ends]):
        part = differences[:, start:end]
        variances, vectors = np.linalg.eigh(part.T @ part / max(1, len(part)))
        last = np.argsort(variances)[::-1][: settings.directions]
        loss = 1 - 1 / np.sqrt(1 + settings.attenuation * np.maximum(variances[last], 0))
        last, loss = last[loss > MIN_LOSS], loss[loss > MIN_LOSS]
        whole = np.zeros((len(last), ends[-1]), np.float32)
        whole[:, start:end] = vectors[:, last].T
        directions.append(whole)
        losses.append(loss)
    return np.concatenate(directions), np.concatenate(losses)


class _Scores(NamedTuple):
    """Coefficients and intercept of kernel ridge regressions, and the scores of the songs when they are held out."""

    coefficients: np.ndarray
    intercept: np.ndarray
    held_out: np.ndarray


def _fit_scores(matrix: np.ndarray, targets: np.ndarray, mask: np.ndarray, groups: np.ndarray, ridge: float) -> _Scores:
    """Fit kernel ridge regressions to the songs of a mask.

    The scores of these songs are predicted by the regression without their group, in closed form: with the inverse
    ``G`` of the regularised kernel and the coefficients ``a``, the errors of a group ``g`` without it are
    ``inv(G[g, g]) @ a[g]``. The scores of all other songs are predicted by the whole regression.
    """
    known = targets[mask]
    intercept = known.mean(axis=0)
    inverse = np.linalg.inv(matrix[np.ix_(mask, mask)] + ridge * np.eye(len(known)))
    fitted = inverse @ (known - intercept)
    coefficients = np.zeros(targets.shape)
    coefficients[mask] = fitted
    held_out = matrix[:, mask] @ fitted + intercept
    without = known.astype(np.float64)
    for group in np.unique(groups[mask]):
        rows = np.flatnonzero(groups[mask] == group)
        without[rows] -= np.linalg.solve(inverse[np.ix_(rows, rows)], fitted[rows])
    held_out[mask] = without
    return _Scores(coefficients, intercept, held_out)


def _word_components(words: tuple[frozenset[str], ...], count: int) -> np.ndarray:
    """Return the principal components of the songs' words, standardised; shape (songs, at most count)."""
    songs_of = Counter(word for song in words for word in song)
    vocabulary = sorted(word for word, songs in songs_of.items() if songs >= MIN_SONGS_OF_A_WORD)
    table = np.array([[word in song for word in vocabulary] for song in words], np.float64)
    table /= np.sqrt(np.maximum(table.sum(axis=1, keepdims=True), 1))
    left, singular, right = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)
    count = min(count, int((singular > 1e-9).sum()))
    components = left[:, :count] * singular[:count]
    components *= np.sign(right[:count, :1].ravel() + 1e-12)  # the sign of a component is arbitrary
    standardized: np.ndarray = components / components.std(axis=0)
    return standardized


class JointEstimator:
    """The joint model of moods, valence and arousal.

    Parameters
    ----------
    settings : JointSettings
    shared : SharedData
        Data that is never held out.

    Attributes
    ----------
    component_ : EmotionOutput
        Set by `fit`.
    """

    component_: EmotionOutput

    def __init__(self, settings: JointSettings, shared: SharedData) -> None:
        self.settings = settings
        self.shared = shared

    def fit(self, songs: JointSongs) -> JointEstimator:
        """Fit the model.

        Parameters
        ----------
        songs : JointSongs
            Some with ratings; with or without songs with quadrants and words.

        Returns
        -------
        JointEstimator
            This object.
        """
        with threadpool_limits(1):  # the order of sums, and so their rounding, depends on the number of threads
            self._fit(songs)
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predict with the fitted component.

        Parameters
        ----------
        features : numpy.ndarray, shape=(songs, columns)

        Returns
        -------
        numpy.ndarray, shape=(songs, 10)
            As `EmotionOutput.predict` returns it.
        """
        return self.component_.predict(features)

    def _fit(self, songs: JointSongs) -> None:
        settings = self.settings
        mood_songs, differences = self.shared
        mood_kernel = _Kernel(mood_songs.features, settings.mood_groups, settings, differences)
        every = np.ones(len(mood_songs.labels), bool)
        each = np.arange(len(every))
        moods = _fit_scores(mood_kernel.matrix, mood_songs.labels, every, each, settings.mood_ridge)
        mood_component = mood_kernel.component(moods.coefficients, moods.intercept)

        kernel = _Kernel(songs.features, settings.groups, settings, differences)
        blocks = [self._rating_scores(kernel, songs)]
        has_sign = np.isfinite(songs.signs[:, 0])
        if has_sign.any():
            blocks.append(self._sign_scores(kernel, songs, has_sign))
        held_out = np.hstack([mood_component.predict(songs.features), *(block.held_out for block in blocks)])
        mean, scale = held_out.mean(axis=0), held_out.std(axis=0)
        scale[scale < 1e-9] = 1  # a label that all songs have, or none
        gate = len(MOODS) + (RATING_SCORES + 1 if has_sign.any() else RATING_SCORES - 1)  # arousal
        inputs = with_products(standardize(held_out, mean, scale, LIMIT), gate)
        point_weights, point_intercept = self._fit_points(inputs, songs, has_sign)
        mood_weights, mood_intercept = self._fit_moods(inputs, songs, has_sign, mean, scale)

        errors = songs.ratings - (inputs @ point_weights + point_intercept)
        log_errors = np.log(np.square(errors) + MIN_SQUARED_ERROR)
        error_scores = _fit_scores(kernel.matrix, log_errors, songs.is_rated, songs.groups, settings.error_ridge)
        squares = np.square(errors[songs.is_rated])
        predicted = np.exp(error_scores.held_out[songs.is_rated])
        blocks.append(error_scores)
        coefficients = np.hstack([block.coefficients for block in blocks])
        component = kernel.component(coefficients, np.concatenate([block.intercept for block in blocks]))
        self.component_ = EmotionOutput(
            Concatenate((mood_component, component)),
            mean,
            scale,
            LIMIT,
            gate,
            point_weights,
            point_intercept,
            mood_weights,
            mood_intercept,
            np.sqrt(squares.mean(axis=0) / predicted.mean(axis=0)),
        )

    def _rating_scores(self, kernel: _Kernel, songs: JointSongs) -> _Scores:
        """Fit the scores of `RATING_SCORES`: residual valence, valence and arousal of the rated songs."""
        targets = np.zeros((len(songs.features), RATING_SCORES))
        residual, _ = _residual_valence(songs.ratings[songs.is_rated])
        targets[songs.is_rated] = np.column_stack([residual, songs.ratings[songs.is_rated]])
        return _fit_scores(kernel.matrix, targets, songs.is_rated, songs.groups, self.settings.rating_ridge)

    def _sign_scores(self, kernel: _Kernel, songs: JointSongs, has_sign: np.ndarray) -> _Scores:
        """Fit the scores of songs with quadrants: valence, arousal, their product, the moods, and the words."""
        known = songs.select(has_sign)
        labels = 2.0 * known.mood_labels - 1
        components = _word_components(known.words, self.settings.word_components)
        targets = np.zeros((len(songs.features), 3 + labels.shape[1] + components.shape[1]))
        targets[has_sign] = np.hstack([known.signs, known.signs.prod(axis=1, keepdims=True), labels, components])
        return _fit_scores(kernel.matrix, targets, has_sign, songs.groups, self.settings.sign_ridge)

    def _fit_points(self, inputs: np.ndarray, songs: JointSongs, has_sign: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and intercept of the linear model of valence and arousal."""
        settings, is_rated = self.settings, songs.is_rated
        targets = np.where(has_sign[:, None], settings.magnitude * songs.signs, songs.ratings)
        valence, arousal = songs.ratings[is_rated].T
        residual, slope = _residual_valence(songs.ratings[is_rated])
        targets[is_rated, 0] = valence.mean() + residual + settings.arousal_share * slope * (arousal - arousal.mean())
        balance = is_rated.sum() / max(1, has_sign.sum())
        counts = np.where(is_rated, 1.0, settings.sign_weight * balance)
        centre = np.average(inputs, axis=0, weights=counts)
        middle = np.average(targets, axis=0, weights=counts)
        centred = (inputs - centre) * counts[:, None]
        gram = centred.T @ (inputs - centre) + settings.point_ridge * np.eye(len(centre))
        weights = np.linalg.solve(gram, centred.T @ (targets - middle))
        return weights, middle - centre @ weights

    def _fit_moods(
        self, inputs: np.ndarray, songs: JointSongs, has_sign: np.ndarray, mean: np.ndarray, scale: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and intercept of the logistic model of the moods.

        Without songs with mood words, the probability of a mood is the score of the songs with the six labels.
        """
        weights, intercept = np.zeros((inputs.shape[1], len(MOODS))), np.zeros(len(MOODS))
        if not has_sign.any():
            weights[: len(MOODS)] = np.diag(4 * scale[: len(MOODS)])
            intercept[:] = 4 * (mean[: len(MOODS)] - 0.5)
            return weights, intercept
        labels = songs.select(has_sign).mood_labels
        shares = labels.mean(axis=0)
        intercept[:] = np.log((shares + 1e-3) / (1 - shares + 1e-3))
        for i in np.flatnonzero((shares > 0) & (shares < 1)):
            model = LogisticRegression(C=self.settings.mood_penalty, max_iter=5000, tol=1e-8)
            model.fit(inputs[has_sign], labels[:, i])
            weights[:, i], intercept[i] = model.coef_[0], model.intercept_[0]
        return weights, intercept


RATING_SCORES = 3
"""Number of scores of rated songs: residual valence, valence, arousal."""


def _residual_valence(ratings: np.ndarray) -> tuple[np.ndarray, float]:
    """Return valence minus its linear regression on arousal, and the slope of the regression."""
    valence, arousal = (ratings - ratings.mean(axis=0)).T
    slope = float(valence @ arousal / (arousal @ arousal))
    return valence - slope * arousal, slope


def cross_val_predict(
    settings: JointSettings, shared: SharedData, songs: JointSongs, seed: int, jobs: int = 1
) -> np.ndarray:
    """Predict every song with a joint model that was fitted without the songs of its group, in ten shuffled folds.

    Parameters
    ----------
    settings : JointSettings
    shared : SharedData
    songs : JointSongs
    seed : int
        Random seed of the shuffling.
    jobs : int, default 1
        Number of folds that are fitted in parallel.

    Returns
    -------
    numpy.ndarray, shape=(songs, 10)
        As `EmotionOutput.predict` returns it.
    """
    units = np.unique(songs.groups, return_inverse=True)[1]
    folds = KFold(FOLDS, shuffle=True, random_state=seed).split(np.unique(units))
    masks = [np.isin(units, held_out) for _, held_out in folds]
    parts = Parallel(jobs)(delayed(fit_and_predict)(settings, shared, songs, mask) for mask in masks)
    predicted = np.empty((len(units), parts[0].shape[1]))
    for mask, part in zip(masks, parts, strict=True):
        predicted[mask] = part
    return predicted


def fit_and_predict(settings: JointSettings, shared: SharedData, songs: JointSongs, test: np.ndarray) -> np.ndarray:
    """Fit a joint model to the songs outside a mask, and predict those of the mask.

    Parameters
    ----------
    settings : JointSettings
    shared : SharedData
    songs : JointSongs
    test : numpy.ndarray, shape=(songs,)
        Whether a song is predicted.

    Returns
    -------
    numpy.ndarray, shape=(songs of the mask, 10)
    """
    estimator = JointEstimator(settings, shared).fit(songs.select(~test))
    with threadpool_limits(1):
        return estimator.predict(songs.features[test])

"""The data of the joint model, and the figures that its card compares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.datasets.mer450 import QuadrantDataset
from tagger.datasets.multilabel import MoodDataset
from tagger.emotions import MOODS
from tagger.evaluation import metrics
from tagger.evaluation.calibration import expected_calibration_error
from tagger.evaluation.cross_validation import Figures, aggregate_runs
from tagger.evaluation.emotion_metrics import Contradictions, contradictions, quadrant_metrics, word_metrics
from tagger.features import COLUMNS
from tagger.training.estimators.joint import cross_val_predict
from tagger.training.estimators.joint_data import JointSettings, JointSongs, KernelGroup, SharedData, without_groups
from tagger.training.recipes.affect_windows import LOUDNESS_COLUMN, feature_groups
from tagger.training.recipes.base import OUTPUTS, RunConfig

FEATURE_SET_NAMES = ("affect", "moods", "embedding")
"""Feature sets, in the order of the columns."""

THRESHOLD = 0.35
"""Minimum probability for a mood to be assigned."""

GROUP_WEIGHTS = {"spectrum": 1.0, "rhythm": 0.2, "tonality": 0.4, "dynamics": 0.2, "song": 0.2, "embedding": 2.0}
"""Weights of the kernels of the feature groups: half for the classical features, half for the embedding."""

LEARNING_CURVE = (100, 200, 300, 400)
"""Numbers of songs with quadrants whose figures the card compares."""


class JointData(NamedTuple):
    """The data sets of the joint model.

    Attributes
    ----------
    ratings : AffectDataset
        Songs with ratings of valence and arousal.
    quadrants : QuadrantDataset
        Songs with a quadrant and mood words.
    moods : MoodDataset
        Songs with the six labels and the 72 features.
    """

    ratings: AffectDataset
    quadrants: QuadrantDataset
    moods: MoodDataset


@dataclass(frozen=True)
class TrainingData:
    """Features and labels of all songs.

    Attributes
    ----------
    songs : JointSongs
        The songs with quadrants, then those with ratings.
    shared : SharedData
    """

    songs: JointSongs
    shared: SharedData


def settings() -> JointSettings:
    """Return the settings of the bundled model.

    Returns
    -------
    JointSettings
    """
    columns = {group.name: group.columns for group in feature_groups()}
    classical = COLUMNS["affect"] + COLUMNS["moods"]
    columns["embedding"] = tuple(range(classical, classical + COLUMNS["embedding"]))
    groups = tuple(KernelGroup(name, columns[name], weight) for name, weight in GROUP_WEIGHTS.items())
    return JointSettings(groups, (KernelGroup("song", columns["song"], 1.0),), (LOUDNESS_COLUMN,))


def figures_of(data: JointData, protocol: str, predicted: np.ndarray) -> dict[str, float]:
    """Compute the figures of a protocol.

    Parameters
    ----------
    data : JointData
    protocol : {"quadrants", "words", "ratings"}
    predicted : numpy.ndarray, shape=(songs, 10)
        Predictions for all songs or, unless the protocol is ``ratings``, for the songs with quadrants.

    Returns
    -------
    dict of str to float
    """
    count, moods = len(data.quadrants.paths), len(MOODS)
    ours, points = predicted[:count], predicted[:, moods : moods + 2]
    if protocol == "quadrants":
        figures = quadrant_metrics(points[:count], data.quadrants.quadrants)
        return figures | {"contradictions": contradictions_of(ours).share}
    if protocol == "words":
        probabilities, labels = ours[:, :moods], data.quadrants.mood_labels()
        error = expected_calibration_error(probabilities, labels)
        return word_metrics(probabilities, labels) | {"calibration_error": error}
    return metrics.affect_metrics(data.ratings.labels, points[count:])


def contradictions_of(predicted: np.ndarray) -> Contradictions:
    """Count the songs whose quadrant and assigned moods contradict each other.

    Parameters
    ----------
    predicted : numpy.ndarray, shape=(songs, 10)
        As the joint model predicts it.

    Returns
    -------
    Contradictions
    """
    moods = len(MOODS)
    selected = metrics.select_labels(predicted[:, :moods], THRESHOLD).astype(bool)
    return contradictions(predicted[:, moods : moods + 2], selected)


def all_figures(data: JointData, training: TrainingData, variant: JointSettings, config: RunConfig) -> Figures:
    """Evaluate a variant of the joint model by cross-validation under all protocols.

    Parameters
    ----------
    data : JointData
    training : TrainingData
    variant : JointSettings
    config : RunConfig

    Returns
    -------
    Figures
        Named by protocol and metric.
    """
    runs = []
    for seed in config.all_seeds:
        predicted = cross_val_predict(variant, training.shared, training.songs, seed, config.jobs)
        runs.append(_every_figure(data, predicted))
        config.on_step(f"seed {seed}")
    return aggregate_runs(runs)


def _every_figure(data: JointData, predicted: np.ndarray) -> dict[str, float]:
    return {
        f"{protocol}_{name}": value
        for protocol in ("quadrants", "words", "ratings")
        for name, value in figures_of(data, protocol, predicted).items()
    }


def measure_deviations(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the predicted standard deviations on the songs with ratings.

    Parameters
    ----------
    data : JointData
    training : TrainingData
    config : RunConfig

    Returns
    -------
    dict of str to Figures
    """
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in OUTPUTS}
    start = len(MOODS)
    for seed in config.all_seeds:
        predicted = cross_val_predict(settings(), training.shared, training.songs, seed, config.jobs)
        rated = predicted[training.songs.is_rated]
        errors = np.abs(data.ratings.labels - rated[:, start : start + 2])
        for i, name in enumerate(OUTPUTS):
            runs[name].append(metrics.deviation_metrics(errors[:, i], rated[:, start + 2 + i]))
    return {name: aggregate_runs(output_runs) for name, output_runs in runs.items()}


def ablation(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the model without each group of features, and without each data set.

    Parameters
    ----------
    data : JointData
    training : TrainingData
    config : RunConfig

    Returns
    -------
    dict of str to Figures
    """
    figures = {}
    for name in GROUP_WEIGHTS:
        figures[f"without {name}"] = all_figures(data, training, without_groups(settings(), name), config)
    classical = [name for name in GROUP_WEIGHTS if name != "embedding"]
    figures["embedding alone"] = all_figures(data, training, without_groups(settings(), *classical), config)
    moods = training.shared.mood_songs
    constant = training.shared._replace(mood_songs=moods._replace(labels=0 * moods.labels + moods.labels.mean(axis=0)))
    figures["without the six labels"] = all_figures(data, TrainingData(training.songs, constant), settings(), config)
    figures["without attenuation"] = all_figures(data, training, replace(settings(), attenuation=0.0), config)
    return figures


def learning_curve(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the model with fewer songs with quadrants in the training folds.

    Parameters
    ----------
    data : JointData
    training : TrainingData
    config : RunConfig

    Returns
    -------
    dict of str to Figures
    """
    figures: dict[str, Figures] = {}
    songs = training.songs
    with_quadrant = np.flatnonzero(~songs.is_rated)
    for count in LEARNING_CURVE:
        runs = []
        for seed in config.all_seeds:
            order = np.random.default_rng(seed).permutation(with_quadrant)
            kept = songs.is_rated.copy()
            kept[order[:count]] = True
            part = JointData(data.ratings, _select(data.quadrants, kept[with_quadrant]), data.moods)
            predicted = cross_val_predict(settings(), training.shared, songs.select(kept), seed, config.jobs)
            runs.append(_every_figure(part, predicted))
        figures[f"{count} songs"] = aggregate_runs(runs)
    return figures


def _select(data: QuadrantDataset, kept: np.ndarray) -> QuadrantDataset:
    """Return the songs of a mask."""
    indices = np.flatnonzero(kept)
    return replace(
        data,
        paths=tuple(data.paths[i] for i in indices),
        quadrants=data.quadrants[kept],
        words=tuple(data.words[i] for i in indices),
        artists=data.artists[kept],
        genres=tuple(data.genres[i] for i in indices),
    )

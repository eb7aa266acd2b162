"""The recipe of the bundled joint model: moods, valence and arousal from three data sets with different labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.datasets.mer450 import QuadrantDataset
from tagger.datasets.multilabel import MoodDataset
from tagger.emotions import MOODS
from tagger.evaluation import metrics
from tagger.evaluation.calibration import expected_calibration_error, reliability
from tagger.evaluation.cross_validation import Figures, aggregate_runs
from tagger.evaluation.emotion_metrics import contradiction_table, contradictions, quadrant_metrics, word_metrics
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.features import COLUMNS, affect, join_feature_sets, marsyas
from tagger.models.predictor import CLASSICAL, Predictor
from tagger.training.cards import describe_data, save_model
from tagger.training.estimators.joint import (
    JointEstimator,
    JointSettings,
    JointSongs,
    KernelGroup,
    MoodSongs,
    cross_val_predict,
    fit_and_predict,
    without_groups,
)
from tagger.training.recipes.affect_windows import LOUDNESS_COLUMN, feature_groups
from tagger.training.recipes.base import OUTPUTS, RunConfig, compare
from tagger.training.song_features import extract_songs

FEATURE_SET_NAMES = ("affect", "moods", "embedding")
"""Feature sets, in the order of the columns."""

PROTOCOLS = ("quadrants", "words", "ratings", "left-out")
"""Evaluation protocols."""

THRESHOLD = 0.35
"""Minimum probability for a mood to be assigned."""

GROUP_WEIGHTS = {"spectrum": 1.0, "rhythm": 0.2, "tonality": 0.4, "dynamics": 0.2, "song": 0.2, "embedding": 2.0}
"""Weights of the kernels of the feature groups: half for the classical features, half for the embedding."""

LEARNING_CURVE = (100, 200, 300, 400)
"""Numbers of songs with quadrants whose figures the card compares."""

MAX_COMPARISON_SEEDS = 3
"""Limit for the seeds of the comparisons in the card."""

TERMS = (
    "Trained on DEAM (Aljanaki, Yang and Soleymani, 2017), on half of the 900 clips of Panda, Malheiro and Paiva (2018) "
    "and on the emotions data set of Mulan (Trohidis et al., 2008), published for research; check their terms before any "
    "other use. The model contains features of the songs and no audio. Some features come from a network with its own "
    "licence and training data; see the card of the embedding."
)

GAIN = (
    "The level of a song hardly matters: the windows and the embedding are normalised, and the one of the 72 Marsyas "
    "features that depends on gain has half weight."
)

ZERO = (
    "0 is the middle of the scale on which people rated the songs of DEAM (5 on 1..9), and the border between the "
    "quadrants of the songs that have one. It is not the mean of a library: `--relative` shows positions among the "
    "songs of a library."
)

REASON = (
    "Valence in the ratings correlates with arousal, so a model of the ratings alone reports loud, hostile music as "
    "pleasant. The target for the rated songs keeps only half of the regression of valence on arousal, and the songs "
    "with quadrants together weigh half as much as the rated ones. `in-domain` predicts the ratings as they are."
)


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
    mood_songs : MoodSongs
    """

    songs: JointSongs
    mood_songs: MoodSongs


def settings() -> JointSettings:
    """Return the settings of the bundled model."""
    columns = {group.name: group.columns for group in feature_groups()}
    classical = COLUMNS["affect"] + COLUMNS["moods"]
    columns["embedding"] = tuple(range(classical, classical + COLUMNS["embedding"]))
    groups = tuple(KernelGroup(name, columns[name], weight) for name, weight in GROUP_WEIGHTS.items())
    return JointSettings(groups, (KernelGroup("song", columns["song"], 1.0),), (LOUDNESS_COLUMN,))


def in_domain() -> JointSettings:
    """Return settings that predict the ratings as they are."""
    return replace(settings(), sign_weight=0.0, arousal_share=1.0)


def extract_features(data: JointData, config: RunConfig) -> TrainingData:
    """Extract the features of the songs with audio, and join all labels.

    Parameters
    ----------
    data : JointData
    config : RunConfig

    Returns
    -------
    TrainingData

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    paths = [*map(Path, data.quadrants.paths), *data.ratings.paths]
    sets = [extract_songs(paths, name, jobs=config.jobs, on_song=config.on_song) for name in FEATURE_SET_NAMES]
    rows = [
        join_feature_sets([windows.mean(axis=0, keepdims=True), *others])
        for windows, *others in zip(*sets, strict=True)
    ]
    with_quadrant, with_ratings = len(data.quadrants.paths), len(data.ratings.paths)
    signs = np.column_stack([data.quadrants.valence_signs, data.quadrants.arousal_signs]).astype(np.float64)
    names = [name or f"song {i}" for i, name in enumerate(data.ratings.artists.tolist())]
    songs = JointSongs(
        np.concatenate(rows),
        np.array([*(f"quadrants {name}" for name in data.quadrants.artists), *(f"ratings {name}" for name in names)]),
        np.concatenate([np.full((with_quadrant, 2), np.nan), data.ratings.labels]),
        np.concatenate([signs, np.full((with_ratings, 2), np.nan)]),
        (*data.quadrants.words, *(frozenset[str]() for _ in range(with_ratings))),
    )
    known = np.zeros((len(data.moods.labels), songs.features.shape[1]))
    start = len(affect.COLUMNS)
    known[:, start : start + len(marsyas.COLUMNS)] = data.moods.features
    return TrainingData(songs, MoodSongs(known, data.moods.labels.astype(np.float64)))


def evaluate(data: JointData, protocol: str, config: RunConfig) -> Evaluation:
    """Evaluate the joint model under a protocol.

    Parameters
    ----------
    data : JointData
    protocol : {"quadrants", "words", "ratings", "left-out"}
        The first three hold out the artists (songs, where the artist is not known) of all data sets in ten folds, and
        report the figures of the songs with quadrants, of their mood words, or of the songs with ratings.
        ``left-out`` trains without a data set and tests on it.
    config : RunConfig

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    training = extract_features(data, config)
    sources = f"{data.quadrants.source}, {data.ratings.source} and {data.moods.source}"
    if protocol == "left-out":
        return Evaluation(protocol, sources, 1, list(_evaluate_left_out(data, training)), _notes(data))
    variants = {"joint": settings(), "classical features": without_groups(settings(), "embedding")}
    if protocol == "ratings":
        variants["in-domain"] = in_domain()
    results, tables = [], {}
    for name, variant in variants.items():
        runs = []
        for seed in config.all_seeds:
            predicted = cross_val_predict(variant, training.mood_songs, training.songs, seed, config.jobs)
            runs.append(_figures(data, protocol, predicted))
            config.on_step(f"{name}, seed {seed}")
        results.append(_model_result(data, protocol, name, predicted, aggregate_runs(runs)))
        tables[name] = _contradictions(predicted[: len(data.quadrants.paths)])
    if protocol != "ratings":
        predicted = _predict_classical(training.songs.select(~training.songs.is_rated))
        name = "bundled classical models, which did not see these songs"
        results.append(
            _model_result(data, protocol, name, predicted, aggregate_runs([_figures(data, protocol, predicted)]))
        )
        tables[name] = _contradictions(predicted)
    shown = (contradiction_table(tables),) if protocol == "quadrants" else ()
    return Evaluation(protocol, sources, config.seeds, results, _notes(data), shown)


def _notes(data: JointData) -> tuple[str, ...]:
    return (*data.ratings.notes, *data.quadrants.notes)


def _figures(data: JointData, protocol: str, predicted: np.ndarray) -> dict[str, float]:
    """Return the figures of predictions of all songs, or of the songs with quadrants alone."""
    count, moods = len(data.quadrants.paths), len(MOODS)
    ours, points = predicted[:count], predicted[:, moods : moods + 2]
    if protocol == "quadrants":
        figures = quadrant_metrics(points[:count], data.quadrants.quadrants)
        return figures | {"contradictions": _contradictions(ours).share}
    if protocol == "words":
        probabilities, labels = ours[:, :moods], data.quadrants.mood_labels()
        error = expected_calibration_error(probabilities, labels)
        return word_metrics(probabilities, labels) | {"calibration_error": error}
    return metrics.affect_metrics(data.ratings.labels, points[count:])


def _model_result(data: JointData, protocol: str, name: str, predicted: np.ndarray, figures: Figures) -> ModelResult:
    count, moods = len(data.quadrants.paths), len(MOODS)
    if protocol == "words":
        labels = data.quadrants.mood_labels()
        tables = {mood: reliability(predicted[:count, i], labels[:, i]) for i, mood in enumerate(MOODS)}
        return ModelResult(name, figures, reliability=tables)
    if protocol == "ratings":
        return ModelResult(
            name, figures, comparisons=compare(data.ratings.labels, predicted[count:, moods : moods + 2])
        )
    return ModelResult(name, figures)


def _contradictions(predicted: np.ndarray) -> Any:
    moods = len(MOODS)
    selected = metrics.select_labels(predicted[:, :moods], THRESHOLD).astype(bool)
    return contradictions(predicted[:, moods : moods + 2], selected)


def _predict_classical(songs: JointSongs) -> np.ndarray:
    """Return the predictions of the bundled classical models; shape (songs, 10)."""
    ends = np.cumsum([COLUMNS[name] for name in FEATURE_SET_NAMES])[:-1]
    windows, excerpts, _ = np.split(songs.features, ends, axis=1)
    rows = range(len(songs.features))
    predictions = Predictor([CLASSICAL]).predict({i: {"affect": windows[[i]], "moods": excerpts[[i]]} for i in rows})
    return np.array(
        [[*p.probabilities, p.valence, p.arousal, p.valence_sd, p.arousal_sd] for p in predictions.values()]
    )


def _evaluate_left_out(data: JointData, training: TrainingData) -> Iterator[ModelResult]:
    """Train without each data set that has audio, and test on it."""
    songs = training.songs
    held_out = "trained without the songs with quadrants, tested on them"
    predicted = np.zeros((len(songs.features), len(MOODS) + 4))
    predicted[~songs.is_rated] = fit_and_predict(settings(), training.mood_songs, songs, ~songs.is_rated)
    figures = _figures(data, "quadrants", predicted) | _figures(data, "words", predicted)
    yield ModelResult(held_out, aggregate_runs([figures]))
    rated = songs.select(songs.is_rated)
    alone = np.zeros_like(predicted)
    alone[songs.is_rated] = cross_val_predict(settings(), training.mood_songs, rated, 0)
    yield ModelResult(
        "the same model, cross-validated on the songs with ratings", aggregate_runs([_figures(data, "ratings", alone)])
    )


def train(data: JointData, out: Path, config: RunConfig) -> dict[str, Any]:
    """Evaluate the joint model, train it on all songs, and save it with its card.

    Parameters
    ----------
    data : JointData
    out : Path
        Model file to write.
    config : RunConfig

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If a song cannot be analysed.
    """
    training = extract_features(data, config)
    component = JointEstimator(settings(), training.mood_songs).fit(training.songs).component_
    comparison = replace(config, seeds=min(config.seeds, MAX_COMPARISON_SEEDS))
    card = {
        "data": {
            "ratings": describe_data(data.ratings, mended=list(data.ratings.notes)),
            "quadrants": describe_data(data.quadrants),
            "moods": describe_data(data.moods),
        },
        "algorithm": "kernel ridge regressions for each kind of label, combined by a linear and logistic models",
        "counts": GROUP_WEIGHTS,
        "rule": f"moods with a probability of at least {THRESHOLD}, and always the most probable mood",
        "zero": ZERO,
        "reason": REASON,
        "protocol": (
            f"ten folds of artists (songs, where the artist is not known) of all data sets, {config.seeds} seeds; all "
            "fitting is in the training folds"
        ),
        "figures": {
            name: _all_figures(data, training, settings_, config)
            for name, settings_ in (("joint", settings()), ("in-domain", in_domain()))
        },
        "deviations": _measure_deviations(data, training, comparison),
        "ablation": _ablation(data, training, comparison),
        "learning_curve": _learning_curve(data, training, comparison),
        "gain": GAIN,
        "terms": TERMS,
    }
    return save_model(out, "emotion", FEATURE_SET_NAMES, component, card, labels=list(MOODS), threshold=THRESHOLD)


def _all_figures(data: JointData, training: TrainingData, variant: JointSettings, config: RunConfig) -> Figures:
    runs = []
    for seed in config.all_seeds:
        predicted = cross_val_predict(variant, training.mood_songs, training.songs, seed, config.jobs)
        runs.append(_every_figure(data, predicted))
        config.on_step(f"seed {seed}")
    return aggregate_runs(runs)


def _every_figure(data: JointData, predicted: np.ndarray) -> dict[str, float]:
    return {
        f"{protocol}_{name}": value
        for protocol in ("quadrants", "words", "ratings")
        for name, value in _figures(data, protocol, predicted).items()
    }


def _measure_deviations(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the predicted standard deviations on the songs with ratings."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in OUTPUTS}
    start = len(MOODS)
    for seed in config.all_seeds:
        predicted = cross_val_predict(settings(), training.mood_songs, training.songs, seed, config.jobs)
        rated = predicted[training.songs.is_rated]
        errors = np.abs(data.ratings.labels - rated[:, start : start + 2])
        for i, name in enumerate(OUTPUTS):
            runs[name].append(metrics.deviation_metrics(errors[:, i], rated[:, start + 2 + i]))
    return {name: aggregate_runs(output_runs) for name, output_runs in runs.items()}


def _ablation(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the model without each group of features, and without each data set."""
    figures = {}
    for name in GROUP_WEIGHTS:
        figures[f"without {name}"] = _all_figures(data, training, without_groups(settings(), name), config)
    classical = [name for name in GROUP_WEIGHTS if name != "embedding"]
    figures["embedding alone"] = _all_figures(data, training, without_groups(settings(), *classical), config)
    few = MoodSongs(
        training.mood_songs.features, training.mood_songs.labels.mean(axis=0) + 0 * training.mood_songs.labels
    )
    figures["without the six labels"] = _all_figures(data, TrainingData(training.songs, few), settings(), config)
    return figures


def _learning_curve(data: JointData, training: TrainingData, config: RunConfig) -> dict[str, Figures]:
    """Evaluate the model with fewer songs with quadrants in the training folds."""
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
            predicted = cross_val_predict(settings(), training.mood_songs, songs.select(kept), seed, config.jobs)
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

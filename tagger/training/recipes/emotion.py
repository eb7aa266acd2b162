"""The recipe of the bundled joint model: moods, valence and arousal from three data sets with different labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.emotions import MOODS
from tagger.evaluation.calibration import reliability
from tagger.evaluation.cross_validation import Figures, aggregate_runs
from tagger.evaluation.emotion_metrics import contradiction_table
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.features import COLUMNS, affect, join_feature_sets, marsyas
from tagger.models.predictor import CLASSICAL, Predictor
from tagger.training.cards import describe_data, save_model
from tagger.training.encoding_differences import encoding_differences
from tagger.training.estimators.joint import JointEstimator, cross_val_predict, fit_and_predict
from tagger.training.estimators.joint_data import JointSettings, JointSongs, MoodSongs, SharedData, without_groups
from tagger.training.recipes.base import RunConfig, compare
from tagger.training.recipes.emotion_figures import (
    FEATURE_SET_NAMES,
    GROUP_WEIGHTS,
    THRESHOLD,
    JointData,
    TrainingData,
    ablation,
    all_figures,
    contradictions_of,
    figures_of,
    learning_curve,
    measure_deviations,
    settings,
)
from tagger.training.song_features import extract_songs

PROTOCOLS = ("quadrants", "words", "ratings", "left-out")
"""Evaluation protocols."""

ENCODED_STEP = 12
"""The features of every so many songs with a quadrant, and of half as many songs with ratings, are compared between
encodings."""

MAX_COMPARISON_SEEDS = 3
"""Limit for the seeds of the comparisons in the card."""

TERMS = (
    "Trained on DEAM (Aljanaki, Yang and Soleymani, 2017), on half of the clips of Panda, Malheiro and Paiva (2018) "
    "and on the emotions data set of Mulan (Trohidis et al., 2008), published for research; check their terms before "
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


def in_domain() -> JointSettings:
    """Return settings that predict the ratings as they are.

    Returns
    -------
    JointSettings
    """
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
    mood_songs = MoodSongs(known, data.moods.labels.astype(np.float64))
    encoded = [*paths[:with_quadrant:ENCODED_STEP], *paths[with_quadrant :: 2 * ENCODED_STEP]]
    differences = encoding_differences(encoded, FEATURE_SET_NAMES, jobs=config.jobs)
    config.on_step(f"encodings of {len(encoded)} songs")
    return TrainingData(songs, SharedData(mood_songs, differences))


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
            predicted = cross_val_predict(variant, training.shared, training.songs, seed, config.jobs)
            runs.append(figures_of(data, protocol, predicted))
            config.on_step(f"{name}, seed {seed}")
        results.append(_model_result(data, protocol, name, predicted, aggregate_runs(runs)))
        tables[name] = contradictions_of(predicted[: len(data.quadrants.paths)])
    if protocol != "ratings":
        predicted = _predict_classical(training.songs.select(~training.songs.is_rated))
        name = "bundled classical models, which did not see these songs"
        results.append(
            _model_result(data, protocol, name, predicted, aggregate_runs([figures_of(data, protocol, predicted)]))
        )
        tables[name] = contradictions_of(predicted)
    shown = (contradiction_table(tables),) if protocol == "quadrants" else ()
    return Evaluation(protocol, sources, config.seeds, results, _notes(data), shown)


def _notes(data: JointData) -> tuple[str, ...]:
    return (*data.ratings.notes, *data.quadrants.notes)


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
    predicted[~songs.is_rated] = fit_and_predict(settings(), training.shared, songs, ~songs.is_rated)
    figures = figures_of(data, "quadrants", predicted) | figures_of(data, "words", predicted)
    yield ModelResult(held_out, aggregate_runs([figures]))
    rated = songs.select(songs.is_rated)
    alone = np.zeros_like(predicted)
    alone[songs.is_rated] = cross_val_predict(settings(), training.shared, rated, 0)
    yield ModelResult(
        "the same model, cross-validated on the songs with ratings",
        aggregate_runs([figures_of(data, "ratings", alone)]),
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
    component = JointEstimator(settings(), training.shared).fit(training.songs).component_
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
            name: all_figures(data, training, settings_, config)
            for name, settings_ in (("joint", settings()), ("in-domain", in_domain()))
        },
        "deviations": measure_deviations(data, training, comparison),
        "ablation": ablation(data, training, comparison),
        "learning_curve": learning_curve(data, training, comparison),
        "gain": GAIN,
        "terms": TERMS,
    }
    return save_model(out, "emotion", FEATURE_SET_NAMES, component, card, labels=list(MOODS), threshold=THRESHOLD)

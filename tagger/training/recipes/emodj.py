"""The recipe of EmoDJ: support vector regression of valence and arousal from the cepstra of half-second segments.

EmoDJ's figures come from a random split of the segments, with segments of the same song in both parts: the model
recognises the song. With a split by song, valence is hardly predicted. This recipe evaluates both.

The module implements `tagger.training.recipes.base.Recipe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy import stats
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from tagger.datasets.affect import AffectDataset
from tagger.errors import DataError
from tagger.evaluation import metrics
from tagger.evaluation.cross_validation import aggregate_runs, cross_val_predict, fit_reproducibly
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.models import components
from tagger.models.components import Component
from tagger.training.cards import describe_data, save_model
from tagger.training.estimators.base import Estimator, StandardizedEstimator, fit_component
from tagger.training.estimators.kernels import SVM_CACHE_MB, RbfSVR
from tagger.training.recipes.base import OUTPUTS, RunConfig, compare
from tagger.training.song_features import extract_songs

PROTOCOLS: tuple[str, ...] = ("frames", "songs", "artists")

STEP = 0.5
"""Length of a segment, and time between two annotations, in seconds."""

EPSILON = 0.1
"""Width of the tube of the regression: smaller errors cost nothing."""

GRID = (1.0, 10.0, 100.0, 1000.0)
"""Values of `C` in the grid search."""

COSTS = (1.0, 1.0)
"""`C` for valence and arousal, as `grid_search` chooses it on emoMusic."""

SEARCH_SHARE, SEARCH_SEED, SEARCH_FOLDS = 0.75, 5, 5
"""Share of the segments in the grid search, random seed of their choice, and number of folds."""

TEST_SHARE = 0.05
"""Share of the segments that EmoDJ tests on."""

BASELINE = {"valence": 0.198, "arousal": 0.156}
"""Mean absolute errors that EmoDJ compares itself with."""

LEAK = "segments of the test songs are in the training set; see the figures with the split by song"

TEST_CAVEAT = "the segments of a song are not independent, as the t-test assumes: these p-values are too small"

TERMS = (
    "Trained on emoMusic or DEAM, data sets published for research; check their terms before any other use. The model "
    "contains features of half-second segments of the songs and no audio."
)


@dataclass(frozen=True)
class Segments:
    """Annotated half-second segments of songs.

    Attributes
    ----------
    features : numpy.ndarray, shape=(segments, 264)
    labels : numpy.ndarray, shape=(segments, 2)
        Valence and arousal, in -1..1.
    songs : numpy.ndarray, shape=(segments,)
        Index of the song in the data set.
    """

    features: np.ndarray
    labels: np.ndarray
    songs: np.ndarray


def extract_segments(data: AffectDataset, config: RunConfig) -> Segments:
    """Extract the features of all annotated segments within the audio.

    Parameters
    ----------
    data : AffectDataset
    config : RunConfig

    Returns
    -------
    Segments

    Raises
    ------
    DataError
        If a song cannot be analysed, has no dynamic ratings, or none within its audio.
    """
    for path, track in zip(data.paths, data.tracks, strict=True):
        if not len(track):
            raise DataError(f"{data.source}: song {path.stem} has no dynamic ratings, which this recipe needs")
    features, labels, songs = [], [], []
    extracted = extract_songs(data.paths, "segments", jobs=config.jobs, on_song=config.on_song)
    for song, (track, rows) in enumerate(zip(data.tracks, extracted, strict=True)):
        segment = np.round((track[:, 0] - config.offset) / STEP).astype(int)
        available = (segment >= 0) & (segment < len(rows))
        if not available.any():
            raise DataError(f"{data.paths[song]}: no annotation lies within the audio; check --offset")
        features.append(rows[segment[available]])
        labels.append(track[available, 1:])
        songs.append(np.full(available.sum(), song))
    return Segments(np.concatenate(features).astype(np.float64), np.concatenate(labels), np.concatenate(songs))


class EmodjEstimator(Estimator):
    """Support vector regression of each output.

    Parameters
    ----------
    costs : tuple of float
        `C` for each output.
    """

    def __init__(self, costs: tuple[float, ...] = COSTS):
        self.costs = costs

    def _fit_component(self, X: np.ndarray, Y: np.ndarray) -> Component:
        regressors = [RbfSVR(C=cost, gamma=1 / X.shape[1], epsilon=EPSILON) for cost in self.costs]
        return components.Concatenate(
            tuple(fit_component(regressor, X, y[:, None]) for regressor, y in zip(regressors, Y.T, strict=True))
        )


def make_estimator(costs: tuple[float, ...] = COSTS) -> Estimator:
    """Return the unfitted estimator.

    Parameters
    ----------
    costs : tuple of float
        `C` for each output.

    Returns
    -------
    Estimator
    """
    return StandardizedEstimator(EmodjEstimator(costs))


class _Fit(NamedTuple):
    """One fit of the grid search."""

    output: int
    cost: float
    fold: int


def grid_search(data: Segments, config: RunConfig) -> dict[str, dict[str, Any]]:
    """Choose `C` for each output by five-fold cross-validation on three quarters of the segments.

    Parameters
    ----------
    data : Segments
    config : RunConfig

    Returns
    -------
    dict of str to dict
        For valence and arousal: ``C``, ``r2`` on the other quarter, and ``grid``, the mean R2 of the folds by `C`.
    """
    train, test = train_test_split(np.arange(len(data.songs)), train_size=SEARCH_SHARE, random_state=SEARCH_SEED)
    scaler = StandardScaler().fit(data.features[train])
    X, Y = scaler.transform(data.features[train]), data.labels[train]
    folds = list(KFold(SEARCH_FOLDS).split(X))
    fits = [_Fit(*fit) for fit in product(range(len(OUTPUTS)), GRID, range(SEARCH_FOLDS))]
    scores = dict.fromkeys(fits, 0.0)
    calls = (delayed(_score)(fit, X, Y[:, fit.output], *folds[fit.fold]) for fit in fits)
    for fit, score in Parallel(config.jobs, return_as="generator_unordered")(calls):
        scores[fit] = score
        config.on_step(f"grid search: {OUTPUTS[fit.output]}, C = {fit.cost:g}")
    best = {}
    for output, name in enumerate(OUTPUTS):
        grid = {
            cost: float(np.mean([scores[_Fit(output, cost, fold)] for fold in range(SEARCH_FOLDS)])) for cost in GRID
        }
        cost = max(grid, key=lambda cost: grid[cost])
        model = _make_svr(cost).fit(X, Y[:, output])
        r2 = model.score(scaler.transform(data.features[test]), data.labels[test, output])
        best[name] = {"C": cost, "r2": float(r2), "grid": {f"{cost:g}": score for cost, score in grid.items()}}
    return best


def _make_svr(cost: float) -> SVR:
    return SVR(C=cost, gamma="auto", cache_size=SVM_CACHE_MB)


def _score(fit: _Fit, X: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> tuple[_Fit, float]:
    return fit, float(_make_svr(fit.cost).fit(X[train], y[train]).score(X[test], y[test]))


def evaluate_as_published(
    data: Segments, costs: tuple[float, ...], config: RunConfig
) -> tuple[ModelResult, tuple[str, ...]]:
    """Evaluate on random segments, as EmoDJ does, with t-tests against its baseline.

    Parameters
    ----------
    data : Segments
    costs : tuple of float
        `C` for each output.
    config : RunConfig

    Returns
    -------
    result : ModelResult
        Marked as leaking.
    tests : tuple of str
        Results of the t-tests, as sentences.
    """
    runs, tests = [], []
    for seed in config.all_seeds:
        train, test = train_test_split(np.arange(len(data.songs)), test_size=TEST_SHARE, random_state=seed)
        fitted = fit_reproducibly(make_estimator(costs), data.features[train], data.labels[train])
        predicted, truth = fitted.predict(data.features[test]), data.labels[test]
        runs.append(metrics.affect_metrics(truth, predicted))
        for i, name in enumerate(OUTPUTS):
            errors = np.abs(truth[:, i] - predicted[:, i])
            test_result = stats.ttest_1samp(errors, BASELINE[name], alternative="less")
            tests.append(
                f"split {seed}, {name}: mean absolute error {errors.mean():.4f}, less than {BASELINE[name]}: "
                f"t = {test_result.statistic:.2f}, one-sided p = {test_result.pvalue:.2g}"
            )
        config.on_step(f"random segments, seed {seed}")
    result = ModelResult("random half seconds", aggregate_runs(runs), LEAK, comparisons=compare(truth, predicted))
    return result, tuple(tests)


def cross_validate(
    data: Segments, groups: np.ndarray, protocol: str, costs: tuple[float, ...], config: RunConfig
) -> Iterator[ModelResult]:
    """Evaluate with all segments of a song, or of an artist, held out together.

    Parameters
    ----------
    data : Segments
    groups : numpy.ndarray, shape=(segments,)
        Segments of the same group are held out together.
    protocol : str
        What a group is; used in the names of the results.
    costs : tuple of float
        `C` for each output.
    config : RunConfig

    Yields
    ------
    ModelResult
        For the segments, then for the means of each song.
    """
    truth = _song_means(data.labels, data.songs)
    segment_runs, song_runs = [], []
    for seed in config.all_seeds:
        predicted = cross_val_predict(make_estimator(costs), data.features, data.labels, seed, groups, jobs=config.jobs)
        segment_runs.append(metrics.affect_metrics(data.labels, predicted))
        song_predicted = _song_means(predicted, data.songs)
        song_runs.append(metrics.affect_metrics(truth, song_predicted))
        config.on_step(f"{protocol} held out, seed {seed}")
    yield ModelResult(f"half seconds, {protocol} held out", aggregate_runs(segment_runs))
    yield ModelResult(
        f"means of songs, {protocol} held out",
        aggregate_runs(song_runs),
        comparisons=compare(truth, song_predicted),
    )


def _song_means(values: np.ndarray, songs: np.ndarray) -> np.ndarray:
    """Return the mean of the segments of each song; shape (songs, outputs)."""
    return np.stack([values[songs == song].mean(axis=0) for song in np.unique(songs)])


def evaluate(data: AffectDataset, protocol: str, config: RunConfig) -> Evaluation:
    """Evaluate the recipe under EmoDJ's own protocol, or without leakage.

    Parameters
    ----------
    data : AffectDataset
    protocol : {"frames", "songs", "artists"}
        ``frames`` is the protocol of EmoDJ, followed by the figures of ``songs``; the others name what is held out
        together.
    config : RunConfig

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If a song cannot be analysed, or lacks annotations that the protocol needs.
    """
    if protocol == "artists":
        data = data.with_artists()
    segment_data = extract_segments(data, config)
    results, notes = [], data.notes
    if protocol == "frames":
        published, tests = evaluate_as_published(segment_data, COSTS, config)
        results, notes = [published], (*notes, *tests, TEST_CAVEAT)
    held_out = "artists" if protocol == "artists" else "songs"
    groups = data.artists[segment_data.songs] if held_out == "artists" else segment_data.songs
    results += cross_validate(segment_data, groups, held_out, COSTS, config)
    about = f"{data.source}, {len(data.paths)} songs, {len(segment_data.songs)} half seconds"
    return Evaluation(protocol, about, config.seeds, results, notes)


def train(data: AffectDataset, out: Path, config: RunConfig) -> dict[str, Any]:
    """Choose `C` by grid search, evaluate and train the model, and save it with its card; see `Recipe.train`."""
    segment_data = extract_segments(data, config)
    search = grid_search(segment_data, config)
    costs = tuple(search[name]["C"] for name in OUTPUTS)
    published, tests = evaluate_as_published(segment_data, costs, config)
    one_seed = replace(config, seeds=1)
    results = [published, *cross_validate(segment_data, segment_data.songs, "songs", costs, one_seed)]
    component = fit_reproducibly(make_estimator(costs), segment_data.features, segment_data.labels).component_
    card = {
        "data": describe_data(data, half_seconds=len(segment_data.songs), mended=list(data.notes)),
        "algorithm": "support vector regression with an RBF kernel (gamma 1/264, epsilon 0.1), one model per output",
        "grid_search": search,
        "protocol": (
            f"frames: {config.seeds} random splits of 95/5 % of the segments, with leakage ({LEAK}); then 10 folds of "
            "songs, 1 seed"
        ),
        "figures": {result.name: result.figures for result in results},
        "tests": [*tests, TEST_CAVEAT],
        "terms": TERMS,
    }
    return save_model(out, "affect", ["segments"], component, card)

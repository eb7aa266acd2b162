"""EmoDJ's recipe: support vector machines tell valence and arousal of every half second from its cepstra.

Its figures come from a split of half seconds: those of one song are on both sides, and the machine knows the song.
Split by song, little is left of the valence. Both are measured here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy import stats
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from tagger.datasets.affect import AffectDataset
from tagger.errors import DataError
from tagger.evaluation import cross_validation, metrics
from tagger.evaluation.results import Evaluation, ModelResult
from tagger.features import VERSIONS, segments
from tagger.models import components, format
from tagger.models.components import Component
from tagger.training.cards import card
from tagger.training.estimators.algorithms import StandardizedEstimator
from tagger.training.estimators.base import SVM_CACHE_MB, Estimator, RbfSVR, fit_component
from tagger.training.recipes.base import OUTPUTS, RunConfig, comparisons, songs_with_artist
from tagger.training.song_features import extract_songs

STEP = 0.5
"""Seconds of a segment, and between two annotations."""

GRID = (1.0, 10.0, 100.0, 1000.0)
CHOSEN = 1.0
"""What the grid search finds for either output (`searched`)."""

SEARCHED, SEARCH_SEED, SEARCH_FOLDS = 0.75, 5, 5
"""Share of the half seconds that the grid search looks at, the seed of their choice, and its folds."""

TESTED = 0.05
BASELINE = {"valence": 0.198, "arousal": 0.156}
"""Mean absolute errors that EmoDJ set out to beat."""

COSTS = (CHOSEN, CHOSEN)

PROTOCOLS = ("frames", "songs", "artists")

LEAK = "half seconds of the same songs are trained on; the honest figures have the split by song"


TOO_SURE = "the half seconds of a song are alike, not independent as the t-test takes them: these p are too small"

TERMS = (
    "Trained on emoMusic or DEAM, data sets published for research; see their terms before any other use. "
    "The model holds features of half seconds of the songs, and no audio."
)


@dataclass(frozen=True)
class HalfSeconds:
    """Annotated half seconds of songs.

    Attributes
    ----------
    features : numpy.ndarray, shape=(rows, 264)
    labels : numpy.ndarray, shape=(rows, 2)
        Valence and arousal in -1..1.
    songs : numpy.ndarray, shape=(rows,)
        Place of the song in the data set.
    """

    features: np.ndarray
    labels: np.ndarray
    songs: np.ndarray


def read_half_seconds(data: AffectDataset, asked: RunConfig) -> HalfSeconds:
    """Extract the features of each annotated half second that there is audio of.

    Parameters
    ----------
    data : RatedSongs
    asked : Asked

    Raises
    ------
    DataError
        If a song cannot be analysed, has no annotations of its half seconds, or none where there is audio.
    """
    for path, track in zip(data.paths, data.tracks, strict=True):
        if not len(track):
            raise DataError(
                f"{data.source}: has no ratings of song {path.stem} while it plays, which this recipe needs"
            )
    features, labels, songs = [], [], []
    for place, found in enumerate(extract_songs(data.paths, "segments", jobs=asked.jobs, on_song=asked.on_song)):
        segment = np.round((data.tracks[place][:, 0] - asked.offset) / STEP).astype(int)
        there = (segment >= 0) & (segment < len(found))
        if not there.any():
            raise DataError(f"{data.paths[place]}: has no audio where it is annotated; see --offset")
        features.append(found[segment[there]])
        labels.append(data.tracks[place][there, 1:])
        songs.append(np.full(there.sum(), place))
    return HalfSeconds(np.concatenate(features).astype(np.float64), np.concatenate(labels), np.concatenate(songs))


class EmodjEstimator(Estimator):
    """A support vector machine for each output.

    Parameters
    ----------
    costs : tuple of float
        `C` of each.
    """

    def __init__(self, costs: tuple[float, ...] = (CHOSEN, CHOSEN)):
        self.costs = costs

    def _fitted(self, X: np.ndarray, Y: np.ndarray) -> Component:
        machines = [RbfSVR(C=cost, gamma=1 / X.shape[1], epsilon=0.1) for cost in self.costs]
        return components.Concatenate(
            tuple(fit_component(one, X, y[:, None]) for one, y in zip(machines, Y.T, strict=True))
        )


def estimator(costs: tuple[float, ...] = (CHOSEN, CHOSEN)) -> Estimator:
    """Return the unfitted model."""
    return StandardizedEstimator(EmodjEstimator(costs))


def grid_search(data: HalfSeconds, asked: RunConfig) -> dict[str, dict[str, Any]]:
    """Choose `C` for each output by five-fold cross-validation on three quarters of the half seconds.

    Returns
    -------
    dict of str to dict
        For valence and arousal, ``C``, ``r2`` on the quarter left, and ``grid``: the mean R2 of the folds by `C`.
    """
    chosen, left = train_test_split(np.arange(len(data.songs)), train_size=SEARCHED, random_state=SEARCH_SEED)
    scaler = StandardScaler().fit(data.features[chosen])
    X, Y = scaler.transform(data.features[chosen]), data.labels[chosen]
    folds = list(KFold(SEARCH_FOLDS).split(X))
    tried = list(product(range(len(OUTPUTS)), GRID, range(SEARCH_FOLDS)))
    scores = dict.fromkeys(tried, 0.0)
    fits = (delayed(_scored)(key, X, Y[:, key[0]], *folds[key[2]]) for key in tried)
    for key, score in Parallel(asked.jobs, return_as="generator_unordered")(fits):
        scores[key] = score
        asked.on_step(f"grid search: {OUTPUTS[key[0]]}, C = {key[1]:g}")
    best = {}
    for place, name in enumerate(OUTPUTS):
        grid = {cost: float(np.mean([scores[place, cost, fold] for fold in range(SEARCH_FOLDS)])) for cost in GRID}
        cost = max(grid, key=lambda cost: grid[cost])
        model = SVR(C=cost, gamma="auto", cache_size=SVM_CACHE_MB).fit(X, Y[:, place])
        r2 = model.score(scaler.transform(data.features[left]), data.labels[left, place])
        best[name] = {"C": cost, "r2": float(r2), "grid": {f"{cost:g}": score for cost, score in grid.items()}}
    return best


def _scored(key: Any, X: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> tuple[Any, float]:
    model = SVR(C=key[1], gamma="auto", cache_size=SVM_CACHE_MB).fit(X[train], y[train])
    return key, float(model.score(X[test], y[test]))


def as_published(data: HalfSeconds, costs: tuple[float, ...], asked: RunConfig) -> tuple[ModelResult, tuple[str, ...]]:
    """Measure as EmoDJ did, on random half seconds, with t-tests against its baseline.

    Returns
    -------
    measured : Measured
    tests : tuple of str
        What each test said.
    """
    runs, tests = [], []
    for seed in asked.shuffle_seeds:
        train, test = train_test_split(np.arange(len(data.songs)), test_size=TESTED, random_state=seed)
        predicted = cross_validation.fit_reproducibly(
            estimator(costs), data.features[train], data.labels[train]
        ).predict(data.features[test])
        truth = data.labels[test]
        runs.append(metrics.affect_metrics(truth, predicted))
        for place, name in enumerate(OUTPUTS):
            errors = np.abs(truth[:, place] - predicted[:, place])
            found = stats.ttest_1samp(errors, BASELINE[name], alternative="less")
            tests.append(
                f"split {seed}, {name}: mean absolute error {errors.mean():.4f}, less than {BASELINE[name]}: "
                f"t = {found.statistic:.2f}, one-sided p = {found.pvalue:.2g}"
            )
        asked.on_step(f"random half seconds, seed {seed}")
    compared = comparisons(truth, predicted)
    return ModelResult("random half seconds", cross_validation.summarise(runs), LEAK, comparisons=compared), tuple(
        tests
    )


def cross_validate(
    data: HalfSeconds, groups: np.ndarray, protocol: str, costs: tuple[float, ...], asked: RunConfig
) -> Iterator[ModelResult]:
    """Measure with whole songs, or all songs of an artist, held out: the half seconds, and their means by song.

    Parameters
    ----------
    groups : numpy.ndarray, shape=(rows,)
        What is held out together.
    protocol : str
        Its name.
    """
    songs = np.unique(data.songs)
    truth = _by_song(data.labels, data.songs, songs)
    rows, means = [], []
    for seed in asked.shuffle_seeds:
        predicted = cross_validation.cross_val_predict(
            estimator(costs), data.features, data.labels, seed, groups, jobs=asked.jobs
        )
        rows.append(metrics.affect_metrics(data.labels, predicted))
        mean = _by_song(predicted, data.songs, songs)
        means.append(metrics.affect_metrics(truth, mean))
        asked.on_step(f"{protocol} held out, seed {seed}")
    yield ModelResult(f"half seconds, {protocol} held out", cross_validation.summarise(rows))
    yield ModelResult(
        f"means of songs, {protocol} held out", cross_validation.summarise(means), comparisons=comparisons(truth, mean)
    )


def _by_song(values: np.ndarray, songs: np.ndarray, names: np.ndarray) -> np.ndarray:
    return np.stack([values[songs == song].mean(axis=0) for song in names])


def evaluate(data: AffectDataset, protocol: str, asked: RunConfig) -> Evaluation:
    """Measure the recipe.

    Parameters
    ----------
    data : RatedSongs
    protocol : str
        One of `PROTOCOLS`: ``frames`` as EmoDJ did, with the honest figures beside it, or what is held out together.
    asked : Asked

    Raises
    ------
    DataError
        If a song cannot be analysed, or lacks what the protocol needs.
    """
    if protocol == "artists":
        data = songs_with_artist(data)
    rows = read_half_seconds(data, asked)
    found, notes = [], data.notes
    if protocol == "frames":
        published, tests = as_published(rows, COSTS, asked)
        found, notes = [published], (*notes, *tests, TOO_SURE)
    held = "artists" if protocol == "artists" else "songs"
    groups = data.artists[rows.songs] if held == "artists" else rows.songs
    found += cross_validate(rows, groups, held, COSTS, asked)
    about = f"{data.source}, {len(data.paths)} songs, {len(rows.songs)} half seconds"
    return Evaluation(protocol, about, asked.seeds, found, notes)


def train(data: AffectDataset, out: Path, asked: RunConfig) -> dict[str, Any]:
    """Search for `C`, measure the recipe, train it on all half seconds and save it with its card.

    Parameters
    ----------
    data : RatedSongs
    out : Path
        The model file to write.
    asked : Asked

    Returns
    -------
    dict
        The card.

    Raises
    ------
    DataError
        If a song cannot be analysed, or has no ratings of its half seconds.
    """
    rows = read_half_seconds(data, asked)
    search = grid_search(rows, asked)
    costs = tuple(search[name]["C"] for name in OUTPUTS)
    published, tests = as_published(rows, costs, asked)
    found = [published, *cross_validate(rows, rows.songs, "songs", costs, replace(asked, seeds=1))]
    features = {"segments": VERSIONS["segments"]}
    content = {
        "kind": "affect",
        "features": features,
        "columns": len(segments.COLUMNS),
        "component": cross_validation.fit_reproducibly(estimator(costs), rows.features, rows.labels).component_,
    }
    particulars = card(
        "affect",
        features,
        data={
            "file": data.source,
            "sha256": data.sha256,
            "songs": len(data.paths),
            "half_seconds": len(rows.songs),
            "mended": list(data.notes),
        },
        algorithm="an RBF support vector regression of each output (gamma 1/264, epsilon .1)",
        grid_search=search,
        protocol=f"frames: {asked.seeds} random splits of 95/5, which leak ({LEAK}); then 10 folds by song, 1 seed",
        figures={model.name: model.figures for model in found},
        tests=[*tests, TOO_SURE],
        terms=TERMS,
    )
    return format.save(out, content, particulars)

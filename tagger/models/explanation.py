"""Explanation of a prediction: what each group of features adds to it, compared with typical songs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from tagger.analysis.extraction import FEATURE_SETS
from tagger.emotions import MOODS, quadrant
from tagger.errors import ModelError
from tagger.models.components import (
    AdditiveRbfKernel,
    AffectOutput,
    AttenuateDirections,
    Concatenate,
    EmotionOutput,
    ListenerCorrection,
)
from tagger.models.feature_groups import EMBEDDING, GROUPS, group_of
from tagger.models.model import AffectModel
from tagger.models.predictor import Predictor, model_rows
from tagger.models.shapley import coalition_values, shapley_values

if TYPE_CHECKING:
    from tagger.models.model import Model
    from tagger.models.predictor import SongFeatures

TYPICAL_SONGS = 50
"""Number of training songs that a song is compared with."""

NEIGHBOURS = 20
"""Number of training songs with the most similar embedding."""

OUTPUTS = (*MOODS, "valence", "arousal")
"""What is explained, in order."""


class TrainingSongs:
    """The features of the songs that a model was trained on, as its kernel keeps them.

    Parameters
    ----------
    model : AffectModel
        Model of valence and arousal, or joint model, with kernels over groups of features.

    Attributes
    ----------
    values : dict of str to numpy.ndarray, shape=(songs,)
        Features by name; features that the model does not use are left out.
    """

    def __init__(self, model: AffectModel) -> None:
        self.model = model
        self.kernel, self.vectors = max(_kernels(model), key=lambda kernel: len(kernel[0].columns))
        vectors = self.kernel.restore(self.vectors)
        names = feature_names(model)
        self.values = {names[column]: vectors[:, i] for i, column in enumerate(self.kernel.columns)}

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, names: tuple[str, ...], song: np.ndarray, songs: np.ndarray) -> np.ndarray:
        """Return the features of some songs.

        Parameters
        ----------
        names : tuple of str
            Names of the columns.
        song : numpy.ndarray, shape=(columns,)
            Values of the columns that are not known.
        songs : numpy.ndarray, shape=(songs,)
            Indices of the songs.

        Returns
        -------
        numpy.ndarray, shape=(songs, columns)
        """
        columns = zip(names, song, strict=True)
        return np.column_stack(
            [self.values[name][songs] if name in self.values else np.full(len(songs), value) for name, value in columns]
        )

    @property
    def typical(self) -> np.ndarray:
        """Indices of `TYPICAL_SONGS` songs, spread evenly over the data sets."""
        count = min(TYPICAL_SONGS, len(self))
        indices: np.ndarray = ((np.arange(count) + 0.5) * len(self) / count).astype(int)
        return indices

    def nearest(self, row: np.ndarray) -> np.ndarray:
        """Return the indices of the songs with the most similar embedding, most similar first.

        Parameters
        ----------
        row : numpy.ndarray, shape=(columns,)
            Features of a song, as the model takes them.

        Returns
        -------
        numpy.ndarray, shape=(at most NEIGHBOURS,)
            Empty if the model has no embedding.
        """
        names = feature_names(self.model)
        used = np.array([group_of(names[column]) == EMBEDDING for column in self.kernel.columns])
        if not used.any():
            return np.empty(0, int)
        song = self.kernel.standardize(row[None])[:, used]
        distances = np.square(self.vectors[:, used] - song).sum(axis=1)
        nearest: np.ndarray = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        return nearest


@dataclass(frozen=True)
class Explanation:
    """What the groups of features of a song add to its prediction.

    Attributes
    ----------
    model : str
        Names of the models.
    groups : tuple of str
        Groups of features, those with the largest effect on valence and arousal first.
    contributions : numpy.ndarray, shape=(groups, 8)
        Shapley values by `OUTPUTS`: they add up to `song` minus `typical`.
    song : numpy.ndarray, shape=(8,)
        Prediction for the song, by `OUTPUTS`.
    typical : numpy.ndarray, shape=(8,)
        Mean prediction for the typical songs.
    threshold : float
        Threshold of the model of the moods.
    features : dict of str to float
        Features of the song, averaged over its excerpts, by name.
    training : TrainingSongs
    neighbours : dict of str to int
        Numbers of training songs with a similar embedding by predicted quadrant; empty without an embedding.
    """

    model: str
    groups: tuple[str, ...]
    contributions: np.ndarray
    song: np.ndarray
    typical: np.ndarray
    threshold: float
    features: dict[str, float]
    training: TrainingSongs
    neighbours: dict[str, int]


def explain(predictor: Predictor, features: SongFeatures) -> Explanation:
    """Explain the prediction for a song.

    Parameters
    ----------
    predictor : Predictor
    features : dict of str to numpy.ndarray, shape=(rows, columns)
        Features by feature set.

    Returns
    -------
    Explanation

    Raises
    ------
    ModelError
        If no model has kernels over groups of features, or a model predicts from segments.
    """
    with threadpool_limits(1):  # the order of sums, and so their rounding, depends on the number of threads
        return _explain(predictor, features)


def _explain(predictor: Predictor, features: SongFeatures) -> Explanation:
    moods, affect = predictor.loaded
    training = _training_songs(affect, moods)
    parts = {model.name: _model_part(model, features, training) for model in (moods, affect)}
    joined = np.hstack([parts[moods.name][:, moods.moods], parts[affect.name][:, affect.points][:, :2]])
    shares, song, typical = joined[:-2], joined[-2], joined[-1]
    order = np.argsort(-np.abs(shares[:, len(MOODS) :]).sum(axis=1), kind="stable")
    used = {group_of(name) for model in (moods, affect) for name in feature_names(model) if name in training.values}
    order = np.array([i for i in order if GROUPS[i] in used])
    return Explanation(
        predictor.names,
        tuple(GROUPS[i] for i in order),
        shares[order],
        song,
        typical,
        moods.threshold,
        {
            name: float(value)
            for kind, rows in features.items()
            for name, value in zip(FEATURE_SETS[kind].columns, np.asarray(rows, np.float64).mean(axis=0), strict=True)
        },
        training,
        _neighbours(features, training),
    )


def feature_names(model: Model) -> tuple[str, ...]:
    """Return the names of the columns of a model.

    Parameters
    ----------
    model : Model

    Returns
    -------
    tuple of str
    """
    return tuple(name for kind in model.features for name in FEATURE_SETS[kind].columns)


def _training_songs(*models: Model) -> TrainingSongs:
    """Return the training songs of the model that has the most features of them."""
    for model in models:
        if "segments" in model.features:
            raise ModelError(f"{model.name}: predictions of this kind of model cannot be explained")
    candidates = [TrainingSongs(model) for model in models if isinstance(model, AffectModel) and _kernels(model)]
    if not candidates:
        raise ModelError(f"{models[0].name}: predictions of this kind of model cannot be explained")
    return max(candidates, key=lambda training: len(training.values))


def _kernels(model: AffectModel) -> list[tuple[AdditiveRbfKernel | AttenuateDirections, np.ndarray]]:
    """Return the kernels over groups of features that a model consists of, each with its training songs."""
    component = model.component
    if isinstance(component, ListenerCorrection):
        component = component.component
    if isinstance(component, EmotionOutput):
        component = component.scores
    elif isinstance(component, AffectOutput):
        component = component.component
    components = component.components if isinstance(component, Concatenate) else (component,)
    kernels: list[tuple[AdditiveRbfKernel | AttenuateDirections, np.ndarray]] = []
    for part in components:
        kernel = part.component if isinstance(part, AttenuateDirections) else part
        if isinstance(kernel, AdditiveRbfKernel):
            kernels.append((part if isinstance(part, AttenuateDirections) else kernel, kernel.vectors))
    return kernels


def _model_part(model: Model, features: SongFeatures, training: TrainingSongs) -> np.ndarray:
    """Return the Shapley values of all groups, the prediction for the song, and that for the typical songs.

    The shape is (groups + 2, outputs). Groups whose features the model does not use have zeros.
    """
    names = feature_names(model)
    rows = model_rows(model, features).astype(np.float64)
    references = training.rows(names, rows.mean(axis=0), training.typical)
    columns = [
        np.array([i for i, name in enumerate(names) if name in training.values and group_of(name) == group], int)
        for group in GROUPS
    ]
    used = [i for i, group_columns in enumerate(columns) if len(group_columns)]
    values = coalition_values(model, rows, references, [columns[i] for i in used])
    part = np.zeros((len(GROUPS) + 2, values.shape[1]))
    part[used] = shapley_values(values)
    part[-2], part[-1] = values[-1], values[0]
    return part


def _neighbours(features: SongFeatures, training: TrainingSongs) -> dict[str, int]:
    """Count the training songs with a similar embedding by predicted quadrant, the most frequent one first."""
    model = training.model
    row = model_rows(model, features).mean(axis=0, dtype=np.float64)
    nearest = training.nearest(row)
    if not len(nearest):
        return {}
    points = model.predict(training.rows(feature_names(model), row, nearest))[:, model.points]
    counts = Counter(quadrant(valence, arousal) for valence, arousal in points[:, :2].tolist())
    return dict(counts.most_common())

"""Predictions from features, with the two models of a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from tagger.emotions import Prediction
from tagger.features import VERSIONS

if TYPE_CHECKING:
    import numpy as np

    from tagger.models.model import AffectModel, MoodsModel

    SongFeatures = Mapping[str, np.ndarray]
    """Features of one song by feature set; arrays of shape (rows, columns)."""

DIGITS = 7
"""Decimal places of predictions. Later digits depend on how many songs are predicted in one call."""


class Predictor:
    """The moods model and the affect model of a scan, loaded on first use.

    Parameters
    ----------
    files : sequence of str
        Model files; for a kind without a file the bundled model is used.

    Attributes
    ----------
    names : str
        Names of both models, separated by a space.
    versions : dict of str to int
        Feature sets that the models need, with their current versions.

    Raises
    ------
    ModelError
        If a file cannot be used.
    """

    def __init__(self, files: Sequence[str] = ()) -> None:
        from tagger import models

        self._custom = {model.kind: model for model in map(models.load, files)}
        for model in self._custom.values():
            models.check_features(model)
        cards = models.cards()
        used = [
            (self._custom[kind].name, self._custom[kind].features)
            if kind in self._custom
            else (cards[kind]["name"], cards[kind]["features"])
            for kind in models.KINDS
        ]
        self.names = " ".join(name for name, _ in used)
        self.versions = {name: VERSIONS[name] for _, features in used for name in features}
        self._loading: Future[tuple[MoodsModel, AffectModel]] | None = None

    def load_ahead(self) -> None:
        """Start to load the models in a thread, so that loading overlaps with the first analysis."""
        if self._loading is None:
            self._loading = ThreadPoolExecutor(1).submit(self._load)

    @property
    def loaded(self) -> tuple[MoodsModel, AffectModel]:
        """The moods model and the affect model."""
        self.load_ahead()
        assert self._loading is not None
        return self._loading.result()

    def _load(self) -> tuple[MoodsModel, AffectModel]:
        from tagger import models

        loaded = [self._custom.get(kind) or models.bundled(kind) for kind in models.KINDS]
        for model in loaded:
            models.check_features(model)
        return tuple(loaded)  # type: ignore[return-value]

    def predict(self, songs: Mapping[int, SongFeatures]) -> dict[int, Prediction]:
        """Predict songs, with one call of each model for all songs.

        Parameters
        ----------
        songs : dict of int to dict of str to numpy.ndarray, shape=(rows, columns)
            Features by audio id and feature set; they are used with float32 precision, as the library keeps them.

        Returns
        -------
        dict of int to Prediction
            Means over the rows of each song. Standard deviations are averaged too: the errors of a song's windows are
            correlated, so they do not cancel out.
        """
        moods, affect = self.loaded
        probabilities, points = (_predict_means(model, list(songs.values())) for model in (moods, affect))
        return {
            audio: Prediction(valence, arousal, moods.threshold, tuple(row), *deviations)
            for audio, row, (valence, arousal, *deviations) in zip(songs, probabilities, points, strict=True)
        }

    def predict_song(self, features: SongFeatures) -> Prediction:
        """Predict one song.

        Parameters
        ----------
        features : dict of str to numpy.ndarray, shape=(rows, columns)
            Features by feature set.

        Returns
        -------
        Prediction
        """
        return self.predict({0: features})[0]

    def predict_windows(self, songs: Mapping[int, SongFeatures]) -> dict[int, tuple[tuple[float, float], ...]]:
        """Predict valence and arousal of each window of songs.

        Parameters
        ----------
        songs : dict of int to dict of str to numpy.ndarray, shape=(rows, columns)
            Features by audio id and feature set.

        Returns
        -------
        dict of int to tuple of (float, float)
            Valence and arousal of each window in -1..1, by audio id.
        """
        predicted = _predict_rows(self.loaded[1], list(songs.values())) if songs else []
        return {audio: tuple(map(tuple, rows[:, :2].tolist())) for audio, rows in zip(songs, predicted, strict=True)}


def _predict_means(model: MoodsModel | AffectModel, songs: list[SongFeatures]) -> list[list[float]]:
    """Return the outputs of a model for each song, as means over the rows."""
    return [rows.mean(axis=0).round(DIGITS).tolist() for rows in _predict_rows(model, songs)]


def _predict_rows(model: MoodsModel | AffectModel, songs: list[SongFeatures]) -> list[np.ndarray]:
    """Return the outputs of a model for each row of each song, with one call of the model."""
    import numpy as np

    from tagger.features import join_feature_sets

    songs_rows = [join_feature_sets([np.asarray(song[name], "<f4") for name in model.features]) for song in songs]
    ends = np.cumsum([len(rows) for rows in songs_rows])[:-1]
    return np.split(model.predict(np.concatenate(songs_rows).astype(np.float64)), ends)

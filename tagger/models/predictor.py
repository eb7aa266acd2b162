"""Predictions from features, with the models of a scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from tagger.emotions import OwnMood, Prediction
from tagger.features import VERSIONS

if TYPE_CHECKING:
    import numpy as np

    from tagger.models.model import AffectModel, Model, MoodsModel, OwnMoodsModel

    SongFeatures = Mapping[str, np.ndarray]
    """Features of one song by feature set; arrays of shape (rows, columns)."""

DIGITS = 7
"""Decimal places of predictions. Later digits depend on how many songs are predicted in one call."""


CLASSICAL = "classical"
"""Name that stands for the two bundled models without a neural network, in place of a model file."""


class Predictor:
    """The models of a scan, loaded on first use: one for the moods, and one for valence and arousal, or one for both.

    Parameters
    ----------
    files : sequence of str
        Model files, which are used in place of the bundled joint model for what they predict. `CLASSICAL` stands for
        the bundled models of moods and of valence and arousal. A model of the user's own moods is used in addition.

    Attributes
    ----------
    names : str
        Names of the models, separated by a space.
    versions : dict of str to int
        Feature sets that the models need, with their current versions.

    Raises
    ------
    ModelError
        If a file cannot be used.
    """

    def __init__(self, files: Sequence[str] = ()) -> None:
        from tagger import models

        self._custom = {model.kind: model for model in map(models.load, (file for file in files if file != CLASSICAL))}
        for model in self._custom.values():
            models.check_features(model)
        own = self._custom.pop(models.OWN, None)
        self._own: OwnMoodsModel | None = own  # type: ignore[assignment]
        bundled = ("moods", "affect") if CLASSICAL in files else ("emotion", "emotion")
        custom = self._custom.keys()
        kinds = [
            kind if kind in custom else "emotion" if "emotion" in custom else default
            for kind, default in zip(("moods", "affect"), bundled, strict=True)
        ]
        self._kinds = tuple(kinds)
        """Kind of the model that predicts the moods, and of the one that predicts valence and arousal."""
        used = []
        for kind in dict.fromkeys(kinds):
            if kind in custom:
                used.append((self._custom[kind].name, self._custom[kind].features))
            else:
                card = models.read_card(kind)
                used.append((card["name"], card["features"]))
        if own is not None:
            used.append((own.name, own.features))
        self.names = " ".join(name for name, _ in used)
        self.versions = {name: VERSIONS[name] for _, features in used for name in features}
        self._loading: Future[dict[str, Model]] | None = None

    @property
    def own_labels(self) -> tuple[str, ...] | None:
        """The user's own moods that a model predicts; None without such a model."""
        return self._own.labels if self._own is not None else None

    def load_ahead(self) -> None:
        """Start to load the models in a thread, so that loading overlaps with the first analysis."""
        if self._loading is None:
            self._loading = ThreadPoolExecutor(1).submit(self._load)

    @property
    def loaded(self) -> tuple[MoodsModel, AffectModel]:
        """The model of the moods, and the model of valence and arousal; a joint model is both."""
        self.load_ahead()
        assert self._loading is not None
        loaded = self._loading.result()
        moods, affect = (loaded[kind] for kind in self._kinds)
        return moods, affect  # type: ignore[return-value]

    def _load(self) -> dict[str, Model]:
        from tagger import models

        loaded = {kind: self._custom.get(kind) or models.bundled(kind) for kind in dict.fromkeys(self._kinds)}
        for model in loaded.values():
            models.check_features(model)
        return loaded

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
        rows = {model.name: _predict_rows(model, list(songs.values())) for model in (moods, affect)}
        predictions = {}
        for audio, mood_rows, affect_rows in zip(songs, rows[moods.name], rows[affect.name], strict=True):
            probabilities = _mean(mood_rows[:, moods.moods])
            valence, arousal, *sds = _mean(affect_rows[:, affect.points])
            valence_sd, arousal_sd = sds or (None, None)
            predictions[audio] = Prediction(
                valence, arousal, moods.threshold, tuple(probabilities), valence_sd, arousal_sd
            )
        if self._own is not None:
            for audio, own in zip(songs, _predict_own(self._own, list(songs.values())), strict=True):
                predictions[audio] = predictions[audio]._replace(own=own)
        return predictions

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
        affect = self.loaded[1]
        predicted = _predict_rows(affect, list(songs.values())) if songs else []
        points = [rows[:, affect.points][:, :2] for rows in predicted]
        return {audio: tuple(map(tuple, rows.tolist())) for audio, rows in zip(songs, points, strict=True)}


def _predict_own(model: OwnMoodsModel, songs: list[SongFeatures]) -> list[tuple[OwnMood, ...]]:
    """Predict the user's own moods of songs, with one call of the model."""
    import numpy as np

    features = np.concatenate([song_row(model.features, song) for song in songs])
    rows = model.predict(features).round(DIGITS).tolist()
    return [tuple(map(OwnMood, model.labels, row, model.thresholds)) for row in rows]


def song_row(feature_sets: Iterable[str], song: SongFeatures) -> np.ndarray:
    """Return the means over the rows of a song, from which models of own moods are trained and predict.

    Parameters
    ----------
    feature_sets : iterable of str
        Names of the feature sets, in the order of the columns.
    song : dict of str to numpy.ndarray, shape=(rows, columns)
        Features by feature set; they are used with float32 precision, as the library keeps them.

    Returns
    -------
    numpy.ndarray, shape=(1, columns)
    """
    import numpy as np

    means = [np.asarray(song[name], "<f4").mean(axis=0, dtype=np.float64) for name in feature_sets]
    return np.concatenate(means)[None]


def _mean(rows: np.ndarray) -> list[float]:
    """Return the means over the rows."""
    means: list[float] = rows.mean(axis=0).round(DIGITS).tolist()
    return means


def _predict_rows(model: Model, songs: list[SongFeatures]) -> list[np.ndarray]:
    """Return the outputs of a model for each row of each song, with one call of the model."""
    import numpy as np

    songs_rows = [model_rows(model, song) for song in songs]
    ends = np.cumsum([len(rows) for rows in songs_rows])[:-1]
    return np.split(model.predict(np.concatenate(songs_rows).astype(np.float64)), ends)


def model_rows(model: Model, features: SongFeatures) -> np.ndarray:
    """Return the rows of a song that a model predicts.

    Parameters
    ----------
    model : Model
    features : dict of str to numpy.ndarray, shape=(rows, columns)
        Features by feature set.

    Returns
    -------
    numpy.ndarray, shape=(rows, columns), dtype=float32
        The precision is that of the library.
    """
    import numpy as np

    from tagger.features import join_feature_sets

    return join_feature_sets([np.asarray(features[name], "<f4") for name in model.features])

"""From features to emotions, with the two models of a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tagger.errors import StoreError
from tagger.features import COLUMNS, VERSIONS
from tagger.library.records import Prediction, Vectors

if TYPE_CHECKING:
    import numpy as np

    from tagger.models import AffectModel, MoodsModel

DIGITS = 7
"""Decimals kept of predictions: below them, the number of songs predicted together shows."""


class Models:
    """The two models of a scan, loaded when something is to be predicted.

    Parameters
    ----------
    files : sequence of str
        Model files; the bundled one serves for a kind of which there is none.

    Attributes
    ----------
    names : str
        Of both models.
    versions : dict of str to int
        The sets of features they predict from, with today's versions.

    Raises
    ------
    ModelError
        If one cannot be used.
    """

    def __init__(self, files: Sequence[str] = ()) -> None:
        from tagger import models

        self._chosen = {model.kind: model for model in map(models.load, files)}
        for model in self._chosen.values():
            models.check_features(model)
        cards = models.cards()
        used = [
            (self._chosen[k].name, self._chosen[k].features)
            if k in self._chosen
            else (cards[k]["name"], cards[k]["features"])
            for k in models.KINDS
        ]
        self.names = " ".join(name for name, _ in used)
        self.versions = {name: VERSIONS[name] for _, features in used for name in features}
        self._loading: Future[tuple[MoodsModel, AffectModel]] | None = None

    def load_ahead(self) -> None:
        """Begin to load the models, which takes about as long as the first analysis."""
        if self._loading is None:
            self._loading = ThreadPoolExecutor(1).submit(self._load)

    @property
    def loaded(self) -> tuple[MoodsModel, AffectModel]:
        """Both models."""
        self.load_ahead()
        assert self._loading is not None
        return self._loading.result()

    def _load(self) -> tuple[MoodsModel, AffectModel]:
        from tagger import models

        loaded = [self._chosen.get(kind) or models.bundled(kind) for kind in models.KINDS]
        for model in loaded:
            models.check_features(model)
        return tuple(loaded)  # type: ignore[return-value]

    def predict(self, songs: Mapping[int, Mapping[str, Vectors]]) -> dict[int, Prediction]:
        """Predict songs from their features, with one call of each model for all their excerpts.

        Parameters
        ----------
        songs : dict of int to dict of str to Vectors
            By audio and by set of features.

        Returns
        -------
        dict of int to Prediction
            Means over the excerpts; what makes one window unsure makes the next one so, and is not averaged away.
        """
        moods, affect = self.loaded
        probabilities, points = (_means(model, list(songs.values())) for model in (moods, affect))
        return {
            audio: Prediction(valence, arousal, moods.threshold, tuple(row), *deviations)
            for audio, row, (valence, arousal, *deviations) in zip(songs, probabilities, points, strict=True)
        }

    def vectors(self, features: Mapping[str, np.ndarray]) -> dict[str, Vectors]:
        """Return a song's features, arrays of shape (excerpts, columns) by set, as the store keeps them."""
        return {kind: Vectors.of(array, self.versions[kind]) for kind, array in features.items()}

    def told(self, features: Mapping[str, np.ndarray]) -> Prediction:
        """Predict one song from its features, arrays of shape (excerpts, columns) by set."""
        return self.predict({0: self.vectors(features)})[0]

    def along(self, songs: Mapping[int, Mapping[str, Vectors]]) -> dict[int, tuple[tuple[float, float], ...]]:
        """Tell valence and arousal of each window of songs, from their features.

        Parameters
        ----------
        songs : dict of int to dict of str to Vectors
            By audio and by set of features.
        """
        told = _by_row(self.loaded[1], list(songs.values())) if songs else []
        return {audio: tuple(map(tuple, rows[:, :2].tolist())) for audio, rows in zip(songs, told, strict=True)}


def _means(model: MoodsModel | AffectModel, songs: list[Mapping[str, Vectors]]) -> list[list[float]]:
    """Return what a model says of each song, as means over its rows."""
    return [rows.mean(axis=0).round(DIGITS).tolist() for rows in _by_row(model, songs)]


def _array(name: str, vectors: Vectors) -> np.ndarray:
    """Return stored features as an array of shape (excerpts, columns)."""
    import numpy as np

    array = np.frombuffer(vectors.data, "<f4").reshape(vectors.excerpts, -1)
    if array.shape[1] != COLUMNS[name] or not np.isfinite(array).all():
        raise StoreError(f"the library store is damaged (it has {name} features that are not {COLUMNS[name]} numbers)")
    return array


def _by_row(model: MoodsModel | AffectModel, songs: list[Mapping[str, Vectors]]) -> list[Any]:
    """Return what a model says of each row of each song, with one call for all."""
    import numpy as np

    from tagger.features import beside

    rows = [beside([_array(name, kinds[name]) for name in model.features]) for kinds in songs]
    ends = np.cumsum([len(each) for each in rows])[:-1]
    return np.split(model.predict(np.concatenate(rows).astype(np.float64)), ends)

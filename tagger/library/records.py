"""Rows of the library database as Python values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from tagger.emotions import OwnMood, Prediction
from tagger.errors import StoreError
from tagger.features import COLUMNS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tagger.tags.basic_tags import BasicTags


class FileStat(NamedTuple):
    """Properties by which a file is recognised as unchanged.

    Attributes
    ----------
    size : int
        Size in bytes.
    mtime_ns : int
        Modification time in nanoseconds since 1970.
    inode : int
        Inode number.
    """

    size: int
    mtime_ns: int
    inode: int


class FileRow(NamedTuple):
    """A row of the table ``file`` (`tagger.library.schema`).

    Attributes
    ----------
    path : bytes
        Absolute path.
    size, mtime_ns, inode : int
        The `FileStat` of the file when it was last seen.
    audio : int or None
        Id of its audio; None if the file could not be analysed.
    failure, message : str or None
        Kind and reason of the failure; None if the file was analysed.
    tags_current : str or None
        Models and options that the tags of the file agree with; None if the tags have to be checked.
    attempts : int
        Number of scans in a row in which the file failed, for failures that are tried again.
    """

    path: bytes
    size: int
    mtime_ns: int
    inode: int
    audio: int | None
    failure: str | None
    message: str | None
    tags_current: str | None
    attempts: int = 0


class AudioRow(NamedTuple):
    """An audio and its prediction.

    Attributes
    ----------
    audio_hash : str
        Hash of the audio packets.
    duration : float
        Duration in seconds.
    prediction : Prediction
        The predictions for the song.
    """

    audio_hash: str
    duration: float
    prediction: Prediction


class PredictedFile(NamedTuple):
    """A file with the prediction of its audio.

    Attributes
    ----------
    path : bytes
        Absolute path.
    audio : int
        Id of its audio.
    duration : float
        Duration in seconds.
    model : str
        Names of the models that made the prediction.
    title, artist, album, genre : str or None
        Cached tags, as in the table ``file`` (`tagger.library.schema`); None if they have not been read yet.
    prediction : Prediction
        The predictions for the song.
    """

    path: bytes
    audio: int
    duration: float
    model: str
    title: str | None
    artist: str | None
    album: str | None
    genre: str | None
    prediction: Prediction


class Condition(NamedTuple):
    """A condition on the columns of the tables ``file``, ``audio`` and ``prediction``.

    Attributes
    ----------
    sql : str
        An expression in brackets, with ``?`` for each value.
    values : tuple
        The values.
    """

    sql: str
    values: tuple[object, ...] = ()


NO_CONDITION = Condition("1")


class FeatureBlob(NamedTuple):
    """One feature set of an audio, as stored.

    Attributes
    ----------
    version : int
        Version of the feature set.
    excerpts : int
        Number of excerpts of the audio.
    data : bytes
        Array of shape (excerpts, columns) in row order, as little-endian float32.
    """

    version: int
    excerpts: int
    data: bytes

    def check(self, path: str) -> None:
        """Check that the values have the right types and that the data have a whole number of columns.

        Parameters
        ----------
        path : str
            Path of the store, for the message.

        Raises
        ------
        StoreError
            If the check fails.
        """
        typed = isinstance(self.data, bytes) and isinstance(self.excerpts, int) and self.excerpts > 0
        if not typed or not self.data or len(self.data) % (4 * self.excerpts):
            raise StoreError(f"{path}: damaged library database (incomplete features); restore it from a backup")

    @classmethod
    def from_array(cls, features: NDArray[Any], version: int) -> FeatureBlob:
        """Encode an array.

        Parameters
        ----------
        features : numpy.ndarray, shape=(excerpts, columns)
            The features.
        version : int
            Version of the feature set.

        Returns
        -------
        FeatureBlob
        """
        return cls(version, len(features), features.astype("<f4").tobytes())

    def array(self) -> NDArray[np.float32]:
        """Decode the features.

        Returns
        -------
        numpy.ndarray, shape=(excerpts, columns)
            Read-only, float32.
        """
        import numpy as np

        return np.frombuffer(self.data, "<f4").reshape(self.excerpts, -1)


def feature_arrays(songs: Mapping[int, Mapping[str, FeatureBlob]]) -> dict[int, dict[str, NDArray[np.float32]]]:
    """Decode the features of songs.

    Parameters
    ----------
    songs : mapping of int to mapping of str to FeatureBlob
        By audio id and feature set.

    Returns
    -------
    dict of int to dict of str to numpy.ndarray, shape=(excerpts, columns)

    Raises
    ------
    StoreError
        If an array has another number of columns than its feature set, or values that are not finite.
    """
    return {audio: {name: _decode(name, blob) for name, blob in blobs.items()} for audio, blobs in songs.items()}


def _decode(name: str, blob: FeatureBlob) -> NDArray[np.float32]:
    import numpy as np

    features, columns = blob.array(), COLUMNS[name]
    if features.shape[1] != columns or not np.isfinite(features).all():
        raise StoreError(f"the library database is damaged ({name} features that are not {columns} finite numbers)")
    return features


@dataclass(frozen=True)
class StoreSize:
    """Numbers of entries in a store.

    Attributes
    ----------
    files : int
        Files.
    failed : int
        Files that could not be analysed.
    audio : int
        Audio; copies of a song count once.
    analysed : int
        Audio with features.
    predictions : int
        Predictions, of all models.
    bytes : int
        Size of the database file in bytes.
    """

    files: int
    failed: int
    audio: int
    analysed: int
    predictions: int
    bytes: int


def tag_values(tags: BasicTags | None) -> tuple[str | None, ...]:
    """Return the values of the columns title, artist, album and genre of a file.

    Parameters
    ----------
    tags : BasicTags or None
        None if they have not been read.

    Returns
    -------
    tuple of (str or None)
    """
    if tags is None:
        return (None,) * 4
    return (tags.title, tags.artist, tags.album, "\n".join(tags.genres))


def to_prediction(values: Sequence[Any], path: str) -> Prediction:
    """Convert the values of the columns of a prediction.

    Parameters
    ----------
    values : sequence
        In the order of `tagger.library.store.PREDICTION_COLUMNS`.
    path : str
        Path of the store, for the message.

    Returns
    -------
    Prediction

    Raises
    ------
    StoreError
        If one of them is not a finite number, or the own moods are not valid.
    """
    valence, arousal, threshold, valence_sd, arousal_sd, own_moods, *probabilities = values
    own = None if own_moods is None else to_own_moods(own_moods, path)
    try:
        # The sum of finite numbers is finite; for songs of a whole library, one call is faster than one per number.
        deviations = (0 if valence_sd is None else valence_sd) + (0 if arousal_sd is None else arousal_sd)
        own_numbers = sum([mood.probability + mood.threshold for mood in own]) if own else 0
        is_finite = isfinite(valence + arousal + threshold + deviations + sum(probabilities) + own_numbers)
    except TypeError:
        is_finite = False
    if not is_finite:
        raise StoreError(
            f"{path}: damaged library database (a prediction that is not a number); restore it from a backup"
        )
    return Prediction(valence, arousal, threshold, tuple(probabilities), valence_sd, arousal_sd, own)


def to_own_moods(text: object, path: str) -> tuple[OwnMood, ...]:
    """Convert a value of the column `own_moods` of ``prediction``.

    Parameters
    ----------
    text : str
        The value.
    path : str
        Path of the store, for the message.

    Returns
    -------
    tuple of OwnMood

    Raises
    ------
    StoreError
        If it is damaged.
    """
    try:
        moods = tuple(OwnMood(*mood) for mood in json.loads(str(text)))
    except (ValueError, TypeError, RecursionError):
        moods = (OwnMood("", 0, 0),)
    if not all(isinstance(mood.name, str) and mood.name for mood in moods):
        raise StoreError(f"{path}: damaged library database (own moods that are not valid); restore it from a backup")
    return moods

"""What the library store holds of a file and of an audio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tagger.emotions import Prediction
from tagger.errors import StoreError
from tagger.features import COLUMNS

if TYPE_CHECKING:
    import numpy as np


class FileStat(NamedTuple):
    """By what a file is held to be unchanged."""

    size: int
    mtime_ns: int
    inode: int


class FileRow(NamedTuple):
    """What the store knows of a file; from the second to the fourth they are a `FileStat`."""

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
    """An audio, and what the models said of it."""

    audio_hash: str
    duration: float
    prediction: Prediction


class FeatureBlob(NamedTuple):
    """Features of an audio's excerpts, as bytes of float32."""

    version: int
    excerpts: int
    data: bytes

    def check(self, path: str) -> None:
        """Refuse what cannot be the features of a song; `path` is the store's.

        Raises
        ------
        StoreError
            If they are not as many numbers for each excerpt.
        """
        whole = isinstance(self.data, bytes) and isinstance(self.excerpts, int) and self.excerpts > 0
        if not whole or not self.data or len(self.data) % (4 * self.excerpts):
            raise StoreError(f"{path}: a damaged library store (features that are not whole); restore it from a backup")

    @classmethod
    def from_array(cls, features: np.ndarray, version: int) -> FeatureBlob:
        """Take them from an array of shape (excerpts, columns)."""
        return cls(version, len(features), features.astype("<f4").tobytes())

    def array(self) -> np.ndarray:
        """Return the features as an array.

        Returns
        -------
        numpy.ndarray, shape=(excerpts, columns)
            Of float32; read-only.
        """
        import numpy as np

        return np.frombuffer(self.data, "<f4").reshape(self.excerpts, -1)


def feature_arrays(songs: Mapping[int, Mapping[str, FeatureBlob]]) -> dict[int, dict[str, np.ndarray]]:
    """Convert the features of songs from blobs to arrays.

    Parameters
    ----------
    songs : dict of int to dict of str to Vectors
        By audio id and feature set.

    Returns
    -------
    dict of int to dict of str to numpy.ndarray, shape=(excerpts, columns)

    Raises
    ------
    StoreError
        If they are not finite numbers, or not as many as the feature set has columns.
    """
    return {audio: {name: _checked(name, blob.array()) for name, blob in sets.items()} for audio, sets in songs.items()}


def _checked(name: str, features: np.ndarray) -> np.ndarray:
    import numpy as np

    columns = COLUMNS[name]
    if features.shape[1] != columns or not np.isfinite(features).all():
        raise StoreError(f"the library store is damaged (it has {name} features that are not {columns} numbers)")
    return features


@dataclass(frozen=True)
class StoreSize:
    """How much the store holds."""

    files: int
    failed: int
    audio: int
    analysed: int
    predictions: int
    bytes: int

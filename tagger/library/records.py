"""What the library store holds of a file and of an audio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tagger.emotions import Emotion, chosen
from tagger.errors import StoreError

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
    tagged: str | None
    attempts: int = 0


class Prediction(NamedTuple):
    """What the models said of an audio; `threshold` is the moods model's own."""

    valence: float
    arousal: float
    threshold: float
    probabilities: tuple[float, ...]
    valence_sd: float | None = None
    arousal_sd: float | None = None

    def emotion(self, threshold: float | None = None) -> Emotion:
        """Return the emotion that is meant, by the model's own threshold unless one is given."""
        moods = chosen(self.probabilities, self.threshold if threshold is None else threshold)
        return Emotion(self.valence, self.arousal, moods, self.probabilities, self.valence_sd, self.arousal_sd)


class AudioRow(NamedTuple):
    """An audio, and what the models said of it."""

    identity: str
    duration: float
    prediction: Prediction


class Vectors(NamedTuple):
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
    def of(cls, features: np.ndarray, version: int) -> Vectors:
        """Take them from an array of shape (excerpts, columns)."""
        return cls(version, len(features), features.astype("<f4").tobytes())


@dataclass(frozen=True)
class Size:
    """How much the store holds."""

    files: int
    failed: int
    audio: int
    analysed: int
    predictions: int
    bytes: int

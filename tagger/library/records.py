"""What the library store holds of a file and of an audio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tagger.emotions import Emotion, select_moods

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
        moods = select_moods(self.probabilities, self.threshold if threshold is None else threshold)
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

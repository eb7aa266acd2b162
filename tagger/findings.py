"""What a worker can find out about a file. The main process reads these without numpy and without PyAV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Analysis:
    """What a file's audio gave.

    Attributes
    ----------
    identity : str
        Hash of the audio, without tags.
    duration : float
        Seconds.
    features : dict of str to numpy.ndarray, shape=(excerpts, columns)
        By feature set, as float32: what the store keeps.
    """

    identity: str
    duration: float
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class Known:
    """A file whose audio is analysed already: its identity, and its duration in seconds."""

    identity: str
    duration: float


@dataclass(frozen=True)
class Failure:
    """Why a file could not be analysed: a word for its kind, and a sentence."""

    kind: str
    message: str

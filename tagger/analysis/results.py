"""Results of the analysis of a file; this module imports neither numpy nor PyAV."""

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

    audio_hash: str
    duration: float
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class AlreadyAnalysed:
    """A file whose audio the library already has.

    Attributes
    ----------
    audio_hash : str
        Hash of the audio packets.
    duration : float
        Seconds.
    """

    audio_hash: str
    duration: float

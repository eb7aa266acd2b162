"""Results of the analysis of a file. This module imports neither numpy nor PyAV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Analysis:
    """The features of the audio of a file.

    Attributes
    ----------
    audio_hash : str
        Hash of the audio packets, in hexadecimal; the same for all tags.
    duration : float
        Length of the audio in seconds.
    features : dict of str to numpy.ndarray, shape=(rows, columns)
        Features by feature set, as float32: the precision of the store.
    """

    audio_hash: str
    duration: float
    features: dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class AlreadyAnalysed:
    """A file whose audio is analysed already, by an earlier scan or for a copy of the file.

    Attributes
    ----------
    audio_hash : str
        Hash of the audio packets, in hexadecimal.
    duration : float
        Length of the audio in seconds.
    """

    audio_hash: str
    duration: float

"""One file in, the features of its excerpts out; or a failure, which is a value too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.audio.decode import Recording, is_silent, read
from tagger.audio.excerpts import SAMPLE_RATE, Excerpt, affect_windows, mood_excerpt
from tagger.errors import AudioError
from tagger.features import affect, marsyas


@dataclass(frozen=True)
class FeatureSet:
    """Features that a model is trained on.

    Attributes
    ----------
    version : int
        Of the numbers.
    columns : tuple of str
        Their names.
    plan : callable
        From a song's duration to the excerpts they are taken from.
    extract : callable
        From the samples of one excerpt to the features.
    """

    version: int
    columns: tuple[str, ...]
    plan: Callable[[float], list[Excerpt]]
    extract: Callable[[np.ndarray], np.ndarray]


SETS = {
    "moods": FeatureSet(marsyas.VERSION, marsyas.COLUMNS, lambda d: [mood_excerpt(d)], marsyas.extract),
    "affect": FeatureSet(affect.VERSION, affect.COLUMNS, affect_windows, affect.extract),
}


@dataclass(frozen=True)
class Analysis:
    """What a file's audio gave.

    Attributes
    ----------
    identity : str
        Hash of the audio, without tags.
    duration : float
        Seconds.
    starts : dict of str to list of float
        By feature set, where each excerpt begins, in seconds.
    features : dict of str to numpy.ndarray, shape=(excerpts, columns)
        By feature set.
    """

    identity: str
    duration: float
    starts: dict[str, list[float]]
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class Failure:
    """Why a file could not be analysed: a word for its kind, and a sentence."""

    kind: str
    message: str


def analyse(path: str, sets: Sequence[str] = tuple(SETS)) -> Analysis | Failure:
    """Extract the features of a file.

    Parameters
    ----------
    path : str
        The file.
    sets : sequence of str
        Keys of `SETS`.

    Returns
    -------
    Analysis or Failure
        Never an exception for a bad file: one must not end a run over many.
    """
    try:
        recording = read(path, lambda duration: [e for name in sets for e in SETS[name].plan(duration)])
        starts, features = {}, {}
        for name in sets:
            excerpts = _sounding(recording, SETS[name].plan(recording.planned))
            starts[name] = [e.start for e, _ in excerpts]
            features[name] = np.stack([SETS[name].extract(y) for _, y in excerpts])
    except AudioError as error:
        return Failure(error.kind, str(error))
    except MemoryError:
        return Failure("memory", "needs more memory than there is")
    return Analysis(recording.identity, recording.duration, starts, features)


def _sounding(recording: Recording, planned: list[Excerpt]) -> list[tuple[Excerpt, np.ndarray]]:
    """Return the planned excerpts in which there is something to hear, or else the loudest other one."""
    found = recording.excerpts
    heard = [(e, found[e]) for e in planned if not is_silent(found[e])]
    if heard:
        return heard
    loudest = max(found, key=lambda e: float(np.square(found[e]).mean()))
    return [(loudest, np.resize(found[loudest], round(planned[0].seconds * SAMPLE_RATE)))]

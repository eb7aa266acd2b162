"""One file in, the features of its excerpts out; or a failure, which is a value too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.analysis.results import AlreadyAnalysed, Analysis
from tagger.audio.decode import Plan, read_audio
from tagger.audio.excerpts import SAMPLE_RATE, Excerpt, affect_windows, mood_excerpt, segment_excerpts
from tagger.audio.silence import is_noise, is_silent
from tagger.errors import AudioError, Failure
from tagger.features import affect, marsyas, segments


@dataclass(frozen=True)
class FeatureSet:
    """Features that a model is trained on.

    Attributes
    ----------
    columns : tuple of str
        Their names.
    plan : callable
        From a song's duration to the excerpts they are taken from.
    extract : callable
        From the samples of one excerpt to the features; to several rows of them, if it is cut into equal parts.
    seconds : float
        Of the song that a row tells of.
    """

    columns: tuple[str, ...]
    plan: Plan
    extract: Callable[[np.ndarray], np.ndarray]
    seconds: float


FEATURE_SETS = {
    "moods": FeatureSet(marsyas.COLUMNS, lambda d: [mood_excerpt(d)], marsyas.extract, 30.0),
    "affect": FeatureSet(affect.COLUMNS, affect_windows, affect.extract, 10.0),
    "segments": FeatureSet(segments.COLUMNS, segment_excerpts, segments.extract, 0.5),
}


def extract_features(path: str, name: str, plan: Plan | None = None) -> tuple[list[float], np.ndarray]:
    """Extract one set of features from all excerpts planned for a file, silent ones included.

    Parameters
    ----------
    path : str
        The file.
    name : str
        Key of `SETS`.
    plan : callable, optional
        From a song's duration to the excerpts, instead of the set's own.

    Returns
    -------
    starts : list of float
        Where each row's part of the song begins, in seconds.
    features : numpy.ndarray, shape=(rows, columns)

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    """
    features = FEATURE_SETS[name]
    plan = plan or features.plan
    recording = read_audio(path, plan)
    planned = plan(recording.planned)
    rows = [np.atleast_2d(features.extract(recording.excerpts[e])) for e in planned]
    starts = [e.start + i * features.seconds for e, r in zip(planned, rows, strict=True) for i in range(len(r))]
    return starts, np.concatenate(rows)


def analyse(
    path: str, wanted: Callable[[str], bool] = lambda audio_hash: True, kinds: Sequence[str] = ("moods", "affect")
) -> Analysis | AlreadyAnalysed | Failure:
    """Extract sets of features from what is to be heard in a file.

    Parameters
    ----------
    path : str
        The file.
    wanted : callable
        From the hash of the audio to whether to analyse it. Called once.
    kinds : sequence of str
        Keys of `SETS`.

    Returns
    -------
    Analysis, Known or Failure
        Never an exception for a bad file: one must not end a run over many.
    """
    sets = {kind: FEATURE_SETS[kind] for kind in kinds}
    try:
        recording = read_audio(path, lambda duration: [e for s in sets.values() for e in s.plan(duration)], wanted)
        if recording.skipped:
            return AlreadyAnalysed(recording.audio_hash, recording.duration)
        heard = {e: y for e, y in recording.excerpts.items() if not is_silent(y)}
        # A recording that is very quiet all along is heard, if there is more to it than the noise of its last digits.
        heard = heard or {e: y for e, y in recording.excerpts.items() if not is_noise(y)}
        if not heard:
            raise AudioError("silent", "silent: there is nothing to hear where it was sampled")
        features = {}
        for name, each in sets.items():
            sounding = _audible_excerpts(heard, each.plan(recording.planned))
            features[name] = np.concatenate([np.atleast_2d(each.extract(y)) for y in sounding]).astype(np.float32)
    except AudioError as error:
        return Failure(error.kind, str(error))
    except MemoryError:
        return Failure("memory", "needs more memory than a worker may take")
    return Analysis(recording.audio_hash, recording.duration, features)


def _audible_excerpts(heard: dict[Excerpt, np.ndarray], planned: Sequence[Excerpt]) -> list[np.ndarray]:
    """Return the planned excerpts in which there is something to hear, or else the loudest other one."""
    found = [heard[e] for e in planned if e in heard]
    if found:
        return found
    loudest = max(heard.values(), key=lambda y: float(np.square(y).mean()))
    return [np.resize(loudest, round(planned[0].seconds * SAMPLE_RATE))]

"""Extraction of the features of a file; a failure is returned as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagger.analysis.results import AlreadyAnalysed, Analysis
from tagger.audio.decode import Plan, read_audio
from tagger.audio.excerpts import (
    SAMPLE_RATE,
    Excerpt,
    affect_windows,
    embedding_patches,
    mood_excerpt,
    segment_excerpts,
)
from tagger.audio.silence import is_noise, is_silent
from tagger.errors import AudioError, Failure
from tagger.features import affect, embedding, marsyas, segments

Samples = npt.NDArray[np.float32]
"""Mono samples at `SAMPLE_RATE`, in -1..1."""

OUT_OF_MEMORY = Failure("memory", "needs more memory than a worker may use")


@dataclass(frozen=True)
class FeatureSet:
    """Features that a model is trained on.

    Attributes
    ----------
    columns : tuple of str
        Names of the features.
    plan : callable
        From the duration of a song in seconds to the excerpts from which the features are extracted.
    extract : callable
        From the samples of one excerpt to its features, shape (columns,), or to one row for each of its equal parts,
        shape (parts, columns).
    seconds : float
        Seconds of the song that a row describes.
    """

    columns: tuple[str, ...]
    plan: Plan
    extract: Callable[[Samples], npt.NDArray[Any]]
    seconds: float


FEATURE_SETS = {
    "moods": FeatureSet(marsyas.COLUMNS, lambda duration: [mood_excerpt(duration)], marsyas.extract, 30.0),
    "affect": FeatureSet(affect.COLUMNS, affect_windows, affect.extract, 10.0),
    "segments": FeatureSet(segments.COLUMNS, segment_excerpts, segments.extract, 0.5),
    "embedding": FeatureSet(embedding.COLUMNS, embedding_patches, embedding.extract, 4.0),
}
"""The feature sets by name."""


def extract_features(path: str, name: str, plan: Plan | None = None) -> tuple[list[float], npt.NDArray[Any]]:
    """Extract one feature set from all excerpts that are planned for a file, including silent ones.

    Parameters
    ----------
    path : str
        The file.
    name : str
        Name of the feature set, a key of `FEATURE_SETS`.
    plan : callable, optional
        From the duration of the song in seconds to the excerpts; by default the plan of the feature set.

    Returns
    -------
    starts : list of float
        Start of the part of the song that each row describes, in seconds.
    features : numpy.ndarray, shape=(rows, columns)
        One row for each part.

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    """
    feature_set = FEATURE_SETS[name]
    plan = plan or feature_set.plan
    recording = read_audio(path, plan)
    excerpts = plan(recording.planned)
    features = [np.atleast_2d(feature_set.extract(recording.excerpts[excerpt])) for excerpt in excerpts]
    starts = [
        excerpt.start + part * feature_set.seconds
        for excerpt, rows in zip(excerpts, features, strict=True)
        for part in range(len(rows))
    ]
    return starts, np.concatenate(features)


def analyse(
    path: str, wanted: Callable[[str], bool] = lambda audio_hash: True, kinds: Sequence[str] = ("moods", "affect")
) -> Analysis | AlreadyAnalysed | Failure:
    """Extract feature sets from the audible excerpts of a file.

    Parameters
    ----------
    path : str
        The file.
    wanted : callable
        From the hash of the audio to whether to analyse it. Called once.
    kinds : sequence of str
        Names of the feature sets, keys of `FEATURE_SETS`.

    Returns
    -------
    Analysis, AlreadyAnalysed or Failure
        A file that cannot be analysed gives a `Failure` and no exception, so that it does not end a scan.
    """
    feature_sets = {kind: FEATURE_SETS[kind] for kind in kinds}

    def plan(duration: float) -> list[Excerpt]:
        return [excerpt for feature_set in feature_sets.values() for excerpt in feature_set.plan(duration)]

    try:
        recording = read_audio(path, plan, wanted)
        if recording.skipped:
            return AlreadyAnalysed(recording.audio_hash, recording.duration)
        audible = _audible_excerpts(recording.excerpts)
        features = {}
        for kind, feature_set in feature_sets.items():
            excerpts = _planned_or_loudest(audible, feature_set.plan(recording.planned))
            features[kind] = _features(feature_set, excerpts)
    except AudioError as error:
        return Failure(error.kind, str(error))
    except MemoryError:
        return OUT_OF_MEMORY
    return Analysis(recording.audio_hash, recording.duration, features)


def _audible_excerpts(excerpts: dict[Excerpt, Samples]) -> dict[Excerpt, Samples]:
    """Return the excerpts that are not silent.

    If all are very quiet, return those in which there is more than the noise of the last digits.

    Raises
    ------
    AudioError
        If there is none.
    """
    for is_inaudible in (is_silent, is_noise):
        audible = {excerpt: samples for excerpt, samples in excerpts.items() if not is_inaudible(samples)}
        if audible:
            return audible
    raise AudioError("silent", "silent: nothing is audible in the excerpts that are analysed")


def _planned_or_loudest(audible: dict[Excerpt, Samples], planned: Sequence[Excerpt]) -> list[Samples]:
    """Return the audible excerpts among those planned or, if there is none, the loudest of the longest others."""
    excerpts = [audible[excerpt] for excerpt in planned if excerpt in audible]
    if excerpts:
        return excerpts
    longest = max(excerpt.seconds for excerpt in audible)
    others = [samples for excerpt, samples in audible.items() if excerpt.seconds == longest]
    loudest = max(others, key=lambda samples: float(np.square(samples).mean()))
    return [np.resize(loudest, round(planned[0].seconds * SAMPLE_RATE))]


def _features(feature_set: FeatureSet, excerpts: Iterable[Samples]) -> npt.NDArray[np.float32]:
    """Return the features of excerpts with the precision of the store, shape (rows, columns)."""
    rows = np.concatenate([np.atleast_2d(feature_set.extract(samples)) for samples in excerpts]).astype(np.float32)
    if not np.isfinite(rows).all():
        raise AudioError("damaged", "damaged: its features are not finite numbers")
    return rows

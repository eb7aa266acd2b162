"""The work that workers do for a chunk of files: analyse the new files, and write the tags of the previous chunk.

A stage makes the tasks, records their results, and says which tasks must run again.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tagger.analysis.results import AlreadyAnalysed, Analysis
from tagger.emotions import INSTEAD
from tagger.errors import Failure
from tagger.library.history import History
from tagger.library.records import FeatureBlob
from tagger.library.store import Store
from tagger.library.walk import FoundFile
from tagger.library.work_claims import WorkClaims
from tagger.models.predictor import Predictor
from tagger.scanning.options import ScanOptions
from tagger.scanning.result import ScanResult
from tagger.scanning.retry import MAX_DELIVERIES, NOT_STORED, RETRIED, UNWRITTEN, may_be_written_again
from tagger.scanning.tasks import AnalysedFile, TagDelivery, analyse, deliver
from tagger.scanning.workers import Task
from tagger.tags.mood_words import words_id
from tagger.tags.write_record import FieldHistory

if TYPE_CHECKING:
    from tagger.models.predictor import SongFeatures
    from tagger.tags.basic_tags import BasicTags

logger = logging.getLogger(__name__)


@dataclass
class ScanState:
    """What the parts of a scan share.

    Attributes
    ----------
    store : Store
        The library database.
    predictor : Predictor
        The models.
    options : ScanOptions
        Options of the scan.
    claims : WorkClaims
        Tells the workers which audio is analysed already.
    history : History
        Records of the writes.
    on_file : callable
        Called with the number of files that were looked up or analysed.
    settings : str
        Models and options on which the tags of a file depend; stored with files whose tags agree with them.
    attempts : dict of bytes to int
        Number of scans in a row in which a file failed, by its key.
    not_stored : set of bytes
        Keys of files that the store knows nothing of after this scan.
    """

    store: Store
    predictor: Predictor
    options: ScanOptions
    claims: WorkClaims
    history: History
    on_file: Callable[[int], object] = lambda count: None
    settings: str = ""
    attempts: dict[bytes, int] = field(default_factory=dict)
    not_stored: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.settings = tag_settings(self.predictor, self.options)


def tag_settings(predictor: Predictor, options: ScanOptions) -> str:
    """Return the models and options on which the tags of a file depend, as the store records them."""
    parts = [predictor.names, str(options.threshold), options.moods]
    # Without own moods or words the text is that of earlier versions, whose tags are current.
    if options.own_moods != INSTEAD:
        parts.append(options.own_moods)
    if options.words:
        parts.append(words_id(options.words))
    return " ".join(parts)


class Stage(Protocol):
    """Tasks of one kind for the files of a chunk."""

    def tasks(self) -> list[Task]:
        """Return the tasks of all files, in their order."""
        ...

    def accept(self, task: Task, result: Any) -> list[Task]:
        """Record the result of a task; return the tasks that must run again."""
        ...


class FileAudio(NamedTuple):
    """The audio of a file.

    Attributes
    ----------
    audio : int
        Its id in the store.
    analysed : bool
        Whether it was analysed in this scan for this file, and not for a copy of it.
    """

    audio: int
    analysed: bool


class AnalysisStage:
    """Analyse the new files of a chunk.

    Parameters
    ----------
    state : ScanState
        The scan.
    files : sequence of FoundFile
        The new files.

    Attributes
    ----------
    audio : dict of str to FileAudio
        Audio of the analysed files, by path.
    features : dict of int to dict of str to numpy.ndarray
        Features by audio id and feature set, of the audio that was analysed.
    failures : dict of str to str
        Reasons of failures, by path.
    """

    def __init__(self, state: ScanState, files: Sequence[FoundFile]) -> None:
        self.state = state
        self.files = {file.path: file for file in files}
        self.audio: dict[str, FileAudio] = {}
        self.features: dict[int, SongFeatures] = {}
        self.failures: dict[str, str] = {}
        self._duplicates: dict[str, tuple[str, BasicTags]] = {}

    def tasks(self) -> list[Task]:
        """Return a task for each file."""
        return [self._task(path) for path in self.files]

    def _task(self, path: str) -> Task:
        return Task(analyse, (path, self.state.claims, tuple(self.state.predictor.versions)))

    def accept(self, task: Task, result: AnalysedFile | Failure) -> list[Task]:
        """Record the result of an analysis."""
        file = self.files[task.arguments[0]]
        if isinstance(result, Failure):
            self._record_failure(file, result)
        elif isinstance(result.analysis, AlreadyAnalysed):
            # By an earlier scan, or in this one for a copy of the file, which may still fail.
            self._duplicates[file.path] = result.analysis.audio_hash, result.tags
            return []
        else:
            self._record_analysis(file, result.analysis, result.tags)
        self.state.on_file(1)
        return []

    def _record_analysis(self, file: FoundFile, result: Analysis, tags: BasicTags) -> None:
        versions = self.state.predictor.versions
        blobs = {name: FeatureBlob.from_array(array, versions[name]) for name, array in result.features.items()}
        audio = self.state.store.add_audio(result.audio_hash, result.duration, blobs)
        self.state.store.set_file(file.key, file.stat, audio, tags)
        self.audio[file.path] = FileAudio(audio, True)
        self.features[audio] = result.features

    def _record_failure(self, file: FoundFile, failure: Failure) -> None:
        if failure.kind in NOT_STORED:
            self.state.not_stored.add(file.key)
        else:
            attempts = self.state.attempts.get(file.key, 0) + (failure.kind in RETRIED)
            self.state.store.set_failure(file.key, file.stat, failure.kind, failure.message, attempts)
        self.failures[file.path] = failure.message

    def resolve_duplicates(self) -> list[Task]:
        """Assign the audio that other files have too; return tasks for files whose copy could not be analysed."""
        again = []
        for path, (audio_hash, tags) in self._duplicates.items():
            audio = self.state.store.audio_id(audio_hash)
            if audio is not None and self.state.store.features([audio], self.state.predictor.versions):
                file = self.files[path]
                self.state.store.set_file(file.key, file.stat, audio, tags)
                self.audio[path] = FileAudio(audio, False)
                self.state.on_file(1)
            else:
                logger.debug("analysed again, because its copy failed: %s", path)
                self.state.claims.release(audio_hash)
                again.append(self._task(path))
        self._duplicates.clear()
        return again

    def finished(self) -> dict[str, ScanResult]:
        """Return the results of the files that are done, by path; their emotions are not predicted yet."""
        results = {path: ScanResult(path, error=message) for path, message in self.failures.items()}
        return results | {path: ScanResult(path, analysed=True) for path, item in self.audio.items() if item.analysed}


class DeliveryStage:
    """Write the tags of files whose emotions are predicted or, in a dry run, compute the changes.

    Parameters
    ----------
    state : ScanState
        The scan.
    predicted : sequence of (FoundFile, ScanResult)
        The files of a chunk, with what is known of them so far.
    """

    def __init__(self, state: ScanState, predicted: Sequence[tuple[FoundFile, ScanResult]]) -> None:
        self.state = state
        self.files = {file.path: file for file, _ in predicted}
        self._results = {file.path: result for file, result in predicted}
        self._runs: Counter[str] = Counter()

    @property
    def results(self) -> list[ScanResult]:
        """The results of the files, in their order."""
        return list(self._results.values())

    def finished(self) -> dict[str, ScanResult]:
        """Return the results of the files that are done or at least analysed, by path."""
        return {
            path: result
            for path, result in self._results.items()
            if result.analysed or result.tags_current or result.change or result.untaggable or result.error
        }

    def tasks(self) -> list[Task]:
        """Return a task for each file whose tags may have to change."""
        options = self.state.options
        return [
            Task(deliver, (path, result, options, self._field_history(path, result)), once=True)
            for path, result in self._results.items()
            if result.emotion is not None and (options.dry_run or not result.tags_current)
        ]

    def _field_history(self, path: str, result: ScanResult) -> FieldHistory | None:
        """Return the recorded writes to a file, from the store."""
        if result.audio_hash is None:
            return None
        return self.state.history.latest_fields(result.audio_hash, os.fsencode(os.path.realpath(path)))

    def accept(self, task: Task, result: TagDelivery | Failure) -> list[Task]:
        """Record what a worker did with the tags of a file; return the task if it must run again."""
        path = task.arguments[0]
        self._runs[path] += 1
        if isinstance(result, TagDelivery):
            self._record(path, result)
        elif self._runs[path] < MAX_DELIVERIES and may_be_written_again(self.files[path]):
            logger.debug("tags are written again, because the worker was lost (%s): %s", result.kind, path)
            return [task]
        else:
            reason = UNWRITTEN.get(result.kind, result.message)
            self._update(path, error=f"not tagged: {reason}; the next scan tries again")
        return []

    def _record(self, path: str, delivery: TagDelivery) -> None:
        if delivery.record is not None:
            self.state.history.add(delivery.record, delivery.record.to_bytes())
            self.state.history.uncommitted_entries.append(delivery.journal_name)
        if delivery.error is None and not self.state.options.dry_run:
            self.state.store.set_tags_current(self.files[path].key, delivery.stat, self.state.settings)
        self._update(path, change=delivery.change, untaggable=delivery.untaggable, error=delivery.error)

    def _update(self, path: str, **fields: Any) -> None:
        self._results[path] = replace(self._results[path], **fields)

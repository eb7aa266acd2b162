"""The pipeline of a scan: look up, analyse what is new, predict in batches, deliver.

The files go through in chunks. While the workers analyse the new files of one chunk they also write the
tags of the one before it, so neither waits for the other, and the outcomes come in the order of the files.
What the workers find out is recorded as it comes in and committed every few seconds: whatever ends a
scan, the next one goes on where it was.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tagger.analysis.results import AlreadyAnalysed, Analysis
from tagger.errors import Failure
from tagger.library import claim_folders
from tagger.library.history import History
from tagger.library.records import AudioRow, FeatureBlob, FileRow, feature_arrays
from tagger.library.store import Store
from tagger.library.walk import FoundFile
from tagger.library.work_claims import WorkClaims
from tagger.models.predictor import Predictor
from tagger.scanning.options import ScanOptions
from tagger.scanning.result import ScanResult
from tagger.scanning.retry import MAX_ATTEMPTS, MAX_DELIVERIES, NOT_STORED, RETRIED, UNWRITTEN, is_unchanged
from tagger.scanning.tasks import Delivery, analyse, deliver
from tagger.scanning.workers import Runner, Task
from tagger.tags.write_record import FieldValues

if TYPE_CHECKING:
    pass

LOOKUP_BATCH = 2000
"""Files looked up at a time."""

CHUNK_SIZE = 64
"""Files analysed a chunk at most: so many outcomes wait for their tags and their line of the report."""

COMMIT_AFTER = 2.0
"""Seconds of work that a crash may cost."""


class State(NamedTuple):
    """What is known of a file before it is looked at: its audio, or why it failed, or that it is to be analysed."""

    audio: int | None = None
    failure: str | None = None
    tagged: bool = False
    new: bool = False


NEW = State(new=True)


@dataclass
class Scan:
    """A scan of files into a library store.

    Parameters
    ----------
    store : Store
        What is known, and where it is recorded.
    runner : Runner
        What analyses and writes.
    models : Models
        What predicts.
    options : Options
        How.
    claims : WorkClaims
        Assigns each audio to one worker.
    on_file : callable
        Called with a number of files that need no more looking at.
    """

    store: Store
    runner: Runner
    models: Predictor
    options: ScanOptions
    claims: WorkClaims = field(default_factory=WorkClaims)
    on_file: Callable[[int], object] = lambda count: None

    def __post_init__(self) -> None:
        # With what a file's tags agree once they are written.
        self.settings = f"{self.models.names} {self.options.threshold} {self.options.moods}"
        self.unchanged = 0
        self.unremembered: set[bytes] = set()
        # In how many scans in a row a file failed that is tried again, this one included.
        self.attempts: dict[bytes, int] = {}
        self.history = History(self.store, self.options.journal)
        # Whether a file whose tags agree is done, with nothing to do or to tell of it.
        asked = self.options
        self.silent = asked.tag and not (asked.report or asked.dry_run or asked.force)

    def recover_journal(self) -> list[str]:
        """Take into the store what a scan that was stopped left in the journal; return what the user is to be told."""
        return self.history.recover_journal()

    def run(self, files: Sequence[FoundFile]) -> Iterator[ScanResult]:
        """Yield what becomes of each file, in their order; those with nothing to tell of are only counted.

        Their number is in `unchanged`, and `unremembered` has the files of which the store knows nothing.
        """
        waiting: list[tuple[FoundFile, ScanResult]] = []
        for chunk in self._chunks(files):
            done = self._work([file for file, state in chunk if state.new], waiting)
            yield from done.delivered
            waiting = self._results(chunk, done)
            if not self.options.tag:
                yield from (outcome for _, outcome in waiting)
                waiting = []
        yield from self._work([], waiting).delivered
        self.store.commit()
        self.history.discard_committed()

    def _chunks(self, files: Sequence[FoundFile]) -> Iterator[list[tuple[FoundFile, State]]]:
        """Yield the files of which there is something to do or to tell, so much work at a time."""
        for start in range(0, len(files), LOOKUP_BATCH):
            part = files[start : start + LOOKUP_BATCH]
            left = self._not_done(part)
            self.unchanged += len(part) - len(left)
            self.on_file(len(part) - len(left))
            pairs = self._looked_up(left)
            work = [i for i, (_, state) in enumerate(pairs) if state.new]
            cuts = [0, *work[CHUNK_SIZE::CHUNK_SIZE], len(pairs)]
            yield from (pairs[a:b] for a, b in pairwise(cuts) if a < b)

    def _not_done(self, files: Sequence[FoundFile]) -> Sequence[FoundFile]:
        """Return the files of which there is something to do or to tell."""
        if not self.silent:
            return files
        done = self.store.files_with_current_tags([file.key for file in files], self.settings)
        return [file for file in files if (file.key, *file.stat) not in done]

    def _looked_up(self, files: Sequence[FoundFile]) -> list[tuple[FoundFile, State]]:
        rows = self.store.files([file.key for file in files])
        states = [self._state(file, rows.get(file.key)) for file in files]
        wanted = {state.audio for state in states if state.audio is not None}
        # A new model predicts from the features; where these are of another version, all is to do.
        ready = set(self.store.predictions(wanted, self.models.names))
        lacking = wanted - ready
        ready |= self.store.features(lacking, self.models.versions).keys() if lacking else set()
        lost = wanted - ready
        if lost:
            states = [NEW if state.audio in lost else state for state in states]
        return list(zip(files, states, strict=True))

    def _state(self, file: FoundFile, row: FileRow | None) -> State:
        if row is None or row[1:4] != file.stat or self.options.force:
            return NEW
        if row.failure is not None:
            self.attempts[file.key] = row.attempts
            again = row.failure in RETRIED and row.attempts < MAX_ATTEMPTS
            return NEW if again or self.options.retry_failed else State(failure=row.message)
        return State(audio=row.audio, tagged=row.tags_current == self.settings)

    def _work(self, new: list[FoundFile], waiting: list[tuple[FoundFile, ScanResult]]) -> _Done:
        """Analyse new files, and deliver the outcomes of those before."""
        done = _Done({}, {}, [outcome for _, outcome in waiting])
        if new:
            self.models.load_ahead()
        found = {file.path: file for file in new}
        places = {file.path: i for i, (file, outcome) in enumerate(waiting) if self._to_deliver(outcome)}
        tasks = [
            Task(deliver, (path, waiting[i][1], self.options, self._written(path, waiting[i][1])), once=True)
            for path, i in places.items()
        ]
        tasks += [Task(analyse, (path, self.claims, tuple(self.models.versions))) for path in found]
        deliveries: Counter[str] = Counter()
        while tasks:
            lost = []
            for task, result in self.runner.run(tasks):
                path = task.arguments[0]
                if task.function is deliver:
                    file, outcome = waiting[places[path]]
                    deliveries[path] += 1
                    if isinstance(result, Failure) and deliveries[path] < MAX_DELIVERIES and is_unchanged(file):
                        lost.append(task)
                        continue
                    done.delivered[places[path]] = self._delivered(file, outcome, result)
                else:
                    self._record(found[path], result, done)
                    self.on_file(1)
                if self.store.commit_after(COMMIT_AFTER):
                    self.history.discard_committed()
            tasks = lost + self._resolve_duplicates(found, done)
        return done

    def _record(self, file: FoundFile, result: Analysis | AlreadyAnalysed | Failure, done: _Done) -> None:
        """Record what a worker found out about a file."""
        if isinstance(result, Analysis):
            versions = self.models.versions
            features = {name: FeatureBlob.from_array(array, versions[name]) for name, array in result.features.items()}
            audio = self.store.add_audio(result.audio_hash, result.duration, features)
            self.store.set_file(file.key, file.stat, audio)
            done.audio[file.path] = (audio, True)
        elif isinstance(result, AlreadyAnalysed):
            done.unsettled[file.path] = result.audio_hash
        else:
            if result.kind in NOT_STORED:
                self.unremembered.add(file.key)
            else:
                attempts = self.attempts.get(file.key, 0) + (result.kind in RETRIED)
                self.store.set_failure(file.key, file.stat, result.kind, result.message, attempts)
            done.failed[file.path] = result.message

    def _resolve_duplicates(self, found: dict[str, FoundFile], done: _Done) -> list[Task]:
        """Find the audio of files that other files have too; return tasks for those whose holder failed."""
        again: list[Task] = []
        for path, audio_hash in done.unsettled.items():
            audio = self.store.audio_id(audio_hash)
            if audio is not None and self.store.features([audio], self.models.versions):
                self.store.set_file(found[path].key, found[path].stat, audio)
                done.audio[path] = (audio, False)
            else:
                self.claims.release(audio_hash)
                again.append(Task(analyse, (path, self.claims, tuple(self.models.versions))))
        done.unsettled.clear()
        return again

    def _results(self, chunk: list[tuple[FoundFile, State]], done: _Done) -> list[tuple[FoundFile, ScanResult]]:
        """Tell the emotions of a chunk of files, from the store or by the models."""
        songs = {file.path: (state.audio, False) for file, state in chunk if state.audio is not None} | done.audio
        rows = self._predict_missing({audio for audio, _ in songs.values()})
        outcomes = []
        for file, state in chunk:
            if file.path in songs:
                audio, analysed = songs[file.path]
                outcome = self._result(file.path, rows[audio], analysed, state.tagged)
            elif file.path in done.failed:
                outcome = ScanResult(file.path, error=done.failed[file.path])
            else:
                outcome = ScanResult(file.path, skipped=state.failure is not None, error=state.failure)
            outcomes.append((file, outcome))
        self.on_file(sum(not state.new for _, state in chunk))
        return outcomes

    def _result(self, path: str, row: AudioRow, analysed: bool, tagged: bool) -> ScanResult:
        return ScanResult(
            path,
            analysed=analysed,
            tags_current=tagged,
            duration=row.duration,
            audio_hash=row.audio_hash,
            emotion=row.prediction.emotion(self.options.threshold),
            model=self.models.names,
        )

    def _predict_missing(self, audio: set[int]) -> dict[int, AudioRow]:
        """Return the predictions of audio, after making those that the store does not have."""
        rows = self.store.predictions(audio, self.models.names)
        lacking = audio - rows.keys()
        for batch in batches(sorted(lacking)):
            songs = feature_arrays(self.store.features(batch, self.models.versions))
            for key, prediction in self.models.predict(songs).items():
                self.store.add_prediction(key, self.models.names, prediction)
        return rows | self.store.predictions(lacking, self.models.names) if lacking else rows

    def _written(self, path: str, outcome: ScanResult) -> tuple[FieldValues, FieldValues] | None:
        """Return what the store knows of our fields in a file that is to be written to."""
        if outcome.audio_hash is None:
            return None
        return self.history.latest_fields(outcome.audio_hash, os.fsencode(os.path.realpath(path)))

    def _to_deliver(self, outcome: ScanResult) -> bool:
        return outcome.emotion is not None and (self.options.dry_run or not outcome.tags_current)

    def _delivered(self, file: FoundFile, outcome: ScanResult, result: Delivery | Failure) -> ScanResult:
        """Record what a worker did with a file's tags."""
        if isinstance(result, Failure):
            why = UNWRITTEN.get(result.kind, result.message)
            return replace(outcome, error=f"not tagged: {why}; the next scan tries it again")
        if result.written is not None:
            self.history.add(result.written, result.written.to_bytes())
            self.history.uncommitted_entries.append(result.noted)
        if result.error is None and not self.options.dry_run:
            self.store.set_tags_current(file.key, result.stat, self.settings)
        return replace(outcome, change=result.change, untaggable=result.untaggable, error=result.error)


@dataclass
class _Done:
    """What came of a chunk's work, by path.

    `audio` has the audio of a file and whether it was analysed for it, `failed` the reason of a failure,
    `unsettled` the identity of audio that another file is to give, `delivered` the outcomes of before.
    """

    audio: dict[str, tuple[int, bool]]
    failed: dict[str, str]
    delivered: list[ScanResult]
    unsettled: dict[str, str] = field(default_factory=dict)


@contextmanager
def open_scan(
    store: Store,
    runner: Runner,
    models: Predictor,
    options: ScanOptions,
    place: str,
    *,
    shared: bool = True,
    on_file: Callable[[int], object] = lambda count: None,
    on_notice: Callable[[str], object] = lambda sentence: None,
) -> Iterator[Scan]:
    """Make a scan ready, after taking up what one that was stopped left.

    Parameters
    ----------
    store, runner, models, options, on_file
        As for `Scan`.
    place : str
        The store's file, which the workers read; empty for none.
    shared : bool
        The workers are on this machine, and can tell each other what they are at.
    on_notice : callable
        Given sentences about damaged records of writes.
    """
    with claim_folders.claim_folder(place) if shared and not options.force else nullcontext() as folder:
        claims = WorkClaims(place, folder, tuple(models.versions.items())) if folder is not None else WorkClaims()
        scan = Scan(store, runner, models, options, claims, on_file)
        for sentence in scan.recover_journal():
            on_notice(sentence)
        yield scan


def batches(items: Sequence[int]) -> Iterator[Sequence[int]]:
    """Part songs into as many as are held in memory with all their features at a time."""
    return (items[start : start + CHUNK_SIZE] for start in range(0, len(items), CHUNK_SIZE))

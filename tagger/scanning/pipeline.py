"""The pipeline of a scan: look up files, analyse new ones, predict in batches, write tags.

Files go through in chunks. While the workers analyse the new files of a chunk, they also write the tags of the
previous chunk, so that neither kind of work waits for the other; results come in the order of the files.

::

    files -> look up -> chunk n   -> AnalysisStage -> predict --+
             (store)    chunk n-1 -> DeliveryStage -> results   |
                           ^                                    |
                           +-------- becomes the previous chunk +

Results of workers are recorded as they arrive and committed every few seconds, so a scan that is stopped at any moment
loses little, and the next scan continues from there.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tagger.emotions import Prediction
from tagger.library.prediction_order import make_newest
from tagger.library.records import AudioRow, FeatureBlob, FileRow, feature_arrays
from tagger.library.walk import FoundFile
from tagger.scanning.result import ScanResult
from tagger.scanning.retry import MAX_ATTEMPTS, RETRIED
from tagger.scanning.stages import AnalysisStage, DeliveryStage, FileAudio, ScanState
from tagger.scanning.tasks import deliver
from tagger.scanning.workers import Runner

if TYPE_CHECKING:
    from tagger.models.predictor import SongFeatures

LOOKUP_BATCH = 2000
"""Number of files looked up at a time."""

CHUNK_SIZE = 64
"""Maximum number of files analysed in a chunk: so many results wait for their tags and their row of the report."""

COMMIT_AFTER = 2.0
"""Seconds of work that a crash may lose."""

logger = logging.getLogger(__name__)


class KnownFile(NamedTuple):
    """What the store knows of a file before the scan.

    Attributes
    ----------
    needs_analysis : bool
        Whether the file must be analysed.
    audio : int or None
        Id of its audio.
    failure : str or None
        Why it failed in an earlier scan; it is skipped.
    tags_current : bool
        Whether its tags agree with the prediction.
    row : AudioRow or None
        Facts of its audio and the prediction of the current models.
    features : dict of str to FeatureBlob or None
        Features of its audio, if there is no prediction of the current models.
    """

    needs_analysis: bool
    audio: int | None = None
    failure: str | None = None
    tags_current: bool = False
    row: AudioRow | None = None
    features: Mapping[str, FeatureBlob] | None = None


NEW_FILE = KnownFile(needs_analysis=True)

Chunk = list[tuple[FoundFile, KnownFile]]


class Pipeline:
    """The pipeline of a scan.

    Parameters
    ----------
    state : ScanState
        Store, models and options.
    runner : Runner
        The workers.
    chunk_size : int, optional
        Maximum number of files analysed in a chunk; by default `CHUNK_SIZE`.

    Attributes
    ----------
    unchanged : int
        Number of files without a result, because nothing had to be done for them.
    """

    def __init__(self, state: ScanState, runner: Runner, chunk_size: int | None = None) -> None:
        self.state = state
        self.runner = runner
        self.chunk_size = chunk_size or CHUNK_SIZE
        self.unchanged = 0
        self._analysis = AnalysisStage(state, [])
        self._delivery = DeliveryStage(state, [])
        self._waiting: deque[ScanResult] = deque()
        options = state.options
        self.skip_unchanged = options.tag and not (options.report or options.dry_run or options.force)
        """Whether files whose tags are current are only counted."""

    def run(self, files: Sequence[FoundFile]) -> Iterator[ScanResult]:
        """Scan files.

        Parameters
        ----------
        files : sequence of FoundFile
            The files.

        Yields
        ------
        ScanResult
            In the order of the files. There is none for unchanged files, unless a report is requested.
        """
        for chunk in self._chunks(files):
            self._analysis = AnalysisStage(self.state, [file for file, known in chunk if known.needs_analysis])
            self._work(self._delivery, self._analysis)
            yield from self._delivered()
            self._delivery = DeliveryStage(self.state, self._results(chunk, self._analysis))
            self._analysis = AnalysisStage(self.state, [])
            if not self.state.options.tag:
                yield from self._delivered()
        self._work(self._delivery, self._analysis)
        yield from self._delivered()
        self.state.store.commit()
        self.state.history.discard_committed()

    def _delivered(self) -> Iterator[ScanResult]:
        """Yield the results of the previous chunk."""
        self._waiting.extend(self._delivery.results)
        self._delivery = DeliveryStage(self.state, [])
        while self._waiting:
            yield self._waiting.popleft()

    def finished(self) -> list[ScanResult]:
        """Return the results of finished work that `run` has not yielded, because it was interrupted."""
        results = self._analysis.finished() | self._delivery.finished()
        results |= {result.path: result for result in self._waiting}
        return list(results.values())

    def _chunks(self, files: Sequence[FoundFile]) -> Iterator[Chunk]:
        """Yield chunks of the files that need work or a result; each has at most `CHUNK_SIZE` files to analyse."""
        for start in range(0, len(files), LOOKUP_BATCH):
            batch = files[start : start + LOOKUP_BATCH]
            remaining = self._without_unchanged(batch)
            unchanged = len(batch) - len(remaining)
            self.unchanged += unchanged
            self.state.on_file(unchanged)
            looked_up = self._look_up(remaining)
            new = sum(known.needs_analysis for _, known in looked_up)
            logger.debug("looked up %d files: %d unchanged, %d to analyse", len(batch), unchanged, new)
            yield from _split(looked_up, self.chunk_size)

    def _without_unchanged(self, files: Sequence[FoundFile]) -> Sequence[FoundFile]:
        """Return the files that need work or a result."""
        if not self.skip_unchanged:
            return files
        current = self.state.store.files_with_current_tags([file.key for file in files], self.state.settings)
        return [file for file in files if (file.key, *file.stat) not in current]

    def _look_up(self, files: Sequence[FoundFile]) -> Chunk:
        """Look up files, with the predictions of their audio or, if the current models made none, its features."""
        store, predictor = self.state.store, self.state.predictor
        rows = store.files([file.key for file in files])
        states = [self._known_file(file, rows.get(file.key)) for file in files]
        audio = {known.audio for known in states if known.audio is not None}
        predicted = store.predictions(audio, predictor.names)
        unpredicted = audio - predicted.keys()
        features = store.features(unpredicted, predictor.versions) if unpredicted else {}
        looked_up: Chunk = []
        for file, known in zip(files, states, strict=True):
            if known.audio is None:
                looked_up.append((file, known))
            elif known.audio in predicted:
                looked_up.append((file, known._replace(row=predicted[known.audio])))
            elif known.audio in features:
                looked_up.append((file, known._replace(features=features[known.audio])))
            else:  # features of an older version
                looked_up.append((file, NEW_FILE))
        return looked_up

    def _known_file(self, file: FoundFile, row: FileRow | None) -> KnownFile:
        options = self.state.options
        if row is None or row[1:4] != file.stat or options.force:
            return NEW_FILE
        if row.failure is not None:
            self.state.attempts[file.key] = row.attempts
            if options.retry_failed or (row.failure in RETRIED and row.attempts < MAX_ATTEMPTS):
                return NEW_FILE
            logger.debug("skipped, because it failed before (%s): %s", row.failure, file.path)
            return KnownFile(needs_analysis=False, failure=row.message)
        current = row.tags_current == self.state.settings
        return KnownFile(needs_analysis=False, audio=row.audio, tags_current=current)

    def _work(self, delivery: DeliveryStage, analysis: AnalysisStage) -> None:
        """Run the tasks of both stages, and again those that were lost."""
        if analysis.files:
            self.state.predictor.load_ahead()
        tasks = delivery.tasks() + analysis.tasks()
        while tasks:
            again = []
            for task, result in self.runner.run(tasks):
                stage = delivery if task.function is deliver else analysis
                again += stage.accept(task, result)
                if self.state.store.commit_after(COMMIT_AFTER):
                    self.state.history.discard_committed()
            tasks = again + analysis.resolve_duplicates()

    def _results(self, chunk: Chunk, analysis: AnalysisStage) -> list[tuple[FoundFile, ScanResult]]:
        """Predict the files of a chunk, and return their results before tags are written."""
        audio = analysis.audio | {
            file.path: FileAudio(known.audio, False) for file, known in chunk if known.audio is not None
        }
        rows = self._predictions({item.audio for item in audio.values()}, chunk, analysis.features)
        results = []
        for file, known in chunk:
            if file.path in audio:
                item = audio[file.path]
                result = self._result(file.path, rows[item.audio], item.analysed, known.tags_current)
            elif file.path in analysis.failures:
                result = ScanResult(file.path, error=analysis.failures[file.path])
            else:
                result = ScanResult(file.path, skipped=known.failure is not None, error=known.failure)
            results.append((file, result))
        self.state.on_file(sum(not known.needs_analysis for _, known in chunk))
        return results

    def _result(self, path: str, row: AudioRow, analysed: bool, tags_current: bool) -> ScanResult:
        return ScanResult(
            path,
            analysed=analysed,
            tags_current=tags_current,
            duration=row.duration,
            audio_hash=row.audio_hash,
            emotion=row.prediction.emotion(self.state.options.threshold),
            model=self.state.predictor.names,
        )

    def _predictions(self, audio: set[int], chunk: Chunk, analysed: Mapping[int, SongFeatures]) -> dict[int, AudioRow]:
        """Return the predictions of audio, from the store or by the models.

        Parameters
        ----------
        audio : set of int
            Audio ids.
        chunk : list of (FoundFile, KnownFile)
            The files that hold them, with predictions and features that were looked up.
        analysed : dict of int to dict of str to numpy.ndarray
            Features that were extracted for this chunk.
        """
        store, predictor = self.state.store, self.state.predictor
        rows = {known.audio: known.row for _, known in chunk if known.audio is not None and known.row is not None}
        rows |= store.predictions(audio - rows.keys(), predictor.names)
        make_newest(store, rows, predictor.names)
        missing = sorted(audio - rows.keys())
        facts = store.audio_facts(missing)
        stored = {
            known.audio: known.features
            for _, known in chunk
            if known.audio is not None and known.features is not None and known.audio not in rows
        }
        for batch in batches(missing):
            blobs = {key: stored[key] for key in batch if key in stored}
            # A copy of audio that was analysed by an earlier scan, whose models were other ones.
            blobs |= store.features([key for key in batch if key not in stored.keys() | analysed], predictor.versions)
            available = {**analysed, **feature_arrays(blobs)}
            for key, prediction in predictor.predict({key: available[key] for key in batch}).items():
                store.add_prediction(key, predictor.names, prediction)
                rows[key] = AudioRow(*facts[key], _as_stored(prediction))
        return rows


def _split(files: Iterable[tuple[FoundFile, KnownFile]], size: int) -> Iterator[Chunk]:
    """Split files into chunks with at most `size` files to analyse each."""
    chunk: Chunk = []
    new = 0
    for file, known in files:
        if known.needs_analysis and new == size:
            yield chunk
            chunk, new = [], 0
        chunk.append((file, known))
        new += known.needs_analysis
    if chunk:
        yield chunk


def _as_stored(prediction: Prediction) -> Prediction:
    """Return a prediction with the numbers that the store will return: SQLite has no negative zero."""
    deviations = (prediction.valence_sd, prediction.arousal_sd)
    valence_sd, arousal_sd = (None if deviation is None else deviation + 0.0 for deviation in deviations)
    return prediction._replace(
        valence=prediction.valence + 0.0,
        arousal=prediction.arousal + 0.0,
        threshold=prediction.threshold + 0.0,
        probabilities=tuple(probability + 0.0 for probability in prediction.probabilities),
        valence_sd=valence_sd,
        arousal_sd=arousal_sd,
    )


def batches(items: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split audio ids into batches that fit in memory with all their features.

    Parameters
    ----------
    items : sequence of int
        Audio ids.

    Yields
    ------
    sequence of int
        At most `CHUNK_SIZE` of them.
    """
    return (items[start : start + CHUNK_SIZE] for start in range(0, len(items), CHUNK_SIZE))

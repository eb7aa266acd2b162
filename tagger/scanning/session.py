"""A scan from the lock of the library to the results: what the command and the Python interface both run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from tagger.io import library_paths
from tagger.library import claim_folders
from tagger.library.history import History
from tagger.library.lock import library_lock
from tagger.library.records import FileStat, feature_arrays
from tagger.library.songs import file_tags
from tagger.library.store import Store
from tagger.library.walk import FoundFile, walk
from tagger.library.work_claims import WorkClaims
from tagger.models.predictor import Predictor
from tagger.scanning.consent import FirstWrite, require_consent
from tagger.scanning.leftovers import walk_and_recover
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.pipeline import Pipeline
from tagger.scanning.stages import ScanState, tag_settings

if TYPE_CHECKING:
    from tagger.models.predictor import SongFeatures
    from tagger.scanning.result import ScanResult
    from tagger.scanning.workers import Runner
    from tagger.tags.basic_tags import BasicTags

DEFAULT_WALK = WalkOptions()
DEFAULT_WORKERS = WorkerOptions()

logger = logging.getLogger(__name__)

# Python prints warnings of loggers without a handler; a program that uses the package decides that for itself.
logging.getLogger("tagger").addHandler(logging.NullHandler())


class ScanSession:
    """A scan of files and folders; a context manager.

    Entering locks and opens the library database, finds the files, repairs what interrupted scans left behind, and
    connects to the workers. `run` then yields the results.

    Messages go to the logger ``tagger``: warnings for what the user should know, debug messages for what is looked up,
    skipped and run again.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.
    options : ScanOptions
        What to do with the files; the journal is the one of the store.
    store : str
        File of the library database; empty for a scan without one.
    find : WalkOptions
        Which files to find.
    workers : WorkerOptions
        How to run the work.
    models : sequence of str
        Model files; for a kind without a file the bundled model is used.
    on_unsearched : callable
        Called with an `OSError` for each folder that could not be searched.
    confirm : callable, optional
        Called on entering, before the first scan that writes tags below some of the paths, with a `FirstWrite`. If it
        returns False, `Declined` is raised; otherwise the store remembers the consent. By default it is not needed.
    predictor : Predictor, optional
        Models that are loaded already, in place of `models`.
    runner : context manager of Runner, optional
        Workers that are running already, in place of `workers`; it is entered for this scan.
    chunk_size : int, optional
        Number of new files whose results come together; by default `tagger.scanning.pipeline.CHUNK_SIZE`.
    select : callable, optional
        Called with the store, the settings on which tags depend, and the files that were found; returns those to scan.
        By default all are scanned.

    Attributes
    ----------
    files : list of FoundFile
        The files to scan, sorted by path.

    Raises
    ------
    EmotagError
        On entering: `StoreError` if the store cannot be used, `LibraryBusy` if another scan holds it, `ModelError` if a
        model cannot be used, `Declined` if `confirm` returned False, and `EmotagError` if the Dask scheduler does not
        answer.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: ScanOptions,
        *,
        store: str = "",
        find: WalkOptions = DEFAULT_WALK,
        workers: WorkerOptions = DEFAULT_WORKERS,
        models: Sequence[str] = (),
        on_unsearched: Callable[[OSError], None] = lambda error: None,
        confirm: Callable[[FirstWrite], bool] | None = None,
        predictor: Predictor | None = None,
        runner: AbstractContextManager[Runner] | None = None,
        chunk_size: int | None = None,
        select: Callable[[Store, str, Sequence[FoundFile]], list[FoundFile]] | None = None,
    ) -> None:
        self.paths = paths
        self.options = replace(options, journal=library_paths.journal_dir(store))
        self.store_path = store
        self.find = find
        self.workers = workers
        self.models = models
        self.on_unsearched = on_unsearched
        self.confirm = confirm
        self.predictor = predictor
        self.runner = runner
        self.chunk_size = chunk_size
        self.select = select
        self.files: list[FoundFile] = []

    def __enter__(self) -> ScanSession:
        with ExitStack() as stack:
            stack.enter_context(library_lock(self.store_path))
            self._store = stack.enter_context(Store(self.store_path))
            predictor = self.predictor or Predictor(self.models)
            self.files = self._found = self._find_files()
            history = History(self._store, self.options.journal)
            for notice in history.recover_journal():
                logger.warning("%s", notice)
            if self.confirm and self.options.writes:
                require_consent(self._store, self.paths, self.files, self.options, predictor, self.confirm)
            if self._store.has_outdated_features(predictor.versions):
                logger.info("the features have changed since the last scan: all files are analysed again")
            if self.select is not None:
                self.files = self.select(self._store, tag_settings(predictor, self.options), self._found)
            runner = stack.enter_context(self.runner or self._start_runner())
            claims = stack.enter_context(self._claims(predictor))
            self._state = ScanState(self._store, predictor, self.options, claims, history)
            self._pipeline = Pipeline(self._state, runner, self.chunk_size)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    @property
    def unchanged(self) -> int:
        """Number of files so far without a result, because nothing had to be done for them."""
        return self._pipeline.unchanged

    def finished(self) -> list[ScanResult]:
        """Return the results of finished work that `run` has not yielded, because it was interrupted."""
        return self._pipeline.finished()

    @property
    def own_labels(self) -> tuple[str, ...] | None:
        """The user's own moods that a model predicts; None without such a model."""
        return self._state.predictor.own_labels

    def run(self, on_file: Callable[[int], object] = lambda count: None) -> Iterator[ScanResult]:
        """Scan the files; afterwards, remove files that are gone from the store.

        Parameters
        ----------
        on_file : callable
            Called with the number of files that were looked up or analysed.

        Yields
        ------
        ScanResult
            In the order of the files. There is none for unchanged files, unless a report is requested.
        """
        self._state.on_file = on_file
        yield from self._pipeline.run(self.files)
        self._remove_missing_files()

    def recorded(self) -> dict[bytes, FileStat]:
        """Return the files for which nothing is left to do, as the library database has them after the scan.

        Files that could not be read or written at this time are missing, because the next scan tries them again.

        Returns
        -------
        dict of bytes to FileStat
            By key. After a write of tags, a file is no longer as it was found.
        """
        rows = self._store.files([file.key for file in self.files])
        return {
            key: FileStat(row.size, row.mtime_ns, row.inode)
            for key, row in rows.items()
            if row.failure is not None or row.tags_current is not None
        }

    def tags_of(self, path: str) -> BasicTags:
        """Return title, artist, album and genres of a file.

        Parameters
        ----------
        path : str

        Returns
        -------
        BasicTags
        """
        return file_tags(self._store, path)

    def features_of(self, audio_hash: str) -> SongFeatures | None:
        """Return the features from which the models of this scan predict an audio.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets.

        Returns
        -------
        dict of str to numpy.ndarray, shape=(rows, columns), or None
            By feature set; None if the store does not have them in their current version.
        """
        audio = self._store.audio_id(audio_hash)
        if audio is None:
            return None
        return feature_arrays(self._store.features([audio], self._state.predictor.versions)).get(audio)

    def _find_files(self) -> list[FoundFile]:
        find = partial(
            walk,
            self.paths,
            include=self.find.include,
            exclude=self.find.exclude,
            follow_symlinks=self.find.follow_symlinks,
            on_error=self.on_unsearched,
        )
        if not self.options.writes:
            return find()
        return walk_and_recover(
            lambda on_leftover: find(on_leftover=on_leftover),
            self.options.journal,
            lambda notice: logger.warning("%s", notice),
        )

    def _start_runner(self) -> AbstractContextManager[Runner]:
        if self.workers.dask_address:
            from tagger.scanning.dask_cluster import DaskCluster

            return DaskCluster(self.workers.dask_address, timeout=self.workers.timeout)
        from tagger.scanning.workers import WorkerPool, available_processors

        jobs = max(1, min(self.workers.jobs or available_processors(), len(self.files)))
        return WorkerPool(jobs, timeout=self.workers.timeout, nice=self.workers.nice)

    def _claims(self, predictor: Predictor) -> AbstractContextManager[WorkClaims]:
        """Return what tells the workers which audio is analysed; they must be on this machine to use it."""
        if self.workers.dask_address or self.options.force:
            return nullcontext(WorkClaims())
        return self._shared_claims(tuple(predictor.versions.items()))

    @contextmanager
    def _shared_claims(self, versions: tuple[tuple[str, int], ...]) -> Iterator[WorkClaims]:
        with claim_folders.claim_folder(self.store_path) as folder:
            yield WorkClaims(self.store_path, folder, versions)

    def _remove_missing_files(self) -> None:
        present = {file.key for file in self._found} - self._state.not_stored
        for path in self.paths:
            if os.path.isdir(path):
                self._store.remove_missing_files(os.fsencode(os.path.abspath(path)), present)

"""The session of the Python interface, which a player or plugin keeps open to analyse, tag and restore files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from os import PathLike
from threading import Event, Lock
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagger.library.query_terms import Node
    from tagger.scanning.options import ScanOptions
    from tagger.scanning.result import ScanResult
    from tagger.scanning.undo import UndoOptions, UndoResult

Path = str | bytes | PathLike[str] | PathLike[bytes]

Progress = Callable[[int, int], object]
"""Called with the number of files that are done, and the number of all files."""

FILES_PER_WORKER = 4
"""New files for each worker whose results come together. A player shows moods soon; the command, which has larger
groups, waits less often for the last file of a group."""


class Session:
    """A session that analyses, tags and restores files, as often as its caller wants; a context manager.

    The models are loaded once, and the worker processes keep running from one call to the next. The library database
    is locked only while results are being read, so that other programs can use it in between.

    A file that cannot be analysed, tagged or restored is a result with an `error`, and no exception. A session may be
    used in any thread, but yields the results of one call at a time.

    Parameters
    ----------
    store : path, optional
        The library database; by default the user's own one. With ``""`` there is none: nothing is looked up or stored.
    jobs : int, optional
        Maximum number of worker processes; by default one per available processor.
    models : sequence of path
        Model files to use in place of the bundled models of the same kinds.
    timeout : float, optional
        Seconds of work after which a file is given up; None for no limit.
    nice : int
        Increment of the niceness of the worker processes, in 0..19.

    Raises
    ------
    ModelError
        On entering, if a model cannot be used.

    Examples
    --------
    >>> import tagger
    >>> with tagger.Session(jobs=1) as session:
    ...     for result in session.analyse(["Music", "missing.flac"]):
    ...         print(result.path, result.error or len(result.emotion.probabilities))
    Music/a.flac 6
    missing.flac cannot be read (No such file or directory)
    """

    def __init__(
        self,
        *,
        store: Path | None = None,
        jobs: int | None = None,
        models: Sequence[Path] = (),
        timeout: float | None = 300.0,
        nice: int = 0,
    ) -> None:
        from tagger.io.library_paths import store_path

        self._store = store_path() if store is None else os.fsdecode(store)
        self._jobs = jobs
        self._models = [os.fsdecode(model) for model in models]
        self._timeout = timeout
        self._nice = nice
        self._in_use = Lock()
        self._stack: ExitStack | None = None

    def __enter__(self) -> Session:
        from tagger.models.predictor import Predictor
        from tagger.scanning.workers import WorkerPool, available_processors

        self._predictor = Predictor(self._models)
        pool = WorkerPool(self._jobs or available_processors(), timeout=self._timeout, nice=self._nice)
        self._stack = ExitStack()
        self._pool = self._stack.enter_context(pool)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.__exit__(kind, error, traceback)

    def analyse(
        self,
        paths: Path | Iterable[Path],
        *,
        threshold: float | None = None,
        features: bool = False,
        force: bool = False,
        retry_failed: bool = False,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Iterator[ScanResult]:
        """Predict the emotions of files, and of all music in folders. The files are only read.

        Files that are in the library database are not analysed again. The loop may be left at any file: finished work
        is stored.

        Parameters
        ----------
        paths : path or iterable of path
            Files and folders.
        threshold : float, optional
            Minimum probability for a mood to be assigned, in 0..1; by default the threshold of the model.
        features : bool
            Whether the results have the features from which the models predict.
        force : bool
            Analyse files even if they are in the library database.
        retry_failed : bool
            Analyse files that failed before; otherwise their results have the same error again.
        progress : callable, optional
            Called with the number of files that are done and the number of all files, in the thread that reads the
            results.
        cancel : threading.Event, optional
            When another thread or `progress` sets it, the results end within a second. Finished work is stored.

        Yields
        ------
        ScanResult
            For every file, sorted by path, after the folders that could not be searched.

        Raises
        ------
        StoreError
            If the library database cannot be used.
        LibraryBusy
            If another process uses it.
        """
        from tagger.scanning.options import ScanOptions

        options = ScanOptions(tag=False, report=True, threshold=threshold, force=force, retry_failed=retry_failed)
        return self._run(paths, options, features, progress, cancel)

    def tag(
        self,
        paths: Path | Iterable[Path],
        *,
        moods: str = "merge",
        words: Mapping[str, str | Sequence[str]] | None = None,
        preserve_mtime: bool = False,
        dry_run: bool = False,
        threshold: float | None = None,
        force: bool = False,
        retry_failed: bool = False,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Iterator[ScanResult]:
        """Predict the emotions of files like `analyse`, and write them to the tags. `undo` restores the earlier tags.

        Parameters
        ----------
        paths, threshold, force, retry_failed, progress, cancel
            As for `analyse`.
        moods : {"merge", "replace", "keep"}
            How to treat moods that other programs wrote.
        words : mapping of str to str or sequence of str, optional
            Texts to write for the moods, in place of their labels; an empty text to write nothing for a mood.
        preserve_mtime : bool
            Keep the modification times of the files.
        dry_run : bool
            Compute the changes of tags, but write nothing.

        Yields
        ------
        ScanResult
            As for `analyse`. Its `change` has the old and new tags; its `error` also says why tags were not written.

        Raises
        ------
        StoreError, LibraryBusy
            As for `analyse`.
        WordsError
            If a text of `words` cannot be written to tags.
        """
        from tagger.scanning.options import ScanOptions
        from tagger.tags import POLICIES
        from tagger.tags.mood_words import parse_words

        if moods not in POLICIES:
            raise ValueError(f"moods is {moods!r}, and not one of {', '.join(POLICIES)}")
        options = ScanOptions(
            report=True,
            moods=moods,
            words=parse_words(words or {}),
            preserve_mtime=preserve_mtime,
            dry_run=dry_run,
            threshold=threshold,
            force=force,
            retry_failed=retry_failed,
        )
        return self._run(paths, options, False, progress, cancel)

    def undo(
        self,
        paths: Path | Iterable[Path],
        *,
        preserve_mtime: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Iterator[UndoResult]:
        """Restore the tags that files had before emotag wrote them, like ``emotag undo``.

        Parameters
        ----------
        paths, progress, cancel
            As for `analyse`.
        preserve_mtime : bool
            Keep the modification times of the files.
        dry_run : bool
            Compute what would be restored, and change nothing.

        Yields
        ------
        UndoResult
            For every file, sorted by path.

        Raises
        ------
        StoreError, LibraryBusy
            As for `analyse`.
        """
        from tagger.scanning.undo import UndoOptions

        self._check_open()
        return self._undo(_path_list(paths), UndoOptions(self._store, dry_run, preserve_mtime), progress, cancel)

    def stored(self, paths: Path | Iterable[Path] = (), query: str = "") -> Iterator[ScanResult]:
        """Yield what the library database has of files, without opening them.

        Parameters
        ----------
        paths : path or iterable of path
            Files and folders; by default all files of the library.
        query : str
            Only songs that match, as in ``emotag playlist``: ``"mood:happy valence>0.3"``.

        Yields
        ------
        ScanResult
            Sorted by path. There is none for a file that was not analysed yet.

        Raises
        ------
        StoreError
            If the library database cannot be used.
        QueryError
            If the query cannot be understood.
        """
        from tagger.library.query import EVERY_SONG, parse_query

        return self._stored(_path_list(paths), parse_query(query) if query else EVERY_SONG)

    def _check_open(self) -> None:
        if self._stack is None:
            raise RuntimeError("the session is not open; use it in a with statement")

    @contextmanager
    def _use(self) -> Iterator[None]:
        """Hold the workers for one call, the results of which are read."""
        self._check_open()
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError("the session yields the results of one call at a time; finish or close the other first")
        try:
            yield
        finally:
            self._in_use.release()

    def _run(
        self,
        paths: Path | Iterable[Path],
        options: ScanOptions,
        features: bool,
        progress: Progress | None,
        cancel: Event | None,
    ) -> Iterator[ScanResult]:
        self._check_open()
        return self._results(_path_list(paths), options, features, progress, cancel)

    def _results(
        self,
        paths: list[str],
        options: ScanOptions,
        features: bool,
        progress: Progress | None,
        cancel: Event | None,
    ) -> Iterator[ScanResult]:
        """Yield the results of a scan with the workers of this session."""
        from tagger.scanning.result import ScanResult
        from tagger.scanning.session import ScanSession
        from tagger.scanning.workers import Cancelled

        unsearched: list[OSError] = []
        with self._use():
            scan = ScanSession(
                paths,
                options,
                store=self._store,
                on_unsearched=unsearched.append,
                predictor=self._predictor,
                runner=self._pool.lend(cancel),
                chunk_size=FILES_PER_WORKER * len(self._pool.workers),
            )
            with scan:
                for error in unsearched:
                    yield ScanResult(str(error.filename), error=_walk_error(error))
                count = _counter(progress, len(scan.files))
                try:
                    for result in scan.run(count):
                        if features and result.audio_hash:
                            result = replace(result, features=scan.features_of(result.audio_hash))
                        yield result
                        if cancel is not None and cancel.is_set():
                            return
                except Cancelled:
                    return

    def _undo(
        self, paths: list[str], options: UndoOptions, progress: Progress | None, cancel: Event | None
    ) -> Iterator[UndoResult]:
        from tagger.scanning.undo import UndoSession

        with self._use(), UndoSession(paths, options) as undo:
            for result in undo.run(_counter(progress, len(undo.files))):
                yield result
                if cancel is not None and cancel.is_set():
                    return

    def _stored(self, paths: list[str], query: Node) -> Iterator[ScanResult]:
        from tagger.library.store import Store
        from tagger.scanning.stored_results import stored_results

        if os.path.exists(self._store):  # reading does not create a library
            with Store(self._store) as store:
                yield from stored_results(store, paths, query)


def _path_list(paths: Path | Iterable[Path]) -> list[str]:
    """Return one path or several as strings."""
    if isinstance(paths, (str, bytes, PathLike)):
        paths = [paths]
    return [os.fsdecode(path) for path in paths]


def _walk_error(error: OSError) -> str:
    """Return why a folder was not searched."""
    from tagger.library.ignore_files import IgnoreFileError

    reason = error.strerror or str(error)
    if isinstance(error, IgnoreFileError):
        return f"cannot be used ({reason}); its folder is left out"
    return f"cannot be searched ({reason})"


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Return a function that adds a number of files to those that are done, and reports the progress."""
    done = 0

    def count(files: int) -> None:
        nonlocal done
        done += files
        if progress is not None and files:
            progress(done, total)

    return count

"""What Python programs call: `analyse` for one file, `scan` for many."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from os import PathLike
from typing import TYPE_CHECKING

from tagger.errors import AudioError
from tagger.scanning.options import ScanOptions
from tagger.scanning.result import ScanResult

if TYPE_CHECKING:
    from tagger.emotions import Emotion

Path = str | PathLike[str]


def analyse(path: Path, *, threshold: float | None = None, models: Sequence[Path] = ()) -> Emotion:
    """Tell the emotion of one file, which is only read; nothing is remembered.

    Parameters
    ----------
    path : path
        A file with audio.
    threshold : float, optional
        Probability from which a mood is given, instead of the model's own.
    models : sequence of path
        Models you trained, instead of the bundled ones of their kinds.

    Returns
    -------
    Emotion

    Raises
    ------
    AudioError
        If the file cannot be analysed.
    ModelError
        If a model cannot be used.

    Examples
    --------
    >>> import tagger
    >>> emotion = tagger.analyse("song.flac")
    >>> set(emotion.moods) <= set(tagger.MOODS)
    True
    >>> -1 <= emotion.valence <= 1
    True
    >>> emotion.quadrant in ("happy", "tense", "sad", "calm")
    True
    """
    from tagger.analysis.extraction import analyse as analysed
    from tagger.analysis.results import Analysis
    from tagger.errors import Failure
    from tagger.models.predictor import Predictor

    used = Predictor([os.fspath(model) for model in models])
    found = analysed(os.fspath(path), kinds=tuple(used.versions))
    if isinstance(found, Failure):
        raise AudioError(found.kind, f"{os.fspath(path)}: {found.message}")
    assert isinstance(found, Analysis)
    return used.predict_song(found.features).emotion(threshold)


def scan(
    paths: Iterable[Path],
    *,
    tag: bool = False,
    moods: str = "merge",
    threshold: float | None = None,
    exclude: Sequence[str] = (),
    force: bool = False,
    store: Path | None = None,
    jobs: int | None = None,
    models: Sequence[Path] = (),
) -> Iterator[ScanResult]:
    """Tell the emotions of all music in files and folders, as ``emotag scan`` does.

    What is known from an earlier scan is not analysed again. Breaking off is safe: what was done is kept.

    Parameters
    ----------
    paths : iterable of path
        Files and folders.
    tag : bool
        Write tags into the files; ``emotag undo`` takes them out again.
    moods : str
        With moods that others wrote: ``merge``, ``replace`` or ``keep``.
    threshold : float, optional
        Probability from which a mood is given, instead of the model's own.
    exclude : sequence of str
        Globs of files and folders to leave out.
    force : bool
        Analyse again what is known.
    store : path, optional
        The library store, if not the user's own; with ``""`` nothing is known and nothing remembered.
    jobs : int, optional
        Worker processes; all processors if not given.
    models : sequence of path
        Models you trained, instead of the bundled ones of their kinds.

    Yields
    ------
    Outcome
        For every file, in the order of the walk: its emotion, or why there is none.

    Raises
    ------
    StoreError
        If the store cannot be used, or another scan holds it.
    ModelError
        If a model cannot be used.

    Examples
    --------
    >>> import tagger
    >>> for outcome in tagger.scan(["Music"]):
    ...     print(outcome.path, outcome.error or outcome.emotion.quadrant in ("happy", "tense", "sad", "calm"))
    Music/a.flac True
    """
    from tagger.library import journal
    from tagger.library import paths as library_paths
    from tagger.library.lock import library_lock
    from tagger.library.store import Store
    from tagger.library.walk import walk
    from tagger.models.predictor import Predictor
    from tagger.scanning.pipeline import open_scan
    from tagger.scanning.workers import WorkerPool, available_processors
    from tagger.tags.atomic import remove_leftovers
    from tagger.tags.in_place import default_journal
    from tagger.tags.recovery import recover

    where = library_paths.store_path() if store is None else os.fspath(store)
    options = ScanOptions(
        tag=tag, report=True, force=force, threshold=threshold, moods=moods, journal=journal.journal_dir(where)
    )
    leftovers: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(library_lock(where))
        opened = stack.enter_context(Store(where))
        used = Predictor([os.fspath(model) for model in models])
        listed = [os.fspath(path) for path in paths]
        if tag:
            recover(options.journal or default_journal())
        files = walk(listed, exclude=exclude, on_leftover=leftovers.append)
        if tag:
            remove_leftovers(leftovers)
        runner = stack.enter_context(WorkerPool(max(1, min(jobs or available_processors(), len(files)))))
        yield from stack.enter_context(open_scan(opened, runner, used, options, where)).run(files)

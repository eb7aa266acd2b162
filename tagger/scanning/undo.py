"""Restore the tags that files had before emotag wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagger import tags
from tagger.errors import TagError
from tagger.library import journal
from tagger.library.history import History
from tagger.library.lock import library_lock
from tagger.library.store import Store
from tagger.library.walk import FoundFile, walk
from tagger.scanning.leftovers import walk_and_recover

if TYPE_CHECKING:
    from tagger.tags import Change


@dataclass(frozen=True)
class UndoOptions:
    """How tags are restored.

    Attributes
    ----------
    store : str
        Path of the library store; empty to use the markers in the files only.
    dry_run : bool
        Find out what would be restored, and change nothing.
    preserve_mtime : bool
        Keep the modification times of the files.
    """

    store: str = ""
    dry_run: bool = False
    preserve_mtime: bool = False


@dataclass(frozen=True)
class UndoResult:
    """What happened to the tags of one file.

    Attributes
    ----------
    path : str
    change : Change or None
        Tags before and after; None if the file failed.
    error : str
        Reason why the tags could not be restored; else empty.
    has_record : bool
        False if the library should have a record of the earlier tags and has none, so that only the values of emotag
        were removed.
    """

    path: str
    change: Change | None = None
    error: str = ""
    has_record: bool = True


class Undo:
    """An undo of the tags of some files. Use `open_undo`.

    Parameters
    ----------
    files : sequence of FoundFile
    history : History
        Writes of emotag that are on record.
    options : UndoOptions

    Attributes
    ----------
    files : sequence of FoundFile
        Files whose tags are restored.
    """

    def __init__(self, files: Sequence[FoundFile], history: History, options: UndoOptions) -> None:
        self.files = files
        self._history = history
        self._options = options

    def run(self, on_file: Callable[[int], object] = lambda count: None) -> Iterator[UndoResult]:
        """Restore the tags of the files.

        Parameters
        ----------
        on_file : callable, optional
            Called with 1 before each file.

        Yields
        ------
        UndoResult
            One for each file that can have tags.
        """
        for file in self.files:
            on_file(1)
            try:
                result = self._restore(file.path)
            except tags.NotTaggable:
                continue
            except TagError as error:
                result = UndoResult(file.path, error=str(error))
            yield result

    def _restore(self, path: str) -> UndoResult:
        history, options = self._history, self._options
        history.unmatched = False
        change, undone = tags.revert(
            path,
            history.write_finder(path),
            history.fields_matching_file,
            unmarked=history.may_be_unmarked if options.store else _has_no_unmarked_writes,
            dry_run=options.dry_run,
            preserve_mtime=options.preserve_mtime,
            journal=history.folder,
        )
        if change.changed and not options.dry_run:
            old, new = ({field: values[i] for field, values in change.fields.items()} for i in (0, 1))
            history.record_undo(path, undone, old, new)
        without_record = bool(options.store) and change.changed and history.unmatched
        return UndoResult(path, change, has_record=not without_record)


def _has_no_unmarked_writes(path: str) -> bool:
    """Answer for the library where there is none: emotag has written to no file without a marker."""
    return False


@contextmanager
def open_undo(
    paths: Sequence[str],
    options: UndoOptions,
    *,
    on_notice: Callable[[str], object],
    on_walk_error: Callable[[OSError], None],
) -> Iterator[Undo]:
    """Lock the library, complete interrupted writes, and find the files whose tags are to be restored.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.
    options : UndoOptions
    on_notice : callable
        Called with sentences about interrupted writes and damaged records.
    on_walk_error : callable
        Called with the error for each folder that cannot be searched.

    Yields
    ------
    Undo

    Raises
    ------
    StoreError
        If the store or its journal cannot be used.
    LibraryBusy
        If another process uses the library.
    """
    folder = journal.journal_dir(options.store)
    with library_lock(options.store), Store(options.store) as store:
        history = History(store, folder)
        if options.dry_run:
            files = walk(paths, on_error=on_walk_error)
        else:
            files = walk_and_recover(
                lambda on_temporary_file: walk(paths, on_leftover=on_temporary_file, on_error=on_walk_error),
                folder,
                on_notice,
            )
        for notice in history.recover_journal():
            on_notice(notice)
        yield Undo(files, history, options)

"""Restore the tags that files had before emotag wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tagger import tags
from tagger.errors import TagError
from tagger.io import library_paths, regular
from tagger.library.history import History
from tagger.library.lock import library_lock
from tagger.library.path_text import path_to_text
from tagger.library.store import Store
from tagger.library.walk import FoundFile, walk
from tagger.scanning.leftovers import walk_and_recover

if TYPE_CHECKING:
    from tagger.tags import Change


MARKER_NAME = "EMOTAG"
"""Name of the field of the marker in all containers, in upper case."""

READ_SIZE = 1 << 20
"""Bytes that are read at a time."""


@dataclass(frozen=True)
class UndoOptions:
    """How tags are restored.

    Attributes
    ----------
    store : str
        Path of the library database; empty to use the markers in the files only.
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
        Tags before and after; None if the file failed or was skipped.
    error : str
        Reason why the tags could not be restored; else empty.
    has_record : bool
        False if the library should have a record of the earlier tags and has none, so that only the values of emotag
        were removed.
    skipped : bool
        Whether the file cannot have tags of emotag: its format has none, or it is damaged and emotag never wrote to it.
    """

    path: str
    change: Change | None = None
    error: str = ""
    has_record: bool = True
    skipped: bool = False

    @property
    def status(self) -> str:
        """What the undo did: ``restored``, ``unchanged``, ``skipped`` or ``failed``."""
        if self.skipped:
            return "skipped"
        if self.change is None:
            return "failed"
        return "restored" if self.change.changed else "unchanged"

    def to_dict(self) -> dict[str, Any]:
        """Return path, status, error, and old and new values by field, as values that JSON has."""
        change = self.change and self.change.to_dict()
        return {"path": path_to_text(self.path), "status": self.status, "error": self.error or None, "change": change}


class UndoSession:
    """An undo of the tags of files and folders; a context manager.

    Entering locks and opens the library database, completes interrupted writes, and finds the files. `run` then
    restores their tags.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.
    options : UndoOptions
    on_notice : callable
        Called with sentences about interrupted writes and damaged records.
    on_unsearched : callable
        Called with an `OSError` for each folder that cannot be searched.

    Attributes
    ----------
    files : list of FoundFile
        The files, sorted by path.

    Raises
    ------
    EmotagError
        On entering: `StoreError` if the store or its journal cannot be used, `LibraryBusy` if another process uses the
        library.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: UndoOptions,
        *,
        on_notice: Callable[[str], object] = lambda notice: None,
        on_unsearched: Callable[[OSError], None] = lambda error: None,
    ) -> None:
        self.paths = paths
        self.options = options
        self.journal = library_paths.journal_dir(options.store)
        self.on_notice = on_notice
        self.on_unsearched = on_unsearched
        self.files: list[FoundFile] = []

    def __enter__(self) -> UndoSession:
        with ExitStack() as stack:
            stack.enter_context(library_lock(self.options.store))
            store = stack.enter_context(Store(self.options.store))
            self.files = self._find_files()
            self._history = History(store, self.journal)
            for notice in self._history.recover_journal():
                self.on_notice(notice)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def run(self, on_file: Callable[[int], object] = lambda count: None) -> Iterator[UndoResult]:
        """Restore the tags of the files.

        Parameters
        ----------
        on_file : callable, optional
            Called with 1 before each file.

        Yields
        ------
        UndoResult
            One for each file.
        """
        for file in self.files:
            on_file(1)
            try:
                result = self._restore(file.path)
            except tags.NotTaggable:
                result = UndoResult(file.path, skipped=True)
            except TagError as error:
                never_written = not self._history.has_write(file.path) and not _may_have_marker(file.path)
                result = UndoResult(file.path, skipped=never_written, error="" if never_written else str(error))
            yield result

    def _find_files(self) -> list[FoundFile]:
        if self.options.dry_run:
            return walk(self.paths, on_error=self.on_unsearched)
        return walk_and_recover(
            lambda on_leftover: walk(self.paths, on_leftover=on_leftover, on_error=self.on_unsearched),
            self.journal,
            self.on_notice,
        )

    def _restore(self, path: str) -> UndoResult:
        history, options = self._history, self.options
        history.unmatched = False
        change, undone = tags.revert(
            path,
            history.write_finder(path),
            history.fields_matching_file,
            may_be_unmarked=history.may_be_unmarked if options.store else _is_never_unmarked,
            dry_run=options.dry_run,
            preserve_mtime=options.preserve_mtime,
            journal=self.journal,
        )
        if change.changed and not options.dry_run:
            old, new = ({field: values[i] for field, values in change.fields.items()} for i in (0, 1))
            history.record_undo(path, undone, old, new)
        without_record = bool(options.store) and change.changed and history.unmatched
        return UndoResult(path, change, has_record=not without_record)


def _may_have_marker(path: str) -> bool:
    """Return whether a file that cannot be parsed has emotag's marker somewhere in its bytes."""
    # Without the last zero, the bytes of little-endian UTF-16 are in big-endian UTF-16, too.
    names = (MARKER_NAME.encode(), MARKER_NAME.encode("utf-16-le")[:-1])
    end = b""
    try:
        with regular.open_regular(path) as file:
            while block := file.read(READ_SIZE):
                content = (end + block).upper()
                if any(name in content for name in names):
                    return True
                end = content[-2 * len(MARKER_NAME) :]
    except OSError:
        return True
    return False


def _is_never_unmarked(path: str) -> bool:
    """Return that emotag has not written to a file without a marker: without a library, nothing is known of it."""
    return False

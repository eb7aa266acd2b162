"""The user's consent to write tags: asked for once for each folder, and remembered in the library database."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tagger.errors import Declined
from tagger.library.songs import path_key
from tagger.library.store import Store
from tagger.library.walk import FoundFile
from tagger.scanning.stages import tag_settings

if TYPE_CHECKING:
    from tagger.models.predictor import Predictor
    from tagger.scanning.options import ScanOptions

LOOKUP_BATCH = 2000
"""Number of files looked up at a time."""


class FirstWrite(NamedTuple):
    """The first scan that writes tags below some paths.

    Attributes
    ----------
    paths : list of str
        The files and folders for which there is no consent.
    files : int
        Number of files in them whose tags are to be written.
    """

    paths: list[str]
    files: int


def require_consent(
    store: Store,
    paths: Sequence[str],
    files: Sequence[FoundFile],
    options: ScanOptions,
    predictor: Predictor,
    confirm: Callable[[FirstWrite], bool],
) -> None:
    """Ask for consent to write tags, unless the store has it or there is nothing to write.

    Parameters
    ----------
    store : Store
        The library database.
    paths : sequence of str
        Files and folders of the scan.
    files : sequence of FoundFile
        The files that were found in them.
    options : ScanOptions
        Options of the scan.
    predictor : Predictor
        The models.
    confirm : callable
        Returns whether the tags may be written.

    Raises
    ------
    Declined
        If they may not.
    """
    new = [path for path in dict.fromkeys(paths) if not has_consent(store, path_key(path))]
    if not new:
        return
    keys = [path_key(path) for path in new]
    below = tuple(key.rstrip(b"/") + b"/" for key in keys)
    concerned = [file for file in files if file.key in keys or file.key.startswith(below)]
    to_write, current = _count_files(store, concerned, options, tag_settings(predictor, options))
    if to_write and not confirm(FirstWrite(new, to_write)):
        raise Declined("no tags were written")
    # Files whose tags are current were written with the user's consent.
    if to_write or current:
        give_consent(store, keys)


def require_consent_ahead(
    store: Store,
    paths: Sequence[str],
    find: Callable[[], Sequence[FoundFile]],
    confirm: Callable[[FirstWrite], bool],
) -> None:
    """Ask for consent to write the tags of all files that are in folders or come there, unless the store has it.

    Parameters
    ----------
    store : Store
        The library database.
    paths : sequence of str
        The folders.
    find : callable
        Returns the files that are in them now.
    confirm : callable
        Returns whether the tags may be written.

    Raises
    ------
    Declined
        If they may not.
    """
    new = [path for path in paths if not has_consent(store, path_key(path))]
    if not new:
        return
    keys = [path_key(path) for path in new]
    below = tuple(key.rstrip(b"/") + b"/" for key in keys)
    if not confirm(FirstWrite(new, sum(file.key.startswith(below) for file in find()))):
        raise Declined("no tags were written")
    give_consent(store, keys)


def has_consent(store: Store, key: bytes) -> bool:
    """Return whether the user has allowed emotag to write tags in a file or folder, or in a folder above it.

    Parameters
    ----------
    store : Store
        The library database.
    key : bytes
        Key of the file or folder.
    """
    return any(store.read_batches("SELECT 1 FROM consent WHERE folder IN ({})", [key, *_parents(key)]))


def give_consent(store: Store, keys: Iterable[bytes]) -> None:
    """Record that the user has allowed emotag to write tags.

    Parameters
    ----------
    store : Store
        The library database.
    keys : iterable of bytes
        Keys of files and folders; consent for a folder is also for all that is inside it.
    """
    for key in keys:
        store.write("REPLACE INTO consent VALUES (?, ?)", key, time.time())
    store.commit()


def _parents(key: bytes) -> Iterator[bytes]:
    """Yield the folders above a key, from the nearest to the root."""
    while (parent := os.path.dirname(key)) != key:
        yield parent
        key = parent


def _count_files(store: Store, files: Sequence[FoundFile], options: ScanOptions, settings: str) -> tuple[int, int]:
    """Return the numbers of files whose tags are to be written, and of files whose tags are current."""
    to_write = current = 0
    for start in range(0, len(files), LOOKUP_BATCH):
        batch = files[start : start + LOOKUP_BATCH]
        rows = store.files([file.key for file in batch])
        for file in batch:
            row = rows.get(file.key)
            is_known = row is not None and row[1:4] == file.stat
            if row is not None and is_known and row.tags_current == settings:
                current += 1
            elif row is None or not is_known or row.failure is None or options.retry_failed:
                to_write += 1
    return to_write, current

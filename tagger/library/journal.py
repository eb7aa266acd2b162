"""The journal: records of tag writes that the store does not have yet.

A worker adds the record of a write to the journal, durably, before it changes the file. The main process adds the
record to the store, commits, and then removes it from the journal. So each write of a scan that is stopped at any
moment can be undone. The journal is a directory beside the store that only the user may enter. `tagger.tags.in_place`
keeps records of its own in it.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress

from tagger.io.disk import O_BINARY, flush_folder, flush_handle, make_private_folder

ENTRY_NAME = re.compile(r"[0-9a-f]+(?P<unfinished>\.tmp)?")
"""Names of entries; they sort by the time of the write."""

DAMAGED_SUFFIX = ".damaged"
"""Suffix of damaged entries, which are kept but no longer read."""


def record(folder: str, data: bytes) -> str:
    """Add an entry to the journal, durably.

    Names of entries are unique, because several workers may write copies of one song at the same time.

    Parameters
    ----------
    folder : str
        Directory of the journal.
    data : bytes
        The record of a write.

    Returns
    -------
    str
        Name of the entry; an empty string if the directory does not exist, as on another machine.

    Raises
    ------
    OSError
        If the entry cannot be written.
    """
    if not os.path.isdir(folder):
        return ""
    name = f"{time.time_ns():016x}{secrets.token_hex(8)}"
    temporary = os.path.join(folder, f"{name}.tmp")
    try:
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | O_BINARY, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            flush_handle(handle)
        os.replace(temporary, os.path.join(folder, name))
        flush_folder(folder)
    except OSError:
        discard(folder, f"{name}.tmp")
        discard(folder, name)
        raise
    return name


def discard(folder: str, name: str) -> None:
    """Remove an entry, because the store has its record or the write did not happen.

    Parameters
    ----------
    folder : str
        Directory of the journal.
    name : str
        Name of the entry; an empty string for none.
    """
    if name:
        with suppress(OSError):
            os.unlink(os.path.join(folder, name))


def quarantine(folder: str, name: str) -> str:
    """Rename a damaged entry, so that it is kept but no longer read.

    Parameters
    ----------
    folder : str
        Directory of the journal.
    name : str
        Name of the entry.

    Returns
    -------
    str
        The new path.
    """
    path = os.path.join(folder, name)
    renamed = path + DAMAGED_SUFFIX
    with suppress(OSError):
        os.rename(path, renamed)
    return renamed


def pending(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield the entries that interrupted scans left in the journal, and remove unfinished ones.

    Parameters
    ----------
    folder : str
        Directory of the journal, which is created if it does not exist; an empty string for none.

    Yields
    ------
    tuple of str and bytes
        Name and record, in the order of the writes.

    Raises
    ------
    OSError
        If the directory cannot be created or read.
    """
    if not folder:
        return
    try:
        make_private_folder(folder)
    except OSError:
        # The journal of another user is read, as that user's store is.
        if not os.path.isdir(folder):
            raise
    for name in sorted(os.listdir(folder)):
        match = ENTRY_NAME.fullmatch(name)
        if not match:
            continue
        if match["unfinished"]:
            discard(folder, name)
            continue
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                yield name, file.read()

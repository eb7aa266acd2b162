"""Writes of tags that the store does not hold yet.

A worker notes what it is about to write in a folder beside the store, before it touches the file; the main
process takes the notes into the store, commits, and removes them. So whatever stops a scan, every write
of it can be taken back. The folder is the user's alone; `tagger.tags.in_place` keeps records of its own in it.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress

from tagger.io.disk import O_BINARY, flush_folder, flush_handle, make_private_folder

NAME = re.compile(r"[0-9a-f]+(?P<unfinished>\.tmp)?")
"""Names of notes: those of one file are in the order in which they were made."""

ASIDE = ".damaged"
"""How notes end that cannot be read; they are kept."""


def journal_dir(store: str) -> str:
    """Return the folder of a store's journal; nothing for a store that is gone when it is closed."""
    return f"{store}.journal" if store else ""


def record(folder: str, record: bytes) -> str:
    """Put a record into the journal, durably, and return its name; nothing where there is none, as on another machine.

    Each record has a name of its own: copies of one song may be written at the same moment.
    """
    if not os.path.isdir(folder):
        return ""
    name = f"{time.time_ns():016x}{secrets.token_hex(8)}"
    temporary = os.path.join(folder, f"{name}.tmp")
    try:
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | O_BINARY, 0o600)
        with open(handle, "wb") as file:
            file.write(record)
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
    """Remove a record that the store has, or whose write did not happen."""
    if name:
        with suppress(OSError):
            os.unlink(os.path.join(folder, name))


def quarantine(folder: str, name: str) -> str:
    """Keep a record that cannot be read, under a name that is not looked at again; return its path."""
    path = os.path.join(folder, name)
    kept = path + ASIDE
    with suppress(OSError):
        os.rename(path, kept)
    return kept


def pending(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield what an interrupted scan left in the journal, which is made if there is none yet."""
    if not folder:
        return
    try:
        make_private_folder(folder)
    except OSError:
        if not os.path.isdir(folder):  # another user's journal is read, as that user's library is
            raise
    for name in sorted(os.listdir(folder)):
        found = NAME.fullmatch(name)
        if not found:
            continue
        if found["unfinished"]:
            discard(folder, name)
            continue
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                yield name, file.read()

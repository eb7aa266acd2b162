"""Writes of tags that the store does not hold yet.

A worker notes what it is about to write in a folder beside the store, before it touches the file; the main
process takes the notes into the store, commits, and removes them. So whatever stops a scan, every write
of it can be taken back.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress


def place(store: str) -> str:
    """Return the folder of a store's journal; nothing for a store that is gone when it is closed."""
    return f"{store}.journal" if store else ""


def note(folder: str, record: bytes) -> str:
    """Put a record into the journal, durably, and return its name; nothing where there is none, as on another machine.

    Each record has a name of its own: copies of one song may be written at the same moment.
    """
    if not os.path.isdir(folder):
        return ""
    name = secrets.token_hex(8)
    temporary = os.path.join(folder, f"{name}.tmp")
    with open(temporary, "wb") as file:
        file.write(record)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, os.path.join(folder, name))
    return name


def strike(folder: str, name: str) -> None:
    """Remove a record that the store has, or whose write did not happen."""
    if name:
        with suppress(OSError):
            os.unlink(os.path.join(folder, name))


def left(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield what an interrupted scan left in the journal, which is made if there is none yet."""
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".tmp"):
            strike(folder, name)
            continue
        with open(os.path.join(folder, name), "rb") as file:
            yield name, file.read()

"""Writes of tags that the store does not hold yet.

A worker notes what it is about to write in a folder beside the store, before it touches the file; the main
process takes the notes into the store, commits, and removes them. So whatever stops a scan, every write
of it can be taken back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress


def place(store: str) -> str:
    """Return the folder of a store's journal; nothing for a store that is gone when it is closed."""
    return f"{store}.journal" if store else ""


def note(folder: str, name: str, record: bytes) -> None:
    """Put a record into the journal, durably; nothing happens where there is none, as on another machine."""
    if not os.path.isdir(folder):
        return
    temporary = os.path.join(folder, f"{name}.tmp")
    with open(temporary, "wb") as file:
        file.write(record)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, os.path.join(folder, name))


def strike(folder: str, name: str) -> None:
    """Remove a record that the store has, or whose write did not happen."""
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

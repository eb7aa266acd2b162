"""Access to the library database for commands that read it but do not create it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tagger.errors import StoreError

if TYPE_CHECKING:
    from tagger.library.store import Store

GC_THRESHOLD = 1_000_000
"""Number of new objects after which the garbage collector runs while a library is open."""

NO_MATCH = "No songs match."
"""Message of commands that select from the songs of the library."""

NOT_ANALYSED = "No matching songs in the library; run `emotag scan` first."
"""Message of commands that print all that the library has of some files."""


def require_store(path: str) -> str:
    """Return the path of a library database that exists.

    Parameters
    ----------
    path : str

    Returns
    -------
    str

    Raises
    ------
    StoreError
        If it does not exist.
    """
    if not os.path.exists(path):
        raise StoreError(f"{path}: no library database; run `emotag scan` first")
    return path


@contextmanager
def open_library(path: str) -> Iterator[Store]:
    """Open a library database that exists.

    Parameters
    ----------
    path : str

    Yields
    ------
    Store

    Raises
    ------
    StoreError
        If it does not exist or cannot be used.
    """
    from tagger.library.store import Store

    thresholds = gc.get_threshold()
    # The songs of a library are many small objects without cycles, at which the collector would look again and again.
    gc.set_threshold(GC_THRESHOLD, *thresholds[1:])
    try:
        with Store(require_store(path)) as store:
            yield store
    finally:
        gc.set_threshold(*thresholds)

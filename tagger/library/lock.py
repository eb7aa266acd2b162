"""One scan of a library at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tagger.errors import EmotagError


class Busy(EmotagError):
    """Another scan of this library is running."""


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of a library store; it is gone with the process, however that ends.

    Parameters
    ----------
    path : str
        The store; the lock is a file beside it. An empty name needs none.

    Raises
    ------
    Busy
        If another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on Windows; SQLite's own keep the store whole
        yield
        return
    if not path:
        yield
        return
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(f"{path}.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"another scan of this library is running ({path})") from None
        yield

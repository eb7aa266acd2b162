"""One scan of a library at a time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from tagger.errors import EmotagError, StoreError
from tagger.io import regular


class LibraryBusy(EmotagError):
    """Another scan of this library is running."""


@contextmanager
def library_lock(path: str) -> Iterator[None]:
    """Hold the lock of a library store; it is gone with the process, however that ends.

    Parameters
    ----------
    path : str
        The store; the lock is a file beside it. An empty name needs none.

    Raises
    ------
    Busy
        If another process holds it.
    StoreError
        If the lock cannot be made.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on Windows; SQLite's own keep the store whole
        yield
        return
    if not path:
        yield
        return
    name = f"{os.path.realpath(path)}.lock"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        # A FIFO must not make the scan wait, nor a link make a file elsewhere.
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"{name}: the library's lock cannot be made ({error.strerror or error})") from None
    with open(handle, "rb", buffering=0):
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise StoreError(f"{name}: the library's lock cannot be made ({regular.NOT_REGULAR})")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LibraryBusy(f"another scan of this library is running ({path})") from None
        except OSError as error:
            raise StoreError(f"{name}: cannot be locked ({error.strerror or error})") from None
        yield

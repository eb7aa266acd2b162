"""The lock of a library database: one scan or undo at a time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from tagger.errors import LibraryBusy, StoreError
from tagger.io import regular


@contextmanager
def library_lock(path: str) -> Iterator[None]:
    """Hold the lock of a library database; the operating system releases it when the process ends.

    On Windows, which has no `fcntl`, nothing is locked: SQLite's own locks keep the database consistent.

    Parameters
    ----------
    path : str
        Path of the store; the lock file is beside it. An empty path needs no lock.

    Yields
    ------
    None

    Raises
    ------
    LibraryBusy
        If another process holds the lock.
    StoreError
        If the lock file cannot be created or locked.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    if not path:
        yield
        return
    name = f"{os.path.realpath(path)}.lock"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        # O_NONBLOCK: do not wait for the writer of a FIFO. O_NOFOLLOW: do not create a file where a link points.
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"{name}: cannot create the lock file ({error.strerror or error})") from None
    with open(handle, "rb", buffering=0):
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise StoreError(f"{name}: cannot create the lock file ({regular.NOT_REGULAR})")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LibraryBusy(f"another emotag process is using this library ({path})") from None
        except OSError as error:
            raise StoreError(f"{name}: cannot lock the file ({error.strerror or error})") from None
        yield

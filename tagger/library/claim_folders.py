"""The directory in which the workers of a scan claim audio (`tagger.library.work_claims`).

With a store, the directory is beside it: the lock of the store is held, so claims in it are those of a killed scan and
are removed. Without a store, it is a temporary directory that is locked as long as the scan runs; the next scan of the
same user removes unlocked ones.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CLAIM_NAME = re.compile(r"[0-9a-f]{32}")
"""Name of a claim: the hash of the audio packets."""

LOCKED_PREFIX = "emotag-claims-"
"""Prefix of temporary directories that are locked; the operating system releases the lock when the process ends."""

UNLOCKED_NAME = re.compile(r"emotag-[a-z0-9_]{8}")
"""Name of temporary directories that are not locked yet, and of those of version 0.1.0, which have no lock."""

MAX_UNLOCKED_AGE = 24 * 3600.0
"""Seconds after the last claim in a directory without a lock; the scan is then taken to have ended."""


@contextmanager
def claim_folder(store: str) -> Iterator[str]:
    """Create the directory for the claims of a scan, and remove it afterwards.

    Parameters
    ----------
    store : str
        Path of the store, whose lock must be held; an empty string for none.

    Yields
    ------
    str
        Path of the directory; an empty string if it cannot be created, so that the same audio may be analysed more
        than once.
    """
    try:
        import fcntl  # noqa: F401
    except ImportError:
        # Windows has neither `flock` nor file descriptors of directories.
        with tempfile.TemporaryDirectory(prefix="emotag-", ignore_cleanup_errors=True) as path:
            yield path
        return
    remove_stale_folders()
    created = None
    with suppress(OSError):
        created = _create_beside(store) if store else _create_temporary()
    if created is None:
        yield ""
        return
    try:
        yield created[0]
    finally:
        _remove(*created)


def remove_stale_folders() -> None:
    """Remove the temporary directories of killed scans, if they belong to this user and contain nothing but claims."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(LOCKED_PREFIX) or UNLOCKED_NAME.fullmatch(entry.name):
                with suppress(OSError):
                    _remove_if_stale(entry.path, has_lock=entry.name.startswith(LOCKED_PREFIX))


def _create_beside(store: str) -> tuple[str, int]:
    """Create or empty the directory beside a store; return its path and descriptor."""
    path = f"{os.path.abspath(store)}.claims"
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    handle = _open_private(path)
    _remove_claims(handle)
    return path, handle


def _create_temporary() -> tuple[str, int]:
    """Create and lock a temporary directory; return its path and descriptor."""
    import fcntl

    path = tempfile.mkdtemp(prefix="emotag-")
    handle = _open_private(path)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Renamed once it is locked: a directory with the new name and without a lock belongs to a killed scan.
    locked = os.path.join(os.path.dirname(path), LOCKED_PREFIX + os.path.basename(path).removeprefix("emotag-"))
    os.rename(path, locked)
    return locked, handle


def _remove_if_stale(path: str, *, has_lock: bool) -> None:
    """Remove a temporary directory; raise `OSError` if its scan is running."""
    import fcntl

    handle = _open_private(path)
    try:
        if not has_lock and time.time() - os.fstat(handle).st_mtime < MAX_UNLOCKED_AGE:
            raise BlockingIOError(path)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    _remove(path, handle)


def _open_private(path: str) -> int:
    """Open a directory that belongs to this user and that no one else can write to; symbolic links are not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(handle)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        os.close(handle)
        raise PermissionError(path)
    return handle


def _remove_claims(handle: int) -> None:
    """Remove the claims in an open directory, which may have been moved since it was opened."""
    for name in os.listdir(handle):
        if CLAIM_NAME.fullmatch(name):
            with suppress(OSError):
                os.unlink(name, dir_fd=handle)


def _remove(path: str, handle: int) -> None:
    """Remove a directory with its claims, unless it has other files, and close it."""
    with suppress(OSError):
        _remove_claims(handle)
        os.rmdir(path)
    os.close(handle)

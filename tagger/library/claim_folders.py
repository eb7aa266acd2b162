"""The folder in which the workers of a scan note which audio they are at, and what killed scans left of it."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CLAIM = re.compile(r"[0-9a-f]{32}")
"""What a claim is called: the identity of an audio."""

LOCKED = "emotag-claims-"
"""How a folder without a store is called once it is locked; the lock is gone with the process."""

UNLOCKED = re.compile(r"emotag-[a-z0-9_]{8}")
"""How it is called before, and how version 0.1.0 called its own, which has no lock."""

OLD = 24 * 3600.0
"""Seconds after the last claim in a folder without lock at which its scan is taken to be gone."""


@contextmanager
def claim_folder(store: str) -> Iterator[str]:
    """Make the folder for a scan, and remove it afterwards.

    It lies beside the store, where the next scan clears and uses what one that was killed left. The lock of the store
    must be held. Without a store it is a temporary one, and the next scan of the same user removes it.

    Parameters
    ----------
    store : str
        The store's file; empty for none.

    Yields
    ------
    str
        Empty if none can be made; then the same audio may be analysed more than once.
    """
    try:
        import fcntl  # noqa: F401
    except ImportError:  # neither locks nor open folders on Windows
        with tempfile.TemporaryDirectory(prefix="emotag-", ignore_cleanup_errors=True) as path:
            yield path
        return
    remove_stale_folders()
    made = None
    with suppress(OSError):
        made = _beside(store) if store else _temporary()
    if made is None:
        yield ""
        return
    try:
        yield made[0]
    finally:
        _remove(*made)


def remove_stale_folders() -> None:
    """Remove the temporary folders of scans that were killed: only the user's own, and nothing but claims in them."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(LOCKED) or UNLOCKED.fullmatch(entry.name):
                with suppress(OSError):
                    _sweep(entry.path, entry.name.startswith(LOCKED))


def _beside(store: str) -> tuple[str, int]:
    path = f"{os.path.abspath(store)}.claims"
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    handle = _opened(path)
    _clear(handle)
    return path, handle


def _temporary() -> tuple[str, int]:
    import fcntl

    path = tempfile.mkdtemp(prefix="emotag-")
    handle = _opened(path)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Under this name a folder without lock belongs to nobody any more.
    locked = os.path.join(os.path.dirname(path), LOCKED + os.path.basename(path).removeprefix("emotag-"))
    os.rename(path, locked)
    return locked, handle


def _sweep(path: str, was_locked: bool) -> None:
    import fcntl

    handle = _opened(path)
    try:
        if not was_locked and time.time() - os.fstat(handle).st_mtime < OLD:
            raise BlockingIOError(path)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an error if its scan is running
    except OSError:
        os.close(handle)
        raise
    _remove(path, handle)


def _opened(path: str) -> int:
    """Open a folder of the user's own, not through a link."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(handle)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        os.close(handle)
        raise PermissionError(path)
    return handle


def _clear(handle: int) -> None:
    """Remove the claims in a folder that is open, whatever its name leads to by now."""
    for name in os.listdir(handle):
        if CLAIM.fullmatch(name):
            with suppress(OSError):
                os.unlink(name, dir_fd=handle)


def _remove(path: str, handle: int) -> None:
    with suppress(OSError):
        _clear(handle)
        os.rmdir(path)
    os.close(handle)

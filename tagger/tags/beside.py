"""Files beside a music file while it is written: the copy that is to take its place, and what a crash leaves.

A copy is named ``.emotag-RANDOM.tmp`` and locked while its writer lives. A file with several names (hard
links) cannot be replaced, so its finished copy is renamed to ``.emotag-RANDOM-INODE.fill`` and then poured
into it: whoever finds such a file after a crash pours it again.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from tagger import regular

NAME = re.compile(r"\.emotag-[0-9a-f]{12}(?:\.tmp(?:\.earlier)?|-(?P<inode>[0-9]+)\.fill)")


@contextmanager
def alone(target: str) -> Iterator[None]:
    """Hold a file against other writers of emotag's, under whichever of its names they come."""
    while True:
        handle = regular.descriptor(target)
        try:
            with suppress(OSError):  # a file system without locks
                _lock(handle, wait=True)
            if os.fstat(handle).st_ino == os.stat(target).st_ino:
                yield
                return
        finally:
            os.close(handle)
        # Another one was waited for, and has put a new file in this one's place.


@contextmanager
def copied(target: str) -> Iterator[str]:
    """Copy a file's content to a hidden file in its folder, which is gone afterwards."""
    path = os.path.join(os.path.dirname(target), f".emotag-{secrets.token_hex(6)}.tmp")
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with suppress(OSError):
            _lock(handle)
        shutil.copyfile(target, path)
        yield path
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            os.unlink(path)


def replace(copy: str, target: str) -> None:
    """Put a finished copy in the place of a file, durably."""
    flush(copy)
    os.replace(copy, target)
    flush(os.path.dirname(target))


def pour(copy: str, target: str, times: os.stat_result | None = None) -> None:
    """Write a finished copy's bytes into a file, which stays the same file under all its names.

    Parameters
    ----------
    copy, target : str
        In the same folder.
    times : os.stat_result, optional
        Whose times the file is to have.
    """
    folder = os.path.dirname(target)
    ready = f"{copy.removesuffix('.tmp')}-{os.stat(target).st_ino}.fill"
    flush(copy)
    os.rename(copy, ready)
    try:
        flush(folder)
        _make_room(target, os.path.getsize(ready))
    except OSError:
        os.unlink(ready)
        raise
    _pour(ready, target)
    if times is not None:
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.unlink(ready)
    flush(folder)


def _make_room(target: str, needed: int) -> None:
    """Let the disk be full before the first byte is changed, or not at all."""
    size = os.path.getsize(target)
    if needed > size and hasattr(os, "posix_fallocate"):
        with open(target, "r+b") as file:
            try:
                os.posix_fallocate(file.fileno(), size, needed - size)
            except OSError:
                file.truncate(size)
                raise


def _pour(ready: str, target: str) -> None:
    with open(ready, "rb") as source, open(target, "r+b") as file:
        shutil.copyfileobj(source, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def flush(path: str) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean(leftovers: Iterable[str]) -> list[str]:
    """Remove what writers that are dead left behind, and finish what they had begun; return the files mended."""
    mended = []
    for path in leftovers:
        folder, name = os.path.split(path)
        found = NAME.fullmatch(name)
        if found is None:
            continue
        with suppress(OSError):
            handle = os.open(path, os.O_RDWR)
            try:
                _lock(handle)  # fails while its writer lives, and where nobody could tell
                if inode := found["inode"]:
                    with os.scandir(folder) as entries:
                        target = next((e.path for e in entries if e.inode() == int(inode)), None)
                    if target is None:
                        continue  # it was moved away unfinished; this is its only whole copy
                    _pour(path, target)
                    mended.append(target)
                os.unlink(path)
            finally:
                os.close(handle)
    return mended


def _lock(handle: int, *, wait: bool = False) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks on Windows
        return
    fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

"""What the writer asks of the operating system: durable files and folders, locks, exchanged names, unfollowed links."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from tagger.io import exchange

CANNOT_FLUSH = frozenset(
    {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES, errno.EPERM, errno.ENOSYS, errno.EISDIR}
)
"""What systems answer that cannot make a file or a folder durable on request: shared folders of virtual machines,
old network file systems, Windows."""

O_BINARY = getattr(os, "O_BINARY", 0)
O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
O_CLOEXEC = getattr(os, "O_CLOEXEC", 0)


def flush_handle(handle: int) -> None:
    """Make an open file durable, where the system can do that.

    Raises
    ------
    OSError
        If the system can, but failed.
    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in CANNOT_FLUSH:
            raise


def flush_folder(path: str) -> None:
    """Make the names in a folder durable, where the system can do that; errors as for `flush_handle`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        if error.errno not in CANNOT_FLUSH:
            raise
        return
    try:
        flush_handle(handle)
    finally:
        os.close(handle)


def lock(handle: int, *, wait: bool = False) -> None:
    """Lock an open file against other processes of emotag.

    Raises
    ------
    OSError
        If another one holds it, or the file system has no locks.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on Windows
        return
    fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def exchange_names(one: str, other: str) -> bool:
    """Exchange the names of two files in one step; tell whether this system and this file system can do that.

    Raises
    ------
    OSError
        If one of them is gone.
    """
    try:
        return exchange.exchange(one, other)
    except FileNotFoundError:
        raise
    except OSError:
        return False  # the answers of file systems that cannot differ; what else is wrong a rename will tell


def open_without_links(path: str, flags: int) -> int:
    """Open a regular file of an absolute path without following a symbolic link anywhere on the way.

    Raises
    ------
    OSError
        If it is not there, not a regular file, or reached by a link.
    """
    flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_BINARY
    if os.open in os.supports_dir_fd and O_NOFOLLOW:
        folder = os.open(os.sep, os.O_RDONLY | os.O_DIRECTORY | O_CLOEXEC)
        try:
            *folders, name = [part for part in path.split(os.sep) if part]
            for part in folders:
                # O_PATH, where there is one, needs no right to list the folder.
                entered = os.open(part, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = entered
            handle = os.open(name, flags, dir_fd=folder)
        finally:
            os.close(folder)
    else:
        if os.path.islink(path):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        handle = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return handle


def make_private_folder(path: str) -> None:
    """Make a folder that only this user may read and enter, durably; one that is there becomes so.

    Raises
    ------
    OSError
        If it cannot be made, or is another user's.
    """
    if not os.path.isdir(path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
        flush_folder(os.path.dirname(os.path.abspath(path)))
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.ENOTDIR, "not a folder", path)
    if hasattr(os, "getuid"):
        if status.st_uid != os.getuid():
            raise OSError(errno.EPERM, "another user's folder", path)
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.chmod(path, 0o700)

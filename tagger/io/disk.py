"""Low-level file operations for writing tags: durable writes, locks, exchange of names, opening without links."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from tagger.io import exchange

CANNOT_FLUSH = frozenset(
    {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES, errno.EPERM, errno.ENOSYS, errno.EISDIR}
)
"""Errors of systems that cannot flush a file or folder: shared folders of virtual machines, old network file systems,
Windows."""

O_BINARY = getattr(os, "O_BINARY", 0)
O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
O_CLOEXEC = getattr(os, "O_CLOEXEC", 0)


def flush_handle(handle: int) -> None:
    """Flush an open file to the storage device, if the system supports it.

    Parameters
    ----------
    handle : int
        File descriptor.

    Raises
    ------
    OSError
        If the write to the device fails.
    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in CANNOT_FLUSH:
            raise


def flush_folder(path: str) -> None:
    """Flush the names in a folder to the storage device, if the system supports it.

    Parameters
    ----------
    path : str
        The folder.

    Raises
    ------
    OSError
        If the folder does not exist, or the write to the device fails.
    """
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
    """Lock an open file against other emotag processes; the lock ends when the file is closed. No effect on Windows.

    Parameters
    ----------
    handle : int
        File descriptor.
    wait : bool
        Wait until another process releases the lock.

    Raises
    ------
    OSError
        If another process holds the lock and `wait` is false, or the file system does not support locks.
    """
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def exchange_names(first: str, second: str) -> bool:
    """Exchange the names of two files in one step, if possible.

    Parameters
    ----------
    first, second : str
        Paths on the same file system.

    Returns
    -------
    bool
        False if the names were not exchanged; the caller then renames a file, which reports any other error.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    """
    try:
        return exchange.exchange(first, second)
    except FileNotFoundError:
        raise
    except OSError:
        # File systems without support return different errors.
        return False


def open_without_links(path: str, flags: int) -> int:
    """Open a regular file, without following symbolic links in any part of its path.

    Parameters
    ----------
    path : str
        Absolute path.
    flags : int
        Flags of `os.open`.

    Returns
    -------
    int
        File descriptor.

    Raises
    ------
    OSError
        If the file does not exist, is not regular, or a part of its path is a symbolic link.
    """
    flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_BINARY
    if os.open in os.supports_dir_fd and O_NOFOLLOW:
        folder = os.open(os.sep, os.O_RDONLY | os.O_DIRECTORY | O_CLOEXEC)
        try:
            *folders, name = [part for part in path.split(os.sep) if part]
            for part in folders:
                # O_PATH, if the system has it, needs no permission to list the folder.
                subfolder = os.open(
                    part, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | O_NOFOLLOW, dir_fd=folder
                )
                os.close(folder)
                folder = subfolder
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
    """Create a folder that only this user may read and enter, durably.

    Parameters
    ----------
    path : str
        The folder. If it exists, its permissions are restricted.

    Raises
    ------
    OSError
        If it cannot be created, or belongs to another user.
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

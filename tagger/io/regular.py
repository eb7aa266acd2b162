"""Access to regular files only.

Opening a FIFO waits for a writer, reading a device may never end, and opening some devices has effects. So each file
that a user or a folder names is opened with this module, which raises `OSError` immediately for anything but a regular
file.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import IO

NOT_REGULAR = "not a regular file"


def check(path: str | os.PathLike[str]) -> None:
    """Check that a path is a regular file, without opening it.

    Parameters
    ----------
    path : str or path-like
        The file; symbolic links are followed.

    Raises
    ------
    OSError
        If it does not exist, or is a directory, FIFO, socket or device.
    """
    _check_mode(os.stat(path), os.fspath(path))


def open_regular(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a regular file for reading.

    Parameters
    ----------
    path : str or path-like
        The file; symbolic links are followed.

    Returns
    -------
    binary file

    Raises
    ------
    OSError
        If it cannot be opened, or is a directory, FIFO, socket or device.
    """
    return open(path, "rb", opener=open_descriptor)


def read_bytes(path: str | os.PathLike[str], max_bytes: int | None = None) -> bytes:
    """Return the content of a regular file.

    Parameters
    ----------
    path : str or path-like
        The file; symbolic links are followed.
    max_bytes : int, optional
        Maximum size in bytes; by default not limited.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        If it cannot be read, is not a regular file, or is larger than `max_bytes`.
    """
    with open_regular(path) as file:
        if max_bytes is None:
            return file.read()
        # The size in the file's status is not used: the file may grow, and files in /proc have size 0.
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(errno.EFBIG, f"larger than {max_bytes >> 10} KiB", os.fspath(path))
    return data


def read_text(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    r"""Return the text in a regular file.

    Parameters
    ----------
    path : str or path-like
        The file; symbolic links are followed.
    encoding : str
        Encoding of the text.

    Returns
    -------
    str
        The text, with ``\n`` at the end of each line.

    Raises
    ------
    OSError
        If it cannot be read, or is not a regular file.
    UnicodeDecodeError
        If it is not text in this encoding.
    """
    with io.TextIOWrapper(open_regular(path), encoding) as file:
        return file.read()


def open_descriptor(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file.

    Parameters
    ----------
    path : str
        The file; symbolic links are followed.
    flags : int
        Flags of `os.open`.

    Returns
    -------
    int
        File descriptor.

    Raises
    ------
    OSError
        If it cannot be opened, or is not a regular file.
    """
    # Checked before opening, because opening a device may have effects, and afterwards, because another file may have
    # replaced it meanwhile. O_NONBLOCK: do not wait if that is a FIFO.
    check(path)
    extra_flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    handle = os.open(path, flags | extra_flags)
    try:
        _check_mode(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return handle


def _check_mode(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NOT_REGULAR, path)

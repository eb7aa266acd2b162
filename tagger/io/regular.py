"""Open regular files, and nothing else.

Opening a FIFO waits for a writer, a device may never end, and opening some devices does something. Each file that a
user or a folder names is opened through this module, which refuses such things at once with an `OSError`.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import IO

NOT_REGULAR = "not a regular file"


def check(path: str | os.PathLike[str]) -> None:
    """Raise `OSError` for anything but a regular file, links followed, without opening it."""
    _check(os.stat(path), os.fspath(path))


def open_regular(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a regular file for reading.

    Parameters
    ----------
    path : str or path-like
        The file; symbolic links are followed.

    Raises
    ------
    OSError
        If it cannot be opened, or is a directory, FIFO, socket or device.
    """
    return open(path, "rb", opener=open_descriptor)


def read_bytes(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """Return what a regular file holds.

    Parameters
    ----------
    path : str or path-like
        The file.
    most : int, optional
        Bytes it may have; a larger one is an `OSError`.
    """
    with open_regular(path) as file:
        if most is None:
            return file.read()
        # The size is not asked for: it may grow, and files of /proc state none.
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most >> 10} KiB", os.fspath(path))
    return data


def read_text(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    """Return the text that a regular file holds, with ``\\n`` at the end of each line."""
    with io.TextIOWrapper(open_regular(path), encoding) as file:
        return file.read()


def open_descriptor(path: str, flags: int = os.O_RDONLY) -> int:
    """Open a regular file, and return its descriptor."""
    # Looked at first, since opening a device may have effects, and again when it is open: another file may have taken
    # its place, and then it is O_NONBLOCK that does not let a FIFO wait.
    check(path)
    extra = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    handle = os.open(path, flags | extra)
    try:
        _check(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return handle


def _check(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NOT_REGULAR, path)

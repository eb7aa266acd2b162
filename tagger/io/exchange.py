"""Exchange of the names of two files in one step, on systems that support it."""

from __future__ import annotations

import errno
import os
import sys
from functools import cache
from typing import Any

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

UNSUPPORTED = frozenset((errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM))
"""Errors of systems and file systems that cannot exchange names."""


def exchange(first: str, second: str) -> bool:
    """Exchange the names of two files in one step.

    Parameters
    ----------
    first, second : str
        Paths on the same file system.

    Returns
    -------
    bool
        False if the system or file system does not support it; then nothing has changed.

    Raises
    ------
    OSError
        If a file does not exist or must not be renamed.
    """
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    import ctypes

    number = ctypes.get_errno()
    if number in UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), first, None, second)


@cache
def _renameat2() -> Any:
    """Return Linux's `renameat2` from the C library, or None if it has none."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return call

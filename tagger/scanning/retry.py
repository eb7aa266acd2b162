"""Which failures are stored for a file, and what is tried again."""

from __future__ import annotations

import os

from tagger.library.walk import FoundFile

NOT_STORED = frozenset({"unseen", "unreadable", "killed", "stalled"})
"""Kinds of failure that are caused by the machine or by passing conditions; they are not stored for the file."""

RETRIED = frozenset({"crashed", "timeout", "memory", "internal"})
"""Kinds of failure that the machine may have caused; the next scans analyse such a file again."""

MAX_ATTEMPTS = 3
"""Number of scans in which a file with a failure of `RETRIED` is analysed before it is skipped."""

UNWRITTEN = {
    "crashed": "the worker process that wrote the tags crashed",
    "killed": "the worker process that wrote the tags was killed from outside",
    "stalled": "reading or writing the file stalled",
}
"""Reasons why the tags of a file were not written, by kind of failure."""

MAX_DELIVERIES = 3
"""Number of times that a scan tries to write the tags of a file if it loses the workers that do it."""


def may_be_written_again(file: FoundFile) -> bool:
    """Return whether the tags of a file can be written after the worker that was writing them was lost.

    Parameters
    ----------
    file : FoundFile
        The file as the walk found it.

    Returns
    -------
    bool
        True if the file is as it was found or if another file replaced it. False if the same file has changed, because
        it may be partly written, or if it cannot be examined.
    """
    try:
        now = os.stat(file.path)
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns, now.st_ino) == tuple(file.stat) or now.st_ino != file.stat.inode

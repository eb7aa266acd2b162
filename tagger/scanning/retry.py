"""Which failures are a file's own, and what is tried again."""

from __future__ import annotations

import os

from tagger.library.walk import FoundFile

NOT_STORED = frozenset({"unseen", "unreadable", "killed", "stalled"})
"""Kinds of failure that say more of the machine or of the moment than of the file."""

RETRIED = frozenset({"crashed", "timeout", "memory", "internal"})
"""Kinds of failure that may be the machine's, too: the next scans try such a file again."""

MAX_ATTEMPTS = 3
"""Scans in which such a file fails before it is skipped."""

UNWRITTEN = {
    "crashed": "the worker process that wrote the tags crashed",
    "killed": "the worker process that wrote the tags was killed from outside",
    "stalled": "reading or writing it has stalled",
}
"""By kind of failure, what became of a file's tags."""

MAX_DELIVERIES = 3
"""Times that the tags of a file are tried to be written in a scan, if the worker that wrote them was lost."""


def is_unchanged(file: FoundFile) -> bool:
    """Tell whether a file is as it was found, or another one took its place, and not one that is half written."""
    try:
        now = os.stat(file.path)
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns, now.st_ino) == tuple(file.stat) or now.st_ino != file.stat.inode

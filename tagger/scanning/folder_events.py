"""Sources of events: something has changed in a folder or below. A walk finds out what."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

from tagger.errors import NoEvents
from tagger.extras import require_extra

DEBOUNCE_MS = 2000
"""Maximum time for which changes are collected into one event."""

STEP_MS = 500
"""Time without changes after which an event is reported; signals are handled as often."""

MOUNTS = "/proc/self/mountinfo"

NETWORK_TYPES = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "lustre", "gpfs", "davfs"),
        *("fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs", "fuse.s3fs", "fuse.mergerfs"),
        *("vboxsf", "prl_fs", "vmhgfs", "fuse.vmhgfs-fuse", "virtiofs"),
    )
)
"""Types of file systems, as Linux names them, that report only changes by this computer, or none."""


class Changes(Protocol):
    """A source of events."""

    def wait(self, seconds: float) -> bool:
        """Wait for changes; return whether there are any, or False after a time."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...


class NoChanges:
    """A source without events, for polling."""

    def wait(self, seconds: float) -> bool:
        """Wait."""
        time.sleep(seconds)
        return False

    def close(self) -> None:
        """Do nothing."""


class SystemEvents:
    """Events of macOS and Windows, by the package watchfiles.

    On Linux it would stop working at the first file name that is not UTF-8, and with folders that may not be read it
    would not report that a limit of the system is reached.

    Parameters
    ----------
    folders : sequence of str
        Folders to watch, with all that is inside them.

    Raises
    ------
    ExtraMissing
        If watchfiles is not installed.
    NoEvents
        If the system cannot watch the folders.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        watchfiles: Any = require_extra("watchfiles", "watch")
        try:
            self._notify = watchfiles._rust_notify.RustNotify(list(folders), False, False, 0, True, True)
        except (OSError, RuntimeError, UnicodeError) as error:
            raise NoEvents(f"the system cannot watch the folders ({' '.join(str(error).split())})") from None

    def wait(self, seconds: float) -> bool:
        """Wait for changes; return whether there are any, or False after a time."""
        try:
            changes = self._notify.watch(DEBOUNCE_MS, STEP_MS, max(1, round(seconds * 1000)), None)
        except RuntimeError as error:
            raise NoEvents(f"the system cannot watch the folders ({' '.join(str(error).split())})") from None
        if changes == "signal":
            raise KeyboardInterrupt
        return bool(changes != "timeout")

    def close(self) -> None:
        """Stop watching."""
        self._notify.close()


def system_events(folders: Sequence[str], *, follow_symlinks: bool) -> Changes:
    """Return the events that the system reports.

    Parameters
    ----------
    folders : sequence of str
        Folders to watch, with all that is inside them.
    follow_symlinks : bool
        Watch folders that are symbolic links, too.

    Returns
    -------
    Changes

    Raises
    ------
    ExtraMissing
        If watchfiles is needed and not installed.
    NoEvents
        If the system does not report all changes.
    """
    for folder in folders:
        if kind := network_type(folder):
            raise NoEvents(f"{folder} is on a file system ({kind}) that does not report the changes of other computers")
    if sys.platform.startswith("linux"):
        from tagger.scanning.inotify import Inotify

        return Inotify(folders, follow_symlinks=follow_symlinks)
    return SystemEvents(folders)


def network_type(folder: str, mounts: str = MOUNTS) -> str:
    """Return the type of the file system of a folder if it is one that does not report all changes.

    Parameters
    ----------
    folder : str
    mounts : str, optional
        The list of mounted file systems, in the format of Linux; where there is none, no type is known.

    Returns
    -------
    str
        Empty for other file systems.
    """
    try:
        with open(mounts, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return ""
    path = os.fsencode(os.path.realpath(folder)).rstrip(b"/") + b"/"
    longest, kind = b"", ""
    for line in lines:
        mount, _, file_system = line.partition(b" - ")
        fields = mount.split()
        if len(fields) < 5 or not file_system:
            continue
        point = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8) & 255]), fields[4]).rstrip(b"/") + b"/"
        if path.startswith(point) and len(point) >= len(longest):
            longest, kind = point, os.fsdecode(file_system.split()[0])
    return kind if kind in NETWORK_TYPES else ""

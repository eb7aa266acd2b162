"""Events of Linux about folders and all that is inside them."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
import time
from collections.abc import Iterator, Sequence

from tagger.errors import NoEvents
from tagger.library.walk import AUDIO_SUFFIXES, IGNORE_FILE, NOT_MUSIC_FILE

COLLECT_SECONDS = 1.0
"""Time for which further changes are collected after the first one, so that an album is one event."""

IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
IN_DELETE_SELF, IN_MOVE_SELF, IN_Q_OVERFLOW, IN_IGNORED = 0x400, 0x800, 0x4000, 0x8000
IN_ONLYDIR, IN_EXCL_UNLINK, IN_ISDIR = 0x1000000, 0x4000000, 0x40000000

WATCHED = (
    *(IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_MOVE_SELF),
    *(IN_ONLYDIR, IN_EXCL_UNLINK),
)
"""Kinds of events and flags; a file that is only read, or still written, is no event."""

HEADER = struct.Struct("iIII")
"""Watch, kind, cookie and length of the name that follows."""

LIMITS = {
    errno.ENOSPC: "the system's limit of watched folders is reached (fs.inotify.max_user_watches)",
    errno.EMFILE: "the system's limit of watching programs is reached (fs.inotify.max_user_instances)",
}


class Inotify:
    """Events of folders, by inotify.

    Parameters
    ----------
    folders : sequence of str
        Folders to watch, with all folders inside them that are not hidden.
    follow_symlinks : bool
        Watch folders that are symbolic links, too.

    Raises
    ------
    NoEvents
        If a limit of the system is reached.
    """

    def __init__(self, folders: Sequence[str], *, follow_symlinks: bool) -> None:
        self._roots = [os.fsencode(folder) for folder in folders]
        self._follow_symlinks = follow_symlinks
        self._paths: dict[int, bytes] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise _error(ctypes.get_errno())
        try:
            self._watch_roots()
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float) -> bool:
        """Wait for changes of music, folders or ignore files.

        Parameters
        ----------
        seconds : float
            How long to wait.

        Returns
        -------
        bool
            Whether there are any; False after that time.

        Raises
        ------
        NoEvents
            If a new folder cannot be watched, because a limit of the system is reached.
        """
        end = time.monotonic() + seconds
        while select.select([self._handle], [], [], max(0.0, end - time.monotonic()))[0]:
            time.sleep(COLLECT_SECONDS)
            relevant = [self._is_relevant(*event) for event in self._read()]
            if any(relevant):
                return True
        return False

    def close(self) -> None:
        """Stop watching."""
        os.close(self._handle)

    def _watch_roots(self) -> None:
        for root in self._roots:
            self._watch(root)

    def _watch(self, folder: bytes) -> None:
        """Watch a folder and those inside it; those that cannot be opened are left out, as a walk leaves them out."""
        seen: set[int] = set()
        queue = [folder]
        while queue:
            path = queue.pop()
            watch = self._libc.inotify_add_watch(self._handle, path, sum(WATCHED))
            if watch < 0:
                number = ctypes.get_errno()
                if number in LIMITS or number == errno.ENOMEM:
                    raise _error(number)
                continue
            self._paths[watch] = path
            if watch not in seen:  # links may lead to a folder again; its watch is the same then
                seen.add(watch)
                queue += self._folders_in(path)

    def _folders_in(self, path: bytes) -> list[bytes]:
        try:
            with os.scandir(path) as entries:
                return [
                    entry.path
                    for entry in entries
                    if not entry.name.startswith(b".") and entry.is_dir(follow_symlinks=self._follow_symlinks)
                ]
        except OSError:
            return []

    def _read(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the events that have arrived: watch, kind and name."""
        while True:
            try:
                data = os.read(self._handle, 1 << 16)
            except BlockingIOError:
                return
            start = 0
            while start < len(data):
                watch, kind, _, length = HEADER.unpack_from(data, start)
                start += HEADER.size + length
                yield watch, kind, data[start - length : start].rstrip(b"\0")

    def _is_relevant(self, watch: int, kind: int, name: bytes) -> bool:
        """Return whether an event can mean that a walk finds other files; watch new folders."""
        if kind & IN_IGNORED:
            self._paths.pop(watch, None)
            return True
        if kind & IN_Q_OVERFLOW:  # there were too many; new folders may be among them
            self._watch_roots()
            return True
        if kind & IN_ISDIR and name:
            if name.startswith(b"."):
                return False
            if kind & (IN_CREATE | IN_MOVED_TO) and (parent := self._paths.get(watch)):
                self._watch(os.path.join(parent, name))
            return True
        return not name or _may_be_listed(os.fsdecode(name))


def _may_be_listed(name: str) -> bool:
    """Return whether a walk lists a file of this name, or obeys it."""
    if name in (IGNORE_FILE, NOT_MUSIC_FILE):
        return True
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES


def _error(number: int) -> NoEvents:
    return NoEvents(LIMITS.get(number, f"the system cannot watch the folders ({os.strerror(number)})"))

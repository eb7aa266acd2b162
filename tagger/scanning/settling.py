"""Which files are new or changed, and which of them have settled: nothing writes to them any more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tagger.library.records import FileStat
from tagger.library.walk import FoundFile, file_stat


def is_open_for_writing(path: str) -> bool:
    """Return whether any process has a file open for writing; False if the system cannot tell.

    Linux grants a read lease only if nobody does. The lease is given back at once. It is refused to others than the
    owner of the file and by network file systems; there, the settling time alone must do.

    Parameters
    ----------
    path : str

    Returns
    -------
    bool
    """
    try:
        import fcntl

        take_lease, set_signal = fcntl.F_SETLEASE, fcntl.F_SETSIG
    except (ImportError, AttributeError):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # A program that opens the file at this moment breaks the lease. The signal for that would end this process by
        # default; SIGURG does not.
        fcntl.fcntl(handle, set_signal, signal.SIGURG)
        fcntl.fcntl(handle, take_lease, fcntl.F_RDLCK)
        fcntl.fcntl(handle, take_lease, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


class _Unsettled(NamedTuple):
    """A file that may still be written, and the time (of the clock) since which it has not changed."""

    file: FoundFile
    since: float


class Settling:
    """New and changed files, until they are scanned.

    A file has settled when its size, modification time and inode have been the same for some seconds and no process has
    it open for writing.

    Parameters
    ----------
    seconds : float
        How long a file must not have changed.
    clock : callable, optional
        Returns the time in seconds.
    is_open : callable, optional
        Returns whether a process has a file open for writing.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_open: Callable[[str], bool] = is_open_for_writing,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self.is_open = is_open
        self._scanned: dict[bytes, FileStat] = {}
        self._unsettled: dict[bytes, _Unsettled] = {}
        self._gone_since: float | None = None
        self._is_first_update = True

    def update(self, files: Sequence[FoundFile]) -> None:
        """Compare all files with those of the last update.

        Files of the first update are as old as their modification times say, so that a library need not settle.

        Parameters
        ----------
        files : sequence of FoundFile
        """
        now = self.clock()
        wall_clock = time.time()
        for file in files:
            known = self._unsettled.get(file.key)
            if self._scanned.get(file.key) == file.stat:
                self._unsettled.pop(file.key, None)
            elif known is None or known.file.stat != file.stat:
                age = max(0.0, wall_clock - file.stat.mtime_ns / 1e9) if self._is_first_update else 0.0
                self._unsettled[file.key] = _Unsettled(file, now - age)
        self._is_first_update = False
        present = {file.key for file in files}
        for key in self._unsettled.keys() - present:
            del self._unsettled[key]
        for key in self._scanned.keys() - present:
            del self._scanned[key]
            self._gone_since = now

    def set_scanned(self, stats: Mapping[bytes, FileStat]) -> None:
        """Record that files need no scan until they change.

        Parameters
        ----------
        stats : mapping of bytes to FileStat
            The files after the scan, by key.
        """
        self._scanned.update(stats)
        for key in stats:
            self._unsettled.pop(key, None)

    def postpone(self, files: Iterable[FoundFile], seconds: float) -> None:
        """Return files from `settled` after some time again, or earlier if they change.

        Parameters
        ----------
        files : iterable of FoundFile
        seconds : float
        """
        since = self.clock() + seconds - self.seconds
        for file in files:
            self._unsettled[file.key] = _Unsettled(file, since)

    def set_removed(self) -> None:
        """Record that the store has forgotten the files that are gone."""
        self._gone_since = None

    def settled(self, limit: int) -> list[FoundFile]:
        """Return files that have settled.

        Parameters
        ----------
        limit : int
            Maximum number of files.

        Returns
        -------
        list of FoundFile
        """
        now = self.clock()
        ready: list[FoundFile] = []
        for key, (file, since) in list(self._unsettled.items()):
            if len(ready) == limit:
                break
            if now - since < self.seconds:
                continue
            stat = file_stat(file.path)
            if stat == file.stat and not self.is_open(file.path):
                ready.append(file)
            else:
                self._unsettled[key] = _Unsettled(file._replace(stat=stat), now)
        return ready

    def is_due(self) -> bool:
        """Return whether there is something to do: a file has settled, or a file has been gone for as long."""
        is_gone = self._gone_since is not None and self.clock() - self._gone_since >= self.seconds
        return is_gone or bool(self.settled(1))

    def next_check(self) -> float | None:
        """Return the time of the clock at which `is_due` may become true, or None if no file must settle."""
        times = [since for _, since in self._unsettled.values()]
        if self._gone_since is not None:
            times.append(self._gone_since)
        return min(times) + self.seconds if times else None

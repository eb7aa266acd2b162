"""How long a process or a thread has really worked.

A file is given up after so many seconds of work. Time in which nothing could work does not count: the machine
was suspended, the scan or the worker was stopped by a signal, the processor was busy with other programs, or a network
share did not answer. Where the system has no ``/proc`` (macOS, Windows), only gaps between two looks are left out.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

TICK = 0.2
"""Seconds between looks at the clock."""

MAX_STEP = 2 * TICK
"""Seconds that count at most between two looks: after a longer gap the one who looks was stopped himself."""

SLEEPING = frozenset("SI")
"""States in which a process waits, but not for a disk: it counts as work, or a deadlock would last for ever."""

SHARES = ("fuse", "request_wait_answer", "nfs", "rpc_", "cifs", "smb", "wait_for_response", "ceph", "p9_", "afs_")
"""Parts of names of kernel functions in which a process waits for a network share."""

_CLOCK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Stopwatch:
    """Measures the work of a process or a thread; somebody must look at it every `TICK`.

    Parameters
    ----------
    place : str
        Its folder in ``/proc``.

    Attributes
    ----------
    worked : float
        Seconds of work since the start.
    stalled : float
        Seconds since the start in which it was stopped, or waited for a disk or a share.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.worked = self.stalled = 0.0
        self.last = time.monotonic()
        self.processor = self._looked()[1]

    def look(self) -> None:
        """Add what passed since the last look."""
        now = time.monotonic()
        passed, self.last = max(0.0, now - self.last), now
        state, processor = self._looked()
        used = min(passed, max(0.0, processor - self.processor))
        self.processor = processor
        short = min(passed, MAX_STEP)
        if not state or (state in SLEEPING and not self._waits_for_share()):
            self.worked += max(used, short)
            return
        self.worked += used
        if state != "R":
            self.stalled += max(0.0, short - used)

    def _looked(self) -> tuple[str, float]:
        """Return the state, empty if it cannot be told, and the seconds of processor time used."""
        try:
            with open(os.path.join(self.place, "stat"), "rb") as file:
                # The name, in brackets, may hold anything.
                fields = file.read().rpartition(b")")[2].split()
            return fields[0].decode(), (int(fields[11]) + int(fields[12])) / _CLOCK
        except (OSError, ValueError, IndexError):
            return "", 0.0

    def _waits_for_share(self) -> bool:
        with suppress(OSError), open(os.path.join(self.place, "wchan"), encoding="ascii", errors="replace") as file:
            function = file.read()
            return any(part in function for part in SHARES)
        return False

"""Measurement of the work of a process or a thread.

A file is given up after some seconds of work. Time in which nothing could work does not count: the machine was
suspended, the scan or the worker was stopped by a signal, the processor was busy with other programs, or a network
share did not answer. Without ``/proc`` (macOS, Windows) only gaps between two measurements are left out.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

TICK = 0.2
"""Seconds between measurements."""

MAX_STEP = 2 * TICK
"""Seconds that count at most between two measurements: in a longer gap the measuring process was stopped itself."""

SLEEPING = frozenset("SI")
"""States in which a process waits, but not for a disk; this counts as work, so that a deadlock ends."""

SHARE_FUNCTIONS = (
    "fuse",
    "request_wait_answer",
    "nfs",
    "rpc_",
    "cifs",
    "smb",
    "wait_for_response",
    "ceph",
    "p9_",
    "afs_",
)
"""Parts of the names of kernel functions in which a process waits for a network share."""

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Stopwatch:
    """Measures the work of a process or a thread; `look` must be called every `TICK`.

    Parameters
    ----------
    proc_folder : str
        Its folder in ``/proc``.

    Attributes
    ----------
    worked : float
        Seconds of work since the start.
    stalled : float
        Seconds since the start in which it was stopped, or waited for a disk or a network share.
    """

    def __init__(self, proc_folder: str) -> None:
        self._proc_folder = proc_folder
        self.restart()

    def restart(self) -> None:
        """Start at 0."""
        self.worked = self.stalled = 0.0
        self._last_time = time.monotonic()
        self._last_cpu = self._state_and_cpu()[1]

    def look(self) -> None:
        """Add the time since the last call."""
        now = time.monotonic()
        passed, self._last_time = max(0.0, now - self._last_time), now
        state, cpu = self._state_and_cpu()
        used = min(passed, max(0.0, cpu - self._last_cpu))
        self._last_cpu = cpu
        counted = min(passed, MAX_STEP)
        if not state or (state in SLEEPING and not self._waits_for_share()):
            self.worked += max(used, counted)
            return
        self.worked += used
        if state != "R":
            self.stalled += max(0.0, counted - used)

    def _state_and_cpu(self) -> tuple[str, float]:
        """Return the state, empty if it is unknown, and the CPU time in seconds."""
        try:
            with open(os.path.join(self._proc_folder, "stat"), "rb") as file:
                # The name, in parentheses, may contain anything.
                fields = file.read().rpartition(b")")[2].split()
            return fields[0].decode(), (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
        except (OSError, ValueError, IndexError):
            return "", 0.0

    def _waits_for_share(self) -> bool:
        path = os.path.join(self._proc_folder, "wchan")
        with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
            function = file.read()
            return any(part in function for part in SHARE_FUNCTIONS)
        return False

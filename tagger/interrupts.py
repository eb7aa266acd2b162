"""Signals that end a command: SIGINT (Ctrl-C), SIGTERM, SIGHUP and, on Windows, SIGBREAK. All are handled alike.

The first signal raises `KeyboardInterrupt`, so that finished work is kept. A later signal ends the process at once.
Inside `defer_signals` the first signal is held back until the block ends::

               first signal:
               raise KeyboardInterrupt               another signal
    RUNNING ----------------------------> STOPPING ------------------> os._exit(130)
     |   ^                                   ^
     |   |                                   | end of block: deliver the signal,
     |   | end of block                      | which raises KeyboardInterrupt
     v   |                                   |
    DEFERRING --------------------------> PENDING -------------------> os._exit(130)
               first signal:                         another signal
               store it

Another signal within `COALESCE_SECONDS` after the first one counts as the same signal and is ignored. In the states
DEFERRING and PENDING, a handler that the calling program has installed itself gets the first signal at the end of the
block, and each other signal immediately. A block that begins in the state STOPPING works alike, except that the signal
that is delivered at its end ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

EXIT_STATUS = 130
"""Exit status of a command that was interrupted, by whichever signal."""

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)

COALESCE_SECONDS = 0.2
"""Signals within this time count as one: a service manager sends SIGHUP after SIGTERM; a terminal and its shell both
send SIGHUP."""


class _StopHandler:
    """Signal handler that interrupts the command at the first signal and ends the process at a later one."""

    def __init__(self) -> None:
        self.first_signal: float | None = None
        """Time of the first signal (`time.monotonic`); None in the state RUNNING."""

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.first_signal is None:
            self.first_signal = time.monotonic()
            raise KeyboardInterrupt
        self.exit_if_later(self.first_signal)

    def exit_if_later(self, first_signal: float) -> None:
        """End the process, unless this signal counts as the same as the one at `first_signal`."""
        if time.monotonic() - first_signal > COALESCE_SECONDS:
            os._exit(EXIT_STATUS)


def install_handlers() -> None:
    """Handle the signals that end a command.

    Signals that are ignored (as under nohup) or that have a handler other than Python's default stay as they are.
    """
    handler = _StopHandler()
    for number in STOP_SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, handler)


def ignore_signals() -> None:
    """Ignore the signals in a worker process: the main process handles them and ends its workers."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Deliver the first signal after the block, as the state diagram of this module shows.

    A `KeyboardInterrupt` inside a process pool that holds its locks would leave them locked. In threads other than the
    main one this does nothing, because Python runs signal handlers in the main thread only.

    Yields
    ------
    None
    """
    if current_thread() is not main_thread():
        yield
        return
    handlers: dict[int, Handler] = {}
    pending: list[tuple[float, int, FrameType | None]] = []

    def defer(number: int, frame: FrameType | None) -> None:
        handler = handlers[number]
        if not pending:
            pending.append((time.monotonic(), number, frame))
        elif isinstance(handler, _StopHandler):
            handler.exit_if_later(pending[0][0])
        else:
            handler(number, frame)

    for number in STOP_SIGNALS:
        handler = signal.getsignal(number)
        if callable(handler):
            handlers[number] = handler
    try:
        for number in handlers:
            signal.signal(number, defer)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if pending:
        _, number, frame = pending[0]
        handlers[number](number, frame)


@contextmanager
def block_signals() -> Iterator[None]:
    """Start the processes of the block with the signals blocked, until they call `ignore_signals`.

    A terminal and a service manager send a signal to all processes of a command; a process that is still starting
    would end with a traceback. Signals that arrive during the block are delivered to this process afterwards.

    Yields
    ------
    None
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        _start_resource_tracker()
        # Starting the tracker unblocks SIGINT and SIGTERM.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)


def _start_resource_tracker() -> None:
    """Start the process that removes loky's semaphores after this process has ended, without its warnings."""
    from joblib.externals.loky.backend import resource_tracker

    warning_filter = "ignore::UserWarning"
    sys.warnoptions.append(warning_filter)
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(warning_filter)

"""Signals that end a command: Ctrl-C, SIGTERM and SIGHUP, all handled alike."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

STATUS = 130
"""Exit status of a command that was interrupted, by whichever signal."""

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))

TOGETHER = 0.2
"""Seconds within which signals count as one: a service manager sends SIGHUP after SIGTERM, a terminal and its shell
both send SIGHUP."""


class _Stop:
    """Raises `KeyboardInterrupt` the first time, so that all that is finished is kept; the second time ends at once."""

    def __init__(self) -> None:
        self.since: float | None = None

    def __call__(self, *_: object) -> None:
        if self.since is None:
            self.since = time.monotonic()
            raise KeyboardInterrupt
        self.again()

    def again(self, since: float | None = None) -> None:
        """End the process, unless this signal came with the first one."""
        since = self.since if since is None else since
        if since is not None and time.monotonic() - since > TOGETHER:
            os._exit(STATUS)


def handle() -> None:
    """Handle the signals that end a command; those that are ignored, as under nohup, or handled already, stay so."""
    stop = _Stop()
    for number in STOPPING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)


def ignore() -> None:
    """Leave the signals to the main process, which ends its workers."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put the first signal off: one that broke into a pool while it holds its locks would leave them locked."""
    if current_thread() is not main_thread():
        yield
        return
    handlers: dict[int, Any] = {}
    pressed: list[tuple[float, tuple[Any, ...]]] = []

    def put_off(*pressing: Any) -> None:
        before = handlers[pressing[0]]
        if not pressed:
            pressed.append((time.monotonic(), pressing))
        elif isinstance(before, _Stop):
            before.again(pressed[0][0])
        else:
            before(*pressing)

    for number in STOPPING:
        before = signal.getsignal(number)
        if callable(before):
            handlers[number] = before
    try:
        for number in handlers:
            signal.signal(number, put_off)
        yield
    finally:
        for number, before in handlers.items():
            signal.signal(number, before)
    if pressed:
        _, pressing = pressed[0]
        handlers[pressing[0]](*pressing)


@contextmanager
def spawning() -> Iterator[None]:
    """Let the processes that are started now begin with the signals blocked, until they `ignore` them.

    A terminal and a service manager send a signal to all processes of a command, and one that is just starting would
    end with a traceback. What arrives here meanwhile is delivered afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        _start_tracker()
        # The tracker is started with two of the signals unblocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """Start the process that removes loky's semaphores when this one is gone, told not to warn the user of doing so."""
    from joblib.externals.loky.backend import resource_tracker

    quiet = "ignore::UserWarning"
    sys.warnoptions.append(quiet)
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(quiet)

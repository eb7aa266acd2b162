"""Read tags with mutagen, within limits for decompressed bytes and processor time.

A frame of ID3 may be compressed, and mutagen decompresses it completely: six megabytes can be made to fill all memory.
It also splits a frame of many texts one by one and copies the rest each time, which takes quadratic time.

What is patched, for how long, in which thread:

* **Decompression.** While a call of `safe_read` runs, the name ``zlib`` in the module ``mutagen.id3._frames`` refers to
  a `_LimitedZlib`. The patch applies to the whole process, but the limit is stored per thread: only a thread that is in
  `safe_read` is limited, every other thread gets the real ``zlib``. When the last thread leaves `safe_read`, the
  original module is put back.
* **Time.** In the main thread, and not on Windows, a timer of processor time (``ITIMER_VIRTUAL``) raises an exception
  in the reading thread. The program's own timer and handler of ``SIGVTALRM`` are stopped before and restored after the
  call, also after an error. In other threads there is no time limit, since Python runs signal handlers in the main
  thread only.

Nothing is patched outside of a call.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tagger.io import regular

MAX_DECOMPRESSED_BYTES = 64 << 20
"""Bytes that all compressed frames of a file may decompress to; the largest pictures have a few million bytes."""

MAX_CPU_SECONDS = 10.0
"""Seconds of processor time for reading a file's tags; large tags take a tenth of a second."""

REPEAT_SECONDS = 1.0
"""Seconds after which reading is interrupted again, since mutagen may have caught the first exception."""


class _TimeExceeded(BaseException):
    """Raised by the timer. Not an `Exception`, since mutagen ignores some of those."""


@contextmanager
def _cpu_time_limit(limit: float) -> Iterator[None]:
    """Interrupt the block after some seconds of processor time, where signals can do that."""
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    # None if the handler was not installed by Python; such a handler could not be restored.
    previous_handler = signal.getsignal(signal.SIGVTALRM) if usable else None
    if previous_handler is None:
        yield
        return
    reading = True

    def interrupt(*_: object) -> None:
        if reading:
            raise _TimeExceeded

    previous_timer = (0.0, 0.0)
    started = os.times().user
    try:
        # The program's timer is stopped first, so that it does not call this handler.
        previous_timer = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, interrupt)
        signal.setitimer(signal.ITIMER_VIRTUAL, limit, REPEAT_SECONDS)
        yield
        reading = False
    except _TimeExceeded:
        from mutagen import MutagenError

        raise MutagenError(f"they take more than {limit:g} s to read") from None
    finally:
        reading = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous_handler)
        _restart_timer(previous_timer, os.times().user - started)


def _restart_timer(timer: tuple[float, float], elapsed: float) -> None:
    """Start a stopped timer again, less the seconds since then; one that has expired fires at once."""
    remaining, interval = timer
    if remaining:
        signal.setitimer(signal.ITIMER_VIRTUAL, max(remaining - elapsed, 1e-6), interval)


class _Budget(threading.local):
    """Bytes that the call of `safe_read` in this thread may still decompress; None outside of a call."""

    remaining: int | None = None


_budget = _Budget()


class _LimitedZlib:
    """Replaces ``zlib`` in mutagen: limited in threads that are in `safe_read`, unchanged in all others.

    Parameters
    ----------
    zlib : module
        The module that is replaced.
    """

    def __init__(self, zlib: Any) -> None:
        self.zlib = zlib

    def decompress(self, data: bytes, *arguments: Any, **options: Any) -> bytes:
        remaining = _budget.remaining
        if remaining is None:
            content: bytes = self.zlib.decompress(data, *arguments, **options)
            return content
        from mutagen import MutagenError

        decompressor = self.zlib.decompressobj()
        content = decompressor.decompress(data, remaining + 1)
        if len(content) > remaining:
            # Not `zlib.error`, after which mutagen would go on without the frame.
            raise MutagenError(f"compressed frames decompress to more than {MAX_DECOMPRESSED_BYTES >> 20} MB")
        if not decompressor.eof:
            raise self.zlib.error("incomplete or truncated stream")
        _budget.remaining = remaining - len(content)
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self.zlib, name)


_lock = threading.RLock()
_readers = 0
"""Calls of `safe_read` that are running, in all threads."""


@contextmanager
def _decompression_limit() -> Iterator[None]:
    """Limit what mutagen decompresses in this thread; the last thread to leave restores mutagen's ``zlib``."""
    global _readers
    from mutagen.id3 import _frames

    frames: Any = _frames
    with _lock:
        if not isinstance(frames.zlib, _LimitedZlib):
            frames.zlib = _LimitedZlib(frames.zlib)
        _readers += 1
    previous, _budget.remaining = _budget.remaining, MAX_DECOMPRESSED_BYTES
    try:
        yield
    finally:
        _budget.remaining = previous
        with _lock:
            _readers -= 1
            if not _readers and isinstance(frames.zlib, _LimitedZlib):
                frames.zlib = frames.zlib.zlib


def safe_read(path: str, kind: Any = None, max_cpu_seconds: float | None = None) -> Any:
    """Read the tags of a file with mutagen.

    Parameters
    ----------
    path : str
        The file.
    kind : callable, optional
        mutagen's class for it, if that is known.
    max_cpu_seconds : float, optional
        Seconds of processor time; by default `MAX_CPU_SECONDS`.

    Returns
    -------
    mutagen.FileType or None
        None if mutagen does not know the kind of the file.

    Raises
    ------
    OSError
        If it is not a regular file; opening a FIFO would block.
    mutagen.MutagenError
        If the tags are damaged, decompress to more than `MAX_DECOMPRESSED_BYTES`, or take more processor time.
    """
    import mutagen

    regular.check(path)
    with _decompression_limit(), _cpu_time_limit(max_cpu_seconds or MAX_CPU_SECONDS):
        return mutagen.File(path) if kind is None else kind(path)

"""mutagen, with limits to what the compressed frames of a file may unpack to, and to the time it takes to read them.

A frame of ID3 may be compressed, and mutagen unpacks whatever comes out of it: six megabytes can be made to fill all
memory. And it cuts a frame of many texts into them one by one, each time copying the rest.

Both limits hold for the calls of `read` alone. A program that uses mutagen itself beside emotag, in this thread or in
another, is not limited, and finds its own timer and signal handler as they were.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tagger.io import regular

MAX_UNPACKED_BYTES = 64 << 20
"""Bytes that the compressed frames of a file may unpack to, all together; the largest pictures have a few millions."""


MAX_CPU_SECONDS = 10.0
"""Seconds of the processor that reading a file's tags may take; large ones take a tenth of one."""

AGAIN = 1.0
"""Seconds after which what is still being read is broken off once more: mutagen may have caught the first time."""


class _TooLongError(BaseException):
    """Not an `Exception`: mutagen goes on after some of those."""


@contextmanager
def _in_time() -> Iterator[None]:
    """Break off what takes too long, where signals can do that: in the main thread, and not on Windows."""
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    # A handler that was not set from Python cannot be put back.
    before = signal.getsignal(signal.SIGVTALRM) if usable else None
    if before is None:
        yield
        return
    reading = True

    def ring(*_: object) -> None:
        if reading:
            raise _TooLongError

    theirs = (0.0, 0.0)
    began = os.times().user
    longest = MAX_CPU_SECONDS
    try:
        # A timer that the program has set is stopped, so that it does not call our handler.
        theirs = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, ring)
        signal.setitimer(signal.ITIMER_VIRTUAL, longest, AGAIN)
        yield
        reading = False
    except _TooLongError:
        from mutagen import MutagenError

        raise MutagenError(f"they take more than {longest:g} s to read") from None
    finally:
        reading = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        _restore(theirs, os.times().user - began)


def _restore(timer: tuple[float, float], passed: float) -> None:
    """Set a timer that was stopped, less the time that has passed since; one that is due rings at once."""
    left, interval = timer
    if left:
        signal.setitimer(signal.ITIMER_VIRTUAL, max(left - passed, 1e-6), interval)


class _Budget(threading.local):
    """How many bytes the call of `read` in this thread may still unpack; None outside of one."""

    left: int | None = None


_budget = _Budget()


class _Bounded:
    """What mutagen takes for zlib while a file is read: bounded in the threads that read one here, and else as it is.

    Parameters
    ----------
    zlib : module
        What stood in its place.
    """

    def __init__(self, zlib: Any) -> None:
        self.zlib = zlib

    def decompress(self, data: bytes, *arguments: Any, **options: Any) -> bytes:
        left = _budget.left
        if left is None:
            return self.zlib.decompress(data, *arguments, **options)
        from mutagen import MutagenError

        unpacker = self.zlib.decompressobj()
        unpacked = unpacker.decompress(data, left + 1)
        if len(unpacked) > left:
            # Not an error of zlib, after which mutagen would go on without the frame.
            raise MutagenError(f"compressed frames unpack to more than {MAX_UNPACKED_BYTES >> 20} MB")
        if not unpacker.eof:
            raise self.zlib.error("incomplete or truncated stream")
        _budget.left = left - len(unpacked)
        return unpacked

    def __getattr__(self, name: str) -> Any:
        return getattr(self.zlib, name)


_lock = threading.RLock()
_readers = 0


@contextmanager
def _in_size() -> Iterator[None]:
    """Limit what mutagen unpacks in this thread; the last thread to leave puts mutagen's own zlib back."""
    global _readers
    from mutagen.id3 import _frames

    frames: Any = _frames
    with _lock:
        if not isinstance(frames.zlib, _Bounded):
            frames.zlib = _Bounded(frames.zlib)
        _readers += 1
    before, _budget.left = _budget.left, MAX_UNPACKED_BYTES
    try:
        yield
    finally:
        _budget.left = before
        with _lock:
            _readers -= 1
            if not _readers and isinstance(frames.zlib, _Bounded):
                frames.zlib = frames.zlib.zlib


def safe_read(path: str, kind: Any = None) -> Any:
    """Read the tags of a file.

    Parameters
    ----------
    path : str
        The file.
    kind : callable, optional
        mutagen's class for it, if that is known.

    Returns
    -------
    mutagen.FileType or None
        None if it is of no kind that mutagen knows.

    Raises
    ------
    OSError
        If it is no regular file: opening a FIFO would wait.
    mutagen.MutagenError
        As mutagen does, and if too much is packed into the tags or they take too long.
    """
    import mutagen

    regular.check(path)
    with _in_size(), _in_time():
        return mutagen.File(path) if kind is None else kind(path)

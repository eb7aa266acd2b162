"""mutagen, with bounds to what the compressed frames of a file may unpack to, and to the time it takes to read them.

A frame of ID3 may be compressed, and mutagen unpacks whatever comes out of it: six megabytes can be made to fill all
memory. And it cuts a frame of many texts into them one by one, each time copying the rest.
"""

from __future__ import annotations

import signal
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LARGEST = 64 << 20
"""Bytes that the compressed frames of a file may unpack to, all together; the largest pictures have a few millions."""


LONGEST = 10.0
"""Seconds of the processor that reading a file's tags may take; large ones take a tenth of one."""


class _TooLongError(BaseException):
    """Not an `Exception`: mutagen goes on after some of those."""


@contextmanager
def _in_time() -> Iterator[None]:
    """Break off what takes too long, where signals can do that: in the main thread, and not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        yield
    except _TooLongError:
        from mutagen import MutagenError

        raise MutagenError(f"they take more than {LONGEST:g} s to read") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _Bounded:
    """What mutagen uses of zlib."""

    error = zlib.error

    def __init__(self) -> None:
        self.left = LARGEST

    def decompress(self, data: bytes) -> bytes:
        from mutagen import MutagenError

        unpacked = zlib.decompressobj().decompress(data, self.left + 1)
        if len(unpacked) > self.left:
            # Not an error of zlib, after which mutagen would go on without the frame.
            raise MutagenError(f"compressed frames unpack to more than {LARGEST >> 20} MB")
        self.left -= len(unpacked)
        return unpacked

    def __getattr__(self, name: str) -> Any:
        return getattr(zlib, name)


def read(path: str, kind: Any = None) -> Any:
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
    mutagen.MutagenError
        As mutagen does, and if too much is packed into the tags or they take too long.
    """
    import mutagen
    from mutagen.id3 import _frames

    _frames.zlib = _Bounded()  # type: ignore[assignment]
    with _in_time():
        return mutagen.File(path) if kind is None else kind(path)

"""mutagen, with a bound to what the compressed frames of a file may unpack to.

A frame of ID3 may be compressed, and mutagen unpacks whatever comes out of it: six megabytes can be made to fill all
memory.
"""

from __future__ import annotations

import zlib
from typing import Any

LARGEST = 64 << 20
"""Bytes that the compressed frames of a file may unpack to, all together; the largest pictures have a few millions."""


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
        As mutagen does, and if too much is packed into the tags.
    """
    import mutagen
    from mutagen.id3 import _frames

    _frames.zlib = _Bounded()  # type: ignore[assignment]
    return mutagen.File(path) if kind is None else kind(path)

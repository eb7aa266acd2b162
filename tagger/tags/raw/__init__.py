"""What a file holds beside its audio, listed from its bytes without the library that reads the tags."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One part of a file's tags.

    Attributes
    ----------
    place : str
        Part of the container that holds it.
    key : str
        Its name there; need not be unique.
    data : bytes
        Its bytes, or the hash of a long run of them.
    """

    place: str
    key: str
    data: bytes

"""Listings of all that a container holds beside the audio, read from its bytes without the tag library."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One thing that a file holds: a frame, a comment, an atom, an attribute, or bytes around the audio.

    Attributes
    ----------
    place : str
        Where in the file it stands.
    key : str
        What it is called there.
    data : bytes
        Its bytes, or their hash where they are many.
    """

    place: str
    key: str
    data: bytes

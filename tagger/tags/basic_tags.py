"""Read title, artist and album from the tags of any container."""

from __future__ import annotations

from typing import Any, NamedTuple

from tagger.tags.safe_read import safe_read

KEYS = (
    ("TIT2", "©nam", "title", "Title"),
    ("TPE1", "©ART", "artist", "Artist", "Author"),
    ("TALB", "©alb", "album", "Album", "WM/AlbumTitle"),
)
"""Names of the three fields in all containers; no container uses a name of another for something else."""


class BasicTags(NamedTuple):
    """Title, artist and album of a song.

    Attributes
    ----------
    title, artist, album : str
        Empty if unknown.
    """

    title: str = ""
    artist: str = ""
    album: str = ""


def read_basic_tags(path: str) -> BasicTags:
    """Read the basic tags of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    BasicTags
        Empty if the tags cannot be read.
    """
    try:
        tags = getattr(safe_read(path), "tags", None)
    except Exception:
        # mutagen may raise any error on damaged tags, and the caller can do without them.
        return BasicTags()
    return BasicTags(*(_first_value(tags, keys) for keys in KEYS)) if tags else BasicTags()


def _first_value(tags: Any, keys: tuple[str, ...]) -> str:
    """Return the value of the first of several names that the tags have."""
    for key in keys:
        try:
            values = tags[key]
        except (KeyError, ValueError):
            continue
        value = values[0] if isinstance(values, list) and values else values
        # ID3 frames and values of APEv2 may hold several texts.
        text = str(value).replace("\x00", "; ").strip()
        if text:
            return text
    return ""

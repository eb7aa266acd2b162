"""Read title, artist, album and genres from the tags of any container."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from tagger.tags.safe_read import safe_read

KEYS = (
    ("TIT2", "©nam", "title", "Title"),
    ("TPE1", "©ART", "artist", "Artist", "Author"),
    ("TALB", "©alb", "album", "Album", "WM/AlbumTitle"),
    ("TCON", "©gen", "genre", "Genre", "WM/Genre"),
)
"""Names of the fields in all containers; no container uses a name of another for something else."""

MAX_LENGTH = 1000
"""Maximum number of characters of a value; the rest of longer ones is left out."""

MAX_VALUES = 20
"""Maximum number of values of a field; further ones are left out."""

MAX_CPU_SECONDS = 2.0
"""Seconds of processor time for reading these tags; they are for display and queries only."""


class BasicTags(NamedTuple):
    """Title, artist, album and genres of a song, each on one line and valid Unicode.

    Attributes
    ----------
    title, artist, album : str
        Empty if unknown. Several values are joined with a semicolon.
    genres : tuple of str
        Empty if unknown.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    genres: tuple[str, ...] = ()


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
        tags = getattr(safe_read(path, max_cpu_seconds=MAX_CPU_SECONDS), "tags", None)
        if not tags:
            return BasicTags()
        title, artist, album, genres = (_values(tags, keys) for keys in KEYS)
    except Exception:
        # mutagen may raise any error on damaged tags, and the caller can do without them.
        return BasicTags()
    return BasicTags("; ".join(title), "; ".join(artist), "; ".join(album), tuple(genres))


def _values(tags: Any, keys: tuple[str, ...]) -> list[str]:
    """Return the values of the first of several names that the tags have."""
    for key in keys:
        try:
            found = tags[key]
        except (KeyError, ValueError):
            continue
        # The genre of ID3 may be a number, for which mutagen has the name.
        texts = found if isinstance(found, list) else getattr(found, "genres", None) or str(found).split("\x00")
        values = filter(None, (_one_line(str(text)) for text in islice(texts, MAX_VALUES)))
        if unique := list(dict.fromkeys(values)):
            return unique
    return []


def _one_line(text: str) -> str:
    """Return text without line breaks, without characters that UTF-8 does not have, and of limited length."""
    valid = text[: 2 * MAX_LENGTH].encode(errors="replace").decode()
    return " ".join(valid.replace("\x00", " ").split())[:MAX_LENGTH]

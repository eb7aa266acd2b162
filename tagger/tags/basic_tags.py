"""What a song is called: title, artist and album, from whatever tags its file has."""

from __future__ import annotations

from typing import Any, NamedTuple

from tagger.tags.safe_read import safe_read

KEYS = (
    ("TIT2", "©nam", "title", "Title"),
    ("TPE1", "©ART", "artist", "Artist", "Author"),
    ("TALB", "©alb", "album", "Album", "WM/AlbumTitle"),
)
"""Names of the three fields in the containers' tags; no container uses another's for something else."""


class BasicTags(NamedTuple):
    """Title, artist and album; empty where they are not known."""

    title: str = ""
    artist: str = ""
    album: str = ""


def read_basic_tags(path: str) -> BasicTags:
    """Read what a file's tags call the song; nothing if they cannot be read."""
    try:
        tags = getattr(safe_read(path), "tags", None)
    except Exception:
        # mutagen raises anything on damaged tags, and a song without a title is still a song.
        return BasicTags()
    return BasicTags(*(_first(tags, keys) for keys in KEYS)) if tags else BasicTags()


def _first(tags: Any, keys: tuple[str, ...]) -> str:
    for key in keys:
        try:
            values = tags[key]
        except (KeyError, ValueError):
            continue
        value = values[0] if isinstance(values, list) and values else values
        # An ID3 frame and a value of APEv2 may hold several texts.
        text = str(value).replace("\x00", "; ").strip()
        if text:
            return text
    return ""

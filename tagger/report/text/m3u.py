"""Playlists as extended M3U in UTF-8, which every player reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from tagger.library.names import to_text
from tagger.library.songs import Song
from tagger.tags.titles import Titles


class Unwritable(Exception):
    """A path that no line of a playlist can hold."""


def playlist(songs: Iterable[Song], titles: Callable[[str], Titles], folder: str | None) -> str:
    """Write songs as a playlist.

    Parameters
    ----------
    songs : iterable of Song
    titles : callable
        From a path to what the song is called.
    folder : str or None
        The playlist's own folder, from which paths lead to the songs; with None they are absolute.

    Raises
    ------
    Unwritable
        If a path holds the end of a line.
    """
    lines = ["#EXTM3U"]
    for song in songs:
        lines += [f"#EXTINF:{round(song.duration)},{_called(song.path, titles(song.path))}", address(song.path, folder)]
    return "\n".join(lines) + "\n"


def address(path: str, folder: str | None) -> str:
    """Return the line that names a file.

    Raises
    ------
    Unwritable
        If the path holds the end of a line.
    """
    written = path if folder is None else os.path.relpath(path, folder)
    if len(written.splitlines()) != 1 or written != written.rstrip():
        raise Unwritable(path)
    text = to_text(written)
    if text.startswith("file://"):
        return to_text(path)
    # A line that begins with a number sign is a comment, and players strip spaces.
    return f"./{text}" if text.startswith("#") or text[:1].isspace() else text


def _called(path: str, found: Titles) -> str:
    title = found.title or os.fsencode(Path(path).stem).decode(errors="replace")
    text = f"{found.artist} - {title}" if found.artist else title
    # Lists are printed on terminals too, which characters of control would command.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

"""Playlists in the extended M3U format, as UTF-8 (M3U8)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tagger.library.path_text import path_to_text, path_to_uri
from tagger.library.songs import Song


class UnwritablePath(Exception):
    """A path that cannot be a line of a playlist: it contains a line break, or ends in white space."""


def playlist(songs: Iterable[Song], folder: str | None, *, uri: bool = False) -> str:
    """Return a playlist of songs.

    Parameters
    ----------
    songs : iterable of Song
    folder : str or None
        Folder of the playlist, to which the paths of the songs are relative; None for absolute paths.
    uri : bool, default False
        Write percent-encoded ``file://`` URIs instead of paths.

    Returns
    -------
    str

    Raises
    ------
    UnwritablePath
        If a path cannot be a line of a playlist.
    """
    lines = ["#EXTM3U"]
    for song in songs:
        lines += [
            f"#EXTINF:{round(song.duration)},{_display_title(song)}",
            path_to_uri(song.path) if uri else entry_path(song.path, folder),
        ]
    return "\n".join(lines) + "\n"


def entry_path(path: str, folder: str | None) -> str:
    """Return the line of a playlist that refers to a file.

    Parameters
    ----------
    path : str
    folder : str or None
        Folder to which the line is relative; None for an absolute path.

    Returns
    -------
    str
        A path, or a ``file://`` URL if the name is not UTF-8.

    Raises
    ------
    UnwritablePath
        If the path cannot be a line of a playlist.
    """
    written = path if folder is None else os.path.relpath(path, folder)
    if len(written.splitlines()) != 1 or written != written.rstrip():
        raise UnwritablePath(path)
    text = path_to_text(written)
    if text.startswith("file://"):
        return path_to_text(path)
    # A line that begins with a number sign is a comment, and players strip leading spaces.
    return f"./{text}" if text.startswith("#") or text[:1].isspace() else text


def is_writable(path: str, folder: str | None) -> bool:
    """Return whether a path can be a line of a playlist.

    Parameters
    ----------
    path : str
    folder : str or None
        As for `entry_path`.

    Returns
    -------
    bool
    """
    if path.isprintable() and not path[-1:].isspace():
        return True  # nearly all paths; making them relative takes longer than all else for a large library
    try:
        entry_path(path, folder)
    except UnwritablePath:
        return False
    return True


def _display_title(song: Song) -> str:
    """Return artist and title, or the name of the file, on one line."""
    title = song.title or os.fsencode(Path(song.path).stem).decode(errors="replace")
    text = f"{song.artist} - {title}" if song.artist else title
    # Playlists are also printed on terminals, which would interpret control characters.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

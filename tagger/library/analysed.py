"""The analysed files of the library, and the audio that paths stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tagger.library.songs import path_key
from tagger.library.store import Store


class AnalysedFile(NamedTuple):
    """A file of the library whose audio was analysed.

    Attributes
    ----------
    path : str
        Absolute path.
    audio : int
        Id of the audio in the store.
    audio_hash : str
        Hash of its packets.
    artist : str or None
        Empty if the file names none, None if its tags were not read yet.
    """

    path: str
    audio: int
    audio_hash: str
    artist: str | None


def analysed_files(store: Store, roots: Iterable[str] = ()) -> Iterator[AnalysedFile]:
    """Yield the analysed files of the library.

    Parameters
    ----------
    store : Store
        The library database.
    roots : iterable of str
        Files and folders; by default the whole library.

    Yields
    ------
    AnalysedFile
        Below one root after the other, each in the order of the paths.
    """
    query = (
        "SELECT path, audio, audio_hash, artist FROM file JOIN audio ON audio.id = audio"
        " WHERE path >= ? AND path < ? ORDER BY path"
    )
    for root in [path_key(root) for root in roots] or [b""]:
        for path, audio, audio_hash, artist in store.read_below(query, root):
            yield AnalysedFile(os.fsdecode(path), audio, audio_hash, artist)


def audio_of_paths(store: Store, paths: Iterable[str]) -> dict[str, int | None]:
    """Look up the audio of files.

    Parameters
    ----------
    store : Store
        The library database.
    paths : iterable of str
        Paths of files, which may lead through links.

    Returns
    -------
    dict of str to int or None
        Audio id by path; None if the library has no analysed file there.
    """
    keys = {path: (path_key(path), os.fsencode(os.path.realpath(path))) for path in paths}
    rows = store.files(key for pair in keys.values() for key in pair)
    found: dict[str, int | None] = {}
    for path, pair in keys.items():
        audio = [rows[key].audio for key in pair if key in rows]
        found[path] = next((value for value in audio if value is not None), None)
    return found

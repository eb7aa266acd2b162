"""Songs of the library with their predicted emotions, and functions that filter and limit lists of songs."""

from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from tagger.emotions import Emotion
from tagger.library.query import EVERY_SONG
from tagger.library.query_terms import FUNCTIONS, Node
from tagger.library.relative import RelativePosition

if TYPE_CHECKING:
    from tagger.library.records import PredictedFile
    from tagger.library.store import Store
    from tagger.tags.basic_tags import BasicTags

COMMIT_AFTER = 2.0
"""Seconds of reading tags that a crash may lose."""


class Song(NamedTuple):
    """A file of the library whose emotion has been predicted.

    Attributes
    ----------
    path : str
        Absolute path.
    audio : int
        Id of the audio in the store; copies of a song have the same id.
    duration : float
        Duration in seconds.
    emotion : Emotion
        The predicted emotion.
    model : str
        Names of the models that predicted it.
    relative : RelativePosition or None
        Valence and arousal relative to all songs of the library, if requested.
    title, artist, album : str
        From the tags of the file, as the library has them; empty if unknown.
    genres : tuple of str
        Likewise.
    tags_read : bool
        Whether the library has the tags of the file; `with_tags` reads those that it lacks.
    """

    path: str
    audio: int
    duration: float
    emotion: Emotion
    model: str
    relative: RelativePosition | None = None
    title: str = ""
    artist: str = ""
    album: str = ""
    genres: tuple[str, ...] = ()
    tags_read: bool = False


def songs(store: Store, roots: Sequence[str] = (), model: str = "", query: Node = EVERY_SONG) -> Iterator[Song]:
    """Yield the songs of the store in the order of their paths, each once.

    Parameters
    ----------
    store : Store
        The library database.
    roots : sequence of str
        Files and folders; by default all songs of the store.
    model : str
        Names of the models whose predictions to use; by default the newest prediction of each song.
    query : Node
        Only songs that match it (`tagger.library.query`); missing tags match no term (`with_tags` reads them).

    Yields
    ------
    Song
    """
    store.add_functions(FUNCTIONS)
    keys = [path_key(root) for root in roots] or [b""]
    streams = [store.predicted_files(model, key, query.condition()) for key in keys]
    previous = b""
    # Merging takes time for each song, so a single stream is left as it is.
    for file in heapq.merge(*streams, key=itemgetter(0)) if len(streams) > 1 else streams[0]:
        if file.path != previous:
            previous = file.path
            yield _song(file)


def _song(file: PredictedFile) -> Song:
    path, audio, duration, model, title, artist, album, genre, prediction = file
    genres = tuple(genre.split("\n")) if genre else ()
    tags_read = artist is not None
    tags = (title or "", artist or "", album or "", genres, tags_read)
    return Song(os.fsdecode(path), audio, duration, prediction.emotion(), model, None, *tags)


def with_tags(
    store: Store, songs: Iterable[Song], on_song: Callable[[int], object] = lambda count: None
) -> Iterator[Song]:
    """Yield songs with their tags; read those that the library lacks, and add them to the library.

    Files are opened only for songs that an older version of emotag has scanned.

    Parameters
    ----------
    store : Store
        The library database.
    songs : iterable of Song
        The songs; all are read before the first one is returned.
    on_song : callable, optional
        Called with 1 for each song.

    Yields
    ------
    Song
        In the same order. A file that does not exist now keeps empty tags, and is read another time.
    """
    for song in list(songs):
        on_song(1)
        yield song if song.tags_read or not os.path.isfile(song.path) else _read_tags(store, song)
        store.commit_after(COMMIT_AFTER)
    store.commit()


def file_tags(store: Store, path: str) -> BasicTags:
    """Return the tags of a file; read them if the library lacks them, and add them to it.

    Parameters
    ----------
    store : Store
        The library database.
    path : str
        The file.

    Returns
    -------
    BasicTags
        Empty if the library does not have the song, or does not have its tags and the file does not exist now.
    """
    from tagger.tags.basic_tags import BasicTags

    song = next(songs(store, [path]), None)
    if song is None:
        return BasicTags()
    if not song.tags_read and os.path.isfile(path):
        song = _read_tags(store, song)
        store.commit_after(COMMIT_AFTER)
    return BasicTags(song.title, song.artist, song.album, song.genres)


def _read_tags(store: Store, song: Song) -> Song:
    from tagger.tags.basic_tags import read_basic_tags

    tags = read_basic_tags(song.path)
    store.set_tags(path_key(song.path), tags)
    return song._replace(**tags._asdict(), tags_read=True)


def path_key(path: str) -> bytes:
    """Return the key of a file or folder in the store: its absolute path as bytes."""
    return os.fsencode(os.path.abspath(path))


def limit_per_artist(songs: Iterable[Song], max_songs: int) -> list[Song]:
    """Return the first songs of each artist; songs without an artist are all kept.

    Parameters
    ----------
    songs : iterable of Song
        Songs in order.
    max_songs : int
        Maximum number of songs of one artist. The case of letters is ignored.

    Returns
    -------
    list of Song
    """
    counts: Counter[str] = Counter()
    kept = []
    for song in songs:
        artist = song.artist.casefold()
        if artist:
            counts[artist] += 1
        if not artist or counts[artist] <= max_songs:
            kept.append(song)
    return kept


def shuffle(songs: Iterable[Song], seed: int | None) -> list[Song]:
    """Return songs in random order.

    Parameters
    ----------
    songs : iterable of Song
        Songs in order.
    seed : int or None
        The same seed gives the same order; None for a different order each time.

    Returns
    -------
    list of Song
    """
    shuffled = list(songs)
    random.Random(seed).shuffle(shuffled)
    return shuffled

"""Songs of the library with their predicted emotions, and functions that filter and limit lists of songs."""

from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from tagger.emotions import Emotion
from tagger.library.relative import RelativePosition

if TYPE_CHECKING:
    from tagger.library.store import Store


@dataclass(frozen=True)
class Song:
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
    """

    path: str
    audio: int
    duration: float
    emotion: Emotion
    model: str
    relative: RelativePosition | None = None


def songs(store: Store, roots: Sequence[str] = (), model: str = "") -> Iterator[Song]:
    """Yield the songs of the store in the order of their paths, each once.

    Parameters
    ----------
    store : Store
        The library database.
    roots : sequence of str
        Files and folders; by default all songs of the store.
    model : str
        Names of the models whose predictions to use; by default the newest prediction of each song.

    Yields
    ------
    Song
    """
    streams = [store.predicted_files(model, path_key(root)) for root in roots] or [store.predicted_files(model)]
    previous = b""
    for key, audio, duration, name, prediction in heapq.merge(*streams, key=itemgetter(0)):
        if key != previous:
            previous = key
            yield Song(os.fsdecode(key), audio, duration, prediction.emotion(), name)


@dataclass(frozen=True)
class SongFilter:
    """Conditions on the emotion of a song, all of which it must meet.

    Attributes
    ----------
    moods : tuple of str
        The song has at least one of these moods; empty for any.
    not_moods : tuple of str
        The song has none of these moods.
    quadrants : tuple of str
        The song is in one of these quadrants; empty for any.
    """

    moods: tuple[str, ...] = ()
    not_moods: tuple[str, ...] = ()
    quadrants: tuple[str, ...] = ()

    def matches(self, song: Song) -> bool:
        """Return whether a song meets all conditions."""
        moods = set(song.emotion.moods)
        return (
            (not self.moods or bool(moods & set(self.moods)))
            and not moods & set(self.not_moods)
            and (not self.quadrants or song.emotion.quadrant in self.quadrants)
        )


def path_key(path: str) -> bytes:
    """Return the key of a file or folder in the store: its absolute path as bytes."""
    return os.fsencode(os.path.abspath(path))


def limit_length(songs: Iterable[Song], *, count: int | None = None, minutes: float | None = None) -> list[Song]:
    """Return the longest prefix of a list of songs within the limits.

    Parameters
    ----------
    songs : iterable of Song
        Songs in order.
    count : int, optional
        Maximum number of songs.
    minutes : float, optional
        Maximum total duration in minutes.

    Returns
    -------
    list of Song
    """
    kept: list[Song] = []
    seconds = 0.0
    for song in songs:
        seconds += song.duration
        if (count is not None and len(kept) >= count) or (minutes is not None and seconds > 60 * minutes):
            break
        kept.append(song)
    return kept


def limit_per_artist(songs: Iterable[Song], artist_of: Callable[[str], str], max_songs: int) -> list[Song]:
    """Return the first songs of each artist; songs without an artist are all kept.

    Parameters
    ----------
    songs : iterable of Song
        Songs in order.
    artist_of : callable
        From the path of a song to its artist, or an empty string. The case of letters is ignored.
    max_songs : int
        Maximum number of songs of one artist.

    Returns
    -------
    list of Song
    """
    counts: Counter[str] = Counter()
    kept = []
    for song in songs:
        artist = artist_of(song.path).casefold()
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

"""Choose as many songs as a playlist may have, and fill its duration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from tagger.library.playlist_order import artist_key
from tagger.library.songs import Song

LOOK_AHEAD = 50
"""Number of songs among which those that fill the rest of the time are looked for."""


def fill(
    songs: Iterable[Song], *, count: int | None = None, minutes: float | None = None, in_a_row: int | None = None
) -> list[Song]:
    """Choose songs from the beginning of a list until the limits are reached.

    Songs that are too long for the rest of the time are left out. Of the next `LOOK_AHEAD` songs, the longest that fits
    is taken, until none does.

    Parameters
    ----------
    songs : iterable of Song
        Songs in order; artists take turns already.
    count : int, optional
        Maximum number of songs.
    minutes : float, optional
        Maximum total duration in minutes.
    in_a_row : int, optional
        Maximum number of songs of one artist in a row among those that fill the rest of the time.

    Returns
    -------
    list of Song
    """
    iterator = iter(songs)
    chosen: list[Song] = []
    rest = float("inf") if minutes is None else 60 * minutes
    for song in iterator:
        if count is not None and len(chosen) >= count:
            return chosen
        if song.duration > rest:
            candidates = [song, *islice(iterator, LOOK_AHEAD - 1)]
            room = None if count is None else count - len(chosen)
            return chosen + list(_fill_rest(chosen, candidates, rest, room, in_a_row))
        chosen.append(song)
        rest -= song.duration
    return chosen


def _fill_rest(
    chosen: list[Song], candidates: list[Song], rest: float, count: int | None, in_a_row: int | None
) -> Iterator[Song]:
    artists = [artist_key(song) for song in chosen]
    while count is None or count > 0:
        tail = artists[-in_a_row:] if in_a_row else []
        blocked = tail[0] if in_a_row and len(tail) == in_a_row and len(set(tail)) == 1 else ""
        if all(artist_key(song) == blocked for song in candidates):
            blocked = ""
        fitting = [
            song for song in candidates if song.duration <= rest and not (blocked and artist_key(song) == blocked)
        ]
        if not fitting:
            return
        song = max(fitting, key=lambda song: song.duration)
        yield song
        candidates.remove(song)
        artists.append(artist_key(song))
        rest -= song.duration
        count = None if count is None else count - 1

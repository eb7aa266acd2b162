"""Orders of songs for playlists: by distance from a song or point, and along a path between two moods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import dist, inf
from typing import TYPE_CHECKING, Any

from tagger.errors import StoreError
from tagger.features import VERSIONS
from tagger.library.songs import Song
from tagger.library.songs import songs as all_songs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagger.library.store import Store

BATCH_SIZE = 500
"""Number of songs whose features are in memory at a time."""

MIN_SECONDS = 1e-3
"""Lower limit of the mean duration of songs; avoids a division by zero."""

PlanePoint = tuple[float, float]
"""Valence and arousal: in -1..1, or relative to the library."""


def plane_point(song: Song) -> PlanePoint:
    """Return valence and arousal of a song, relative to the library if the song has a relative position."""
    if song.relative is not None:
        return song.relative.valence, song.relative.arousal
    return song.emotion.valence, song.emotion.arousal


def nearest(songs: Sequence[Song], point: PlanePoint) -> list[Song]:
    """Sort songs by their Euclidean distance from a point on the valence/arousal plane.

    Parameters
    ----------
    songs : sequence of Song
        The songs.
    point : tuple of float
        Valence and arousal.

    Returns
    -------
    list of Song
        Nearest first; songs at the same distance by path.
    """
    return sorted(songs, key=lambda song: (dist(plane_point(song), point), song.path))


def most_similar(songs: Sequence[Song], reference: Song, store: Store) -> list[Song]:
    """Sort songs by the Euclidean distance of their audio features from those of a song.

    The features of a song are means over its excerpts, divided by the standard deviation of each feature over the
    library.

    Parameters
    ----------
    songs : sequence of Song
        The songs.
    reference : Song
        The song to compare with.
    store : Store
        The library database, which has the features.

    Returns
    -------
    list of Song
        Most similar first; songs at the same distance by path. Songs without features of the current version are last.

    Raises
    ------
    StoreError
        If the store has no features of the current version for the reference.
    """
    import numpy as np

    means = _mean_features(store)
    if reference.audio not in means:
        raise StoreError(f"{reference.path}: analysed by another version of emotag; scan it again")
    table = np.stack(list(means.values()))
    deviation = table.std(axis=0)
    scaled = (table - means[reference.audio]) / np.where(deviation > 0, deviation, 1)
    distances = np.sqrt(np.square(scaled).sum(axis=1))
    distance = dict(zip(means, distances.tolist(), strict=True))
    return sorted(songs, key=lambda song: (distance.get(song.audio, inf), song.path))


def _mean_features(store: Store) -> dict[int, NDArray[Any]]:
    """Return the means over excerpts of the features of all songs, by audio id."""
    import numpy as np

    audio = sorted({song.audio for song in all_songs(store)})
    versions = {name: VERSIONS[name] for name in ("moods", "affect")}
    means = {}
    for start in range(0, len(audio), BATCH_SIZE):
        for key, blobs in store.features(audio[start : start + BATCH_SIZE], versions).items():
            means[key] = np.concatenate([blobs[name].array().mean(axis=0) for name in versions])
    return means


def mood_path(
    songs: Sequence[Song],
    start: PlanePoint,
    end: PlanePoint,
    count: int,
    *,
    per_artist: int | None = None,
) -> list[Song]:
    """Choose songs along the line between two points: for each of evenly spaced points, the nearest unused song.

    Copies of a song, which have the same audio, count as one song.

    Parameters
    ----------
    songs : sequence of Song
        Songs to choose from.
    start, end : tuple of float
        Valence and arousal of the ends; a song at exactly this point is the first or last one.
    count : int
        Number of songs, if there are as many.
    per_artist : int, optional
        Maximum number of songs of one artist; by default not limited.

    Returns
    -------
    list of Song
        In the order of their projections on the line.
    """
    unused = {song.audio: song for song in sorted(songs, key=lambda song: song.path, reverse=True)}
    count = min(count, len(unused))
    songs_of_artist: Counter[str] = Counter()
    chosen: list[Song] = []
    for step in range(count):
        fraction = step / max(1, count - 1)
        point = tuple((1 - fraction) * a + fraction * b for a, b in zip(start, end, strict=True))
        while unused:
            best = min(unused.values(), key=lambda song: (dist(plane_point(song), point), song.path))
            unused.pop(best.audio)
            artist = best.artist.casefold() if per_artist else ""
            songs_of_artist[artist] += 1
            if not artist or songs_of_artist[artist] <= (per_artist or count):
                chosen.append(best)
                break
    return _sorted_along(chosen, start, end)


def _sorted_along(songs: list[Song], start: PlanePoint, end: PlanePoint) -> list[Song]:
    """Sort songs by their projection on the line, so that no step leads backwards; songs at the ends stay there."""
    direction = tuple(b - a for a, b in zip(start, end, strict=True))
    ends = {end: inf, start: -inf}

    def position(song: Song) -> float:
        point = plane_point(song)
        return ends.get(point, sum(x * d for x, d in zip(point, direction, strict=True)))

    return sorted(songs, key=position)


def mood_path_within(songs: Sequence[Song], seconds: float, path_of: Callable[[int], list[Song]]) -> list[Song]:
    """Return a path between two moods that is not longer than a time.

    Parameters
    ----------
    songs : sequence of Song
        Songs to choose from.
    seconds : float
        Maximum total duration in seconds.
    path_of : callable
        From a number of songs to a path of as many songs.

    Returns
    -------
    list of Song
        Empty if no path is short enough.
    """
    mean = sum(song.duration for song in songs) / max(1, len(songs))
    count = min(len(songs), int(seconds / max(mean, MIN_SECONDS)))
    while count > 0:
        path = path_of(count)
        duration = sum(song.duration for song in path)
        if duration <= seconds:
            return path
        count = min(count - 1, int(count * seconds / duration))
    return []

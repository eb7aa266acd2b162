"""Orders of songs: by nearness to a song or a point, and along a path from one mood to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import dist, inf
from typing import TYPE_CHECKING

from tagger.errors import StoreError
from tagger.features import VERSIONS
from tagger.library.songs import Song
from tagger.library.songs import songs as all_songs

if TYPE_CHECKING:
    import numpy as np

    from tagger.library.store import Store

BATCH = 500
"""Songs whose features are read at a time."""

PlanePoint = tuple[float, float]
"""Valence and arousal."""


def plane_point(song: Song) -> PlanePoint:
    """Return where a song lies on the plane."""
    return song.emotion.valence, song.emotion.arousal


def nearest(songs: Sequence[Song], to: PlanePoint) -> list[Song]:
    """Return songs by their distance from a point of the plane, the nearest first; equally near ones by path."""
    return sorted(songs, key=lambda song: (dist(plane_point(song), to), song.path))


def most_similar(songs: Sequence[Song], to: Song, store: Store) -> list[Song]:
    """Return songs by the distance of their features from a song's, the most alike first.

    The features are means over the excerpts, each in standard deviations over the library; songs whose features the
    store does not have in today's version come last.

    Raises
    ------
    StoreError
        If it does not have those of the song itself.
    """
    import numpy as np

    means = _mean_features(store)
    if to.audio not in means:
        raise StoreError(f"{to.path}: analysed by another version of emotag; scan it again")
    table = np.stack(list(means.values()))
    spread = table.std(axis=0)
    away = np.sqrt(np.square((table - means[to.audio]) / np.where(spread > 0, spread, 1)).sum(axis=1))
    distance = dict(zip(means, away.tolist(), strict=True))
    return sorted(songs, key=lambda song: (distance.get(song.audio, inf), song.path))


def _mean_features(store: Store) -> dict[int, np.ndarray]:
    """Return the features of all songs, by audio, as means over their excerpts."""
    import numpy as np

    audio = sorted({song.audio for song in all_songs(store)})
    sets = {name: VERSIONS[name] for name in ("moods", "affect")}
    means = {}
    for start in range(0, len(audio), BATCH):
        for key, kinds in store.features(audio[start : start + BATCH], sets).items():
            vectors = [kinds[name] for name in sets]
            each = [np.frombuffer(v.data, "<f4").reshape(v.excerpts, -1).mean(axis=0) for v in vectors]
            means[key] = np.concatenate(each)
    return means


def mood_path(
    songs: Sequence[Song],
    start: PlanePoint,
    end: PlanePoint,
    count: int,
    *,
    artist_of: Callable[[str], str] = lambda mood_path: "",
    per_artist: int | None = None,
) -> list[Song]:
    """Lead from one mood to another: for evenly spaced points on the line between, the nearest song not taken yet.

    Copies of a song, which share its audio, count as the song.

    Parameters
    ----------
    songs : sequence of Song
    start, end : tuple of float
        Points of the plane; a song that lies there is the first one, or the last.
    count : int
        Songs to take, if there are as many.
    artist_of : callable
        From a path to the artist, empty where that is not known.
    per_artist : int, optional
        Songs to take of an artist at most.
    """
    left = {song.audio: song for song in sorted(songs, key=lambda song: song.path, reverse=True)}
    count = min(count, len(left))
    taken: Counter[str] = Counter()
    chosen: list[Song] = []
    for step in range(count):
        share = step / max(1, count - 1)
        wanted = tuple((1 - share) * a + share * b for a, b in zip(start, end, strict=True))
        while left:
            best = min(left.values(), key=lambda song: (dist(plane_point(song), wanted), song.path))
            left.pop(best.audio)
            artist = artist_of(best.path).casefold() if per_artist else ""
            taken[artist] += 1
            if not artist or taken[artist] <= (per_artist or count):
                chosen.append(best)
                break
    return _sorted_along(chosen, start, end)


def _sorted_along(songs: list[Song], start: PlanePoint, end: PlanePoint) -> list[Song]:
    """Return songs in the order in which they lie along the line, so that no step between the ends leads back."""
    line = tuple(b - a for a, b in zip(start, end, strict=True))
    ends = {end: inf, start: -inf}
    return sorted(
        songs, key=lambda s: ends.get(plane_point(s), sum(x * d for x, d in zip(plane_point(s), line, strict=True)))
    )


def mood_path_within(songs: Sequence[Song], seconds: float, lead: Callable[[int], list[Song]]) -> list[Song]:
    """Return a path that lasts no longer than asked, and yet leads from end to end.

    Parameters
    ----------
    songs : sequence of Song
        Those to choose from.
    seconds : float
    lead : callable
        From a number of songs to a path of so many.
    """
    mean = sum(song.duration for song in songs) / max(1, len(songs))
    count = min(len(songs), int(seconds / max(mean, 1e-3)))
    while count > 0:
        led = lead(count)
        lasts = sum(song.duration for song in led)
        if lasts <= seconds:
            return led
        count = min(count - 1, int(count * seconds / lasts))
    return []

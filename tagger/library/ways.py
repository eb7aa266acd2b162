"""Orders of songs: by nearness to a song or a point, and along a path from one mood to another."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist
from typing import TYPE_CHECKING

from tagger.features import VERSIONS
from tagger.library.songs import Song

if TYPE_CHECKING:
    from tagger.library.store import Store

BATCH = 500
"""Songs whose features are read at a time."""

Point = tuple[float, float]
"""Valence and arousal."""


def point(song: Song) -> Point:
    """Return where a song lies on the plane."""
    return song.emotion.valence, song.emotion.arousal


def nearest(songs: Sequence[Song], to: Point) -> list[Song]:
    """Return songs by their distance from a point of the plane, the nearest first; equally near ones by path."""
    return sorted(songs, key=lambda song: (dist(point(song), to), song.path))


def most_alike(songs: Sequence[Song], to: Song, store: Store) -> list[Song]:
    """Return songs by the distance of their features from a song's, the most alike first.

    The features are means over the excerpts, each in standard deviations over all songs; songs whose features the
    store does not have in today's version come last.
    """
    import numpy as np

    audio = sorted({song.audio for song in (*songs, to)})
    sets = {name: VERSIONS[name] for name in ("moods", "affect")}
    rows = {}
    for start in range(0, len(audio), BATCH):
        for key, kinds in store.features(audio[start : start + BATCH], sets).items():
            means = [
                np.frombuffer(v.data, "<f4").reshape(v.excerpts, -1).mean(axis=0) for _, v in sorted(kinds.items())
            ]
            rows[key] = np.concatenate(means)
    if to.audio not in rows:
        return sorted(songs, key=lambda song: song.path)
    table = np.stack(list(rows.values()))
    spread = table.std(axis=0)
    away = np.sqrt(np.square((table - rows[to.audio]) / np.where(spread > 0, spread, 1)).sum(axis=1))
    distance = dict(zip(rows, away.tolist(), strict=True))
    return sorted(songs, key=lambda song: (distance.get(song.audio, float("inf")), song.path))


def path(songs: Sequence[Song], start: Point, end: Point, count: int) -> list[Song]:
    """Lead from one mood to another: for evenly spaced points on the line between, the nearest song not taken yet.

    Copies of a song, which share its audio, count as the song.
    """
    left = {song.audio: song for song in sorted(songs, key=lambda song: song.path, reverse=True)}
    count = min(count, len(left))
    chosen: list[Song] = []
    for step in range(count):
        share = step / max(1, count - 1)
        wanted = tuple(a + share * (b - a) for a, b in zip(start, end, strict=True))
        best = min(left.values(), key=lambda song: (dist(point(song), wanted), song.path))
        chosen.append(left.pop(best.audio))
    return _ordered(chosen, start, end)


def _ordered(songs: list[Song], start: Point, end: Point) -> list[Song]:
    """Return songs in the order in which they lie along the line, so that no step leads back."""
    along = tuple(b - a for a, b in zip(start, end, strict=True))
    return sorted(songs, key=lambda song: sum(x * d for x, d in zip(point(song), along, strict=True)))

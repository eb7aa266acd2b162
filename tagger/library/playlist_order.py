"""Orders of playlists: best matches first, at random, by path, or as a smooth walk; and artists that take turns."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from tagger.library.playlists import PlanePoint, plane_point
from tagger.library.query import is_graded
from tagger.library.query_terms import Node
from tagger.library.songs import Song, shuffle

MATCH, SHUFFLE, PATH, CURVE = "match", "shuffle", "path", "curve"
ORDERS = (MATCH, SHUFFLE, PATH, CURVE)
"""Names of the orders."""

HILBERT_BITS = 10
"""Bits of each coordinate on the Hilbert curve, which then has a million places."""


def best_first(songs: Sequence[Song], query: Node, seed: int | None) -> list[Song]:
    """Sort songs by how well they match a query.

    Parameters
    ----------
    songs : sequence of Song
    query : Node
    seed : int or None
        Seed of the random order of songs that match equally well, such as all songs if the query names no mood,
        quadrant or range; None for another order each time.

    Returns
    -------
    list of Song
        The best match first.
    """
    shuffled = shuffle(sorted(songs, key=lambda song: song.path), seed)
    return sorted(shuffled, key=query.score, reverse=True) if is_graded(query) else shuffled


def smooth_walk(songs: Sequence[Song]) -> list[Song]:
    """Order songs so that neighbours are near each other on the valence/arousal plane.

    The songs are in the order of a Hilbert curve through the rectangle that contains them. It begins where valence and
    arousal are low, and ends where valence is high and arousal is low.

    Parameters
    ----------
    songs : sequence of Song

    Returns
    -------
    list of Song
    """
    points = [plane_point(song) for song in songs]
    lows, highs = (tuple(map(limit, zip(*points, strict=True))) for limit in (min, max))
    size = (1 << HILBERT_BITS) - 1

    def place(point: PlanePoint) -> int:
        x, y = (
            round(size * (value - low) / (high - low)) if high > low else 0
            for value, low, high in zip(point, lows, highs, strict=True)
        )
        return _hilbert_place(x, y)

    return sorted(songs, key=lambda song: (place(plane_point(song)), song.path)) if songs else []


def _hilbert_place(x: int, y: int) -> int:
    """Return the place of a point on a Hilbert curve through a square of side ``2 ** HILBERT_BITS``."""
    place = 0
    side = 1 << (HILBERT_BITS - 1)
    while side:
        right, upper = int(bool(x & side)), int(bool(y & side))
        place += side * side * ((3 * right) ^ upper)
        x, y = x & (side - 1), y & (side - 1)
        if not upper:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side >>= 1
    return place


class Turns:
    """Songs in an order in which no artist has too many songs in a row, as long as other artists have songs.

    The order is that of the songs, but for songs that must wait and, if one artist has most of the songs, those that
    come earlier so that they do not remain at the end.

    Parameters
    ----------
    songs : sequence of Song
        In the wanted order.
    in_a_row : int or None
        Maximum number of songs of one artist in a row; None for no limit. Songs without an artist are not limited.
    """

    def __init__(self, songs: Sequence[Song], in_a_row: int | None) -> None:
        self.songs = songs
        self.in_a_row = in_a_row

    def __iter__(self) -> Iterator[Song]:
        if self.in_a_row is None:
            yield from self.songs
            return
        queues: dict[str, deque[int]] = defaultdict(deque)
        for index, song in enumerate(self.songs):
            queues[artist_key(song) or f"\0{index}"].append(index)
        heads = [(queue[0], artist) for artist, queue in queues.items()]
        heapq.heapify(heads)
        largest = [(-len(queue), artist) for artist, queue in queues.items()]
        heapq.heapify(largest)
        last, run = "", 0
        for remaining in range(len(self.songs), 0, -1):
            blocked = last if run >= self.in_a_row else ""
            artist = self._next(queues, heads, largest, remaining, blocked)
            yield self.songs[queues[artist].popleft()]
            if queues[artist]:
                heapq.heappush(heads, (queues[artist][0], artist))
            run = run + 1 if artist == last else 1
            last = artist

    def _next(
        self,
        queues: dict[str, deque[int]],
        heads: list[tuple[int, str]],
        largest: list[tuple[int, str]],
        remaining: int,
        blocked: str,
    ) -> str:
        """Return the artist of the next song."""
        assert self.in_a_row is not None
        # The counts in the heap only become too large: correct the topmost until it is right.
        while -largest[0][0] != len(queues[largest[0][1]]):
            _, artist = heapq.heappop(largest)
            if queues[artist]:
                heapq.heappush(largest, (-len(queues[artist]), artist))
        count, artist = -largest[0][0], largest[0][1]
        if artist != blocked and count > self.in_a_row * (remaining - count):
            return artist
        waiting = None
        while heads:
            index, artist = heapq.heappop(heads)
            if not queues[artist] or queues[artist][0] != index:
                continue  # taken out of turn
            if artist != blocked:
                if waiting:
                    heapq.heappush(heads, waiting)
                return artist
            waiting = (index, artist)
        return blocked


def artist_key(song: Song) -> str:
    """Return the artist of a song in the form in which artists are compared; empty if unknown.

    Parameters
    ----------
    song : Song

    Returns
    -------
    str
    """
    return " ".join(song.artist.casefold().split())


def without_duplicates(songs: Sequence[Song]) -> list[Song]:
    """Leave out songs whose recording is in the list already: the same audio, or the same artist and title.

    Parameters
    ----------
    songs : sequence of Song

    Returns
    -------
    list of Song
        The first of each.
    """
    audio: set[int] = set()
    names: set[tuple[str, str]] = set()
    kept = []
    for song in songs:
        name = (artist_key(song), " ".join(song.title.casefold().split()))
        if song.audio in audio or name in names:
            continue
        audio.add(song.audio)
        if all(name):
            names.add(name)
        kept.append(song)
    return kept

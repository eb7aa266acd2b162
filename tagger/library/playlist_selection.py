"""Select the songs of a playlist from the library, and put them in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tagger.errors import EmotagError
from tagger.library import playlists
from tagger.library.playlist_length import fill
from tagger.library.playlist_order import (
    CURVE,
    MATCH,
    PATH,
    SHUFFLE,
    Turns,
    best_first,
    smooth_walk,
    without_duplicates,
)
from tagger.library.playlists import PlanePoint
from tagger.library.query import EVERY_SONG
from tagger.library.query_terms import Node
from tagger.library.relative import LibraryScale, Z, library_scale
from tagger.library.songs import Song, limit_per_artist, songs

if TYPE_CHECKING:
    from tagger.library.store import Store

DEFAULT_IN_A_ROW = 1
"""Maximum number of songs of one artist in a row for the orders match, shuffle and curve."""

DEFAULT_PATH_LENGTH = 20
"""Number of songs of a path from one mood to another if there is no limit."""

SongOrPoint = str | PlanePoint
"""Path of a song in the library, or a point of the valence/arousal plane."""


class UnknownSong(EmotagError):
    """A song that the library does not have a prediction for."""


@dataclass(frozen=True)
class PlaylistOptions:
    """The order and the limits of a playlist. The best matches come first unless one of the orders is given.

    Attributes
    ----------
    order : str or None
        One of `tagger.library.playlist_order.ORDERS`.
    like : str or None
        Order by similarity to the song with this path, the most similar song first; the song itself is left out.
    by : {"plane", "features"}
        Similarity measure of `like`: distance on the valence/arousal plane, or of audio features.
    near : str, tuple of float or None
        Order by distance from this song or point on the plane, the nearest song first.
    start, end : str, tuple of float or None
        Order from the first song or point of the plane to the second one.
    relative : str or None
        Measure distances on the plane between positions relative to the library: one of
        `tagger.library.relative.RELATIVE_SCALES`. Points are positions too.
    shuffle : bool
        Random order, as with the order ``shuffle``.
    seed : int or None
        Seed of the random order, also of that of songs that match equally well.
    count : int or None
        Maximum number of songs.
    minutes : float or None
        Maximum duration in minutes.
    per_artist : int or None
        Maximum number of songs by one artist.
    in_a_row : int or None
        Maximum number of songs by one artist in a row, as long as there are songs by others.
    """

    order: str | None = None
    like: str | None = None
    by: str = "plane"
    near: SongOrPoint | None = None
    start: SongOrPoint | None = None
    end: SongOrPoint | None = None
    relative: str | None = None
    shuffle: bool = False
    seed: int | None = None
    count: int | None = None
    minutes: float | None = None
    per_artist: int | None = None
    in_a_row: int | None = None

    @property
    def effective_order(self) -> str | None:
        """The order; None if songs are ordered by distance from other songs or points."""
        if self.like or self.near or self.start:
            return None
        return self.order or (SHUFFLE if self.shuffle else MATCH)

    def conflict(self) -> str:
        """Return why the options contradict each other, in terms of the command line; empty if they do not."""
        orders = [option for option in (self.like, self.near, self.start, self.order, self.shuffle) if option]
        if len(orders) > 1:
            return "--like, --near, --from with --to, --order and --shuffle exclude each other"
        if (self.start is None) != (self.end is None):
            return "--from and --to must be used together"
        if self.by == "features" and not self.like:
            return "--by features requires --like"
        if self.seed is not None and self.effective_order in (None, PATH):
            return "--seed requires --order match, shuffle or curve"
        if self.in_a_row is not None and self.start is not None:
            return "--in-a-row and --from exclude each other"
        return self._conflict_of_points()

    def _conflict_of_points(self) -> str:
        points = {"--near": self.near, "--from": self.start, "--to": self.end}
        if self.relative and not any(points.values()) and not (self.like and self.by == "plane"):
            return "--relative requires --near, --from with --to, or --like by position on the plane"
        for option, point in points.items():
            if self.relative != Z and isinstance(point, tuple) and max(map(abs, point)) > 1:
                return f"{option}: valence and arousal must be between -1 and 1"
        return ""


class Candidates(NamedTuple):
    """Songs that a playlist can have.

    Attributes
    ----------
    songs : list of Song
    missing : int
        Number of matching songs whose files do not exist.
    unwritable : list of Song
        Matching songs whose paths cannot be written to a playlist.
    """

    songs: list[Song]
    missing: int
    unwritable: list[Song]


def find_candidates(store: Store, roots: Sequence[str], query: Node, is_writable: Callable[[str], bool]) -> Candidates:
    """Find the songs that match a query, whose files exist, and whose paths can be written to a playlist.

    Parameters
    ----------
    store : Store
    roots : sequence of str
        Files and folders; empty for the whole library.
    query : Node
    is_writable : callable
        Returns for a path whether it can be written to a playlist.

    Returns
    -------
    Candidates
        Songs in the order of their paths.
    """
    matching = list(songs(store, roots, query=query))
    existing = [song for song in matching if os.path.exists(song.path)]
    writable: list[Song] = []
    unwritable: list[Song] = []
    for song in existing:
        (writable if is_writable(song.path) else unwritable).append(song)
    return Candidates(writable, len(matching) - len(existing), unwritable)


def select_songs(
    candidates: Sequence[Song], store: Store, options: PlaylistOptions, query: Node = EVERY_SONG
) -> list[Song]:
    """Put songs in order and select as many as the limits allow, each recording once.

    Parameters
    ----------
    candidates : sequence of Song
        Songs that match the query, with their tags.
    store : Store
    options : PlaylistOptions
    query : Node
        The query, for the order by match.

    Returns
    -------
    list of Song

    Raises
    ------
    UnknownSong
        If the options refer to a song that has not been analysed.
    StoreError
        If the song to which others are compared has no features of this version.
    """
    scale = library_scale(store, options.relative) if options.relative else None
    if scale:
        candidates = [scale.place(song) for song in candidates]
    if options.start is not None and options.end is not None:
        return _select_path(without_duplicates(candidates), _Reference(store, scale), options)
    order = options.effective_order
    ordered = without_duplicates(_order(candidates, _Reference(store, scale), options, query))
    if options.per_artist:
        ordered = limit_per_artist(ordered, options.per_artist)
    in_a_row = options.in_a_row
    if in_a_row is None and order in (MATCH, SHUFFLE, CURVE):
        in_a_row = DEFAULT_IN_A_ROW
    selected = fill(Turns(ordered, in_a_row), count=options.count, minutes=options.minutes, in_a_row=in_a_row)
    return list(Turns(smooth_walk(selected), in_a_row)) if order == CURVE else selected


class _Reference(NamedTuple):
    """The library in which songs that the options name are looked up, and the scale of their positions."""

    store: Store
    scale: LibraryScale | None

    def song(self, path: str) -> Song:
        for song in songs(self.store, [path]):
            return self.scale.place(song) if self.scale else song
        raise UnknownSong(f"{path}: not analysed yet; run `emotag scan`")

    def point(self, place: SongOrPoint) -> PlanePoint:
        return playlists.plane_point(self.song(place)) if isinstance(place, str) else place


def _select_path(candidates: Sequence[Song], reference: _Reference, options: PlaylistOptions) -> list[Song]:
    assert options.start is not None and options.end is not None
    start, end = (reference.point(place) for place in (options.start, options.end))
    path_of_length = partial(playlists.mood_path, candidates, start, end, per_artist=options.per_artist)
    if not options.minutes:
        return path_of_length(options.count or DEFAULT_PATH_LENGTH)
    return playlists.mood_path_within(
        candidates, 60 * options.minutes, lambda length: path_of_length(min(length, options.count or length))
    )


def _order(candidates: Sequence[Song], reference: _Reference, options: PlaylistOptions, query: Node) -> list[Song]:
    if options.near:
        return playlists.nearest(candidates, reference.point(options.near))
    if not options.like:
        if options.effective_order == PATH:
            return list(candidates)
        return best_first(candidates, EVERY_SONG if options.effective_order == SHUFFLE else query, options.seed)
    liked = reference.song(options.like)
    others = [song for song in candidates if song.audio != liked.audio]
    if options.by == "features":
        return playlists.most_similar(others, liked, reference.store)
    return playlists.nearest(others, playlists.plane_point(liked))

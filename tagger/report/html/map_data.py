"""The data of the page of a map: its axes, and columns of values of the songs, which the scripts of the page read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from tagger.emotions import MOODS
from tagger.library.playlists import plane_point
from tagger.library.relative import RANK, Z
from tagger.library.songs import Song

Curve = tuple[tuple[float, float], ...]
"""Valence and arousal of each window of a song, in -1..1."""


@dataclass(frozen=True)
class MapAxes:
    """The axes of the map.

    Attributes
    ----------
    scale : str
        Of relative positions; empty if the axes are valence and arousal themselves.
    limit : float
        Value at the ends of the axes.
    """

    scale: str
    limit: float

    @classmethod
    def of(cls, songs: Sequence[Song]) -> MapAxes:
        """Return the axes on which all songs can be drawn.

        Parameters
        ----------
        songs : sequence of Song
            They have the same scale.

        Returns
        -------
        MapAxes
        """
        scale = next((song.relative.scale for song in songs if song.relative), "")
        if scale != Z:
            return cls(scale, 1)
        # No song is outside the map, and maps of small libraries have the same axes.
        greatest = max(abs(value) for song in songs for value in plane_point(song))
        return cls(scale, max(3, ceil(2 * greatest) / 2))

    @property
    def labels(self) -> tuple[tuple[str, str, str], ...]:
        """Name, meaning of the low end and meaning of the high end, of the horizontal and of the vertical axis."""
        if not self.scale:
            return ("valence", "unpleasant", "pleasant"), ("arousal", "calm", "excited")
        unit = "rank in the library" if self.scale == RANK else "standard score in the library"
        return (f"valence: {unit}", "lower", "higher"), (f"arousal: {unit}", "lower", "higher")

    def axis_title(self, name: str, meaning: str) -> str:
        """Return the title of an axis of an image.

        Parameters
        ----------
        name : str
            Name of the axis.
        meaning : str
            What its ends mean, if the axes are valence and arousal.

        Returns
        -------
        str
        """
        if not self.scale:
            return f"{name} ({meaning})"
        unit = "rank among" if self.scale == RANK else "standard score among"
        return f"{name}: {unit} all songs of the library"


class _Numbers:
    """Values by number, in the order in which they came."""

    def __init__(self) -> None:
        self.values: dict[Any, int] = {}

    def __getitem__(self, value: object) -> int:
        return self.values.setdefault(value, len(self.values))


def map_data(songs: Sequence[Song], folder: str, curves: Mapping[int, Curve]) -> dict[str, Any]:
    """Return the data of a page.

    Parameters
    ----------
    songs : sequence of Song
        At least one.
    folder : str
        Folder of the page; links are relative to it.
    curves : mapping of int to tuple of tuple of float
        Curves by audio id.

    Returns
    -------
    dict
        ``songs`` has a list for each column, of equal lengths. Names that several songs share are in lists of their
        own, and the columns have their numbers. Valence, arousal and positions are in ten-thousandths, standard
        deviations in thousandths (0 if unknown) and curves in hundredths, which keeps the page small.
    """
    axes = MapAxes.of(songs)
    folders, artists, albums, genres = _Numbers(), _Numbers(), _Numbers(), _Numbers()
    emotions = [song.emotion for song in songs]
    columns: dict[str, list[Any]] = {
        "file": [quote_from_bytes(os.fsencode(os.path.basename(song.path))) for song in songs],
        "folder": [folders[os.path.dirname(song.path)] for song in songs],
        "title": [song.title or _displayed(Path(song.path).stem) for song in songs],
        "artist": [artists[song.artist] for song in songs],
        "album": [albums[song.album] for song in songs],
        # The first genre, which decides the colour, and 0 or the list of all others.
        "genre": [genres[song.genres[0] if song.genres else ""] for song in songs],
        "otherGenres": [[genres[name] for name in song.genres[1:]] or 0 for song in songs],
        "seconds": [round(song.duration) for song in songs],
        # The most probable mood, and all moods as a bit mask.
        "mood": [MOODS.index(emotion.moods[0]) for emotion in emotions],
        "moods": [sum(1 << MOODS.index(mood) for mood in emotion.moods) for emotion in emotions],
        "valence": [round(1e4 * emotion.valence) for emotion in emotions],
        "arousal": [round(1e4 * emotion.arousal) for emotion in emotions],
        "valenceSd": [round(1e3 * (emotion.valence_sd or 0)) for emotion in emotions],
        "arousalSd": [round(1e3 * (emotion.arousal_sd or 0)) for emotion in emotions],
    }
    if axes.scale:
        points = [plane_point(song) for song in songs]
        columns["x"], columns["y"] = ([round(1e4 * point[axis]) for point in points] for axis in (0, 1))
    if curves:
        columns["curve"] = [
            [round(100 * value) for point in curves.get(song.audio, ()) for value in point] or 0 for song in songs
        ]
    root = _common_folder(songs)
    return {
        "songs": columns,
        "moods": MOODS,
        "artists": [*artists.values],
        "albums": [*albums.values],
        "genres": [*genres.values],
        "root": folder_name(songs),
        "folders": [_folder_label(path, root) for path in folders.values],
        "folderHrefs": [_folder_href(path, folder) for path in folders.values],
        "scale": axes.scale,
        "limit": axes.limit,
        "axes": axes.labels,
    }


def folder_name(songs: Sequence[Song]) -> str:
    """Return the name of the deepest folder that contains all songs; of the root of a file system, its path.

    Parameters
    ----------
    songs : sequence of Song

    Returns
    -------
    str
        ``library`` if there is no such folder.
    """
    root = _common_folder(songs)
    return _displayed(os.path.basename(root) or root) or "library"


def _common_folder(songs: Sequence[Song]) -> str:
    """Return the deepest folder that contains all songs, or an empty string if they are on different drives."""
    try:
        return os.path.commonpath({os.path.dirname(song.path) for song in songs})
    except ValueError:
        return ""


def _folder_label(path: str, root: str) -> str:
    """Return a folder relative to another one, with slashes; the other one itself is an empty string."""
    name = os.path.relpath(path, root) if root else path
    return "" if name == os.curdir else _displayed(name.replace(os.sep, "/"))


def _folder_href(path: str, folder: str) -> str:
    """Return the relative address of a folder, ending with a slash; empty for the folder of the page."""
    relative = os.path.relpath(path, folder)
    return "" if relative == os.curdir else quote_from_bytes(os.fsencode(relative.replace(os.sep, "/"))) + "/"


def _displayed(path: str) -> str:
    """Return a path as text, with a replacement character for bytes that are not UTF-8."""
    return os.fsencode(path).decode(errors="replace")

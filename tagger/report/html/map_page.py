"""The map of a library: every song by valence and arousal, as an HTML page that plays them or as an image."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

from tagger.emotions import MOODS, QUADRANTS
from tagger.library.playlists import plane_point
from tagger.library.relative import RANK, Z
from tagger.library.songs import Song
from tagger.report.plots import close_figure, new_figure
from tagger.tags.basic_tags import BasicTags

if TYPE_CHECKING:
    from tagger.library.store import Store

Curve = tuple[tuple[float, float], ...]
"""Valence and arousal of each window of a song, in -1..1."""

POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "media-src file: 'self'")
"""Content-Security-Policy: the page may load nothing but audio files."""

COLOURS = {"happy": "#c77700", "tense": "#b5179e", "sad": "#2f5fd0", "calm": "#0a8754"}
"""Colours of the quadrants in an image, equal to those of `map.css`; colour-blind readers can tell them apart."""


@dataclass(frozen=True)
class _Plane:
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
    def of(cls, songs: Sequence[Song]) -> _Plane:
        """Return the plane that shows all songs. The songs have the same scale."""
        scale = next((song.relative.scale for song in songs if song.relative), "")
        if scale != Z:
            return cls(scale, 1)
        # No song is outside the map, and maps of small libraries have the same axes.
        greatest = max(abs(value) for song in songs for value in plane_point(song))
        return cls(scale, max(3, ceil(2 * greatest) / 2))

    @property
    def labels(self) -> list[str]:
        """Labels of the ends of the axes: high and low arousal, low and high valence."""
        if not self.scale:
            return [
                *("high arousal (excited)", "low arousal (calm)"),
                *("negative valence (unpleasant)", "positive valence (pleasant)"),
            ]
        unit = "rank in the library" if self.scale == RANK else "standard score in the library"
        low, high = f"({unit}: \u2212{self.limit:g})", f"({unit}: +{self.limit:g})"
        return [f"high arousal {high}", f"low arousal {low}", f"low valence {low}", f"high valence {high}"]

    def axis_title(self, name: str, meaning: str) -> str:
        """Return the title of an axis of an image."""
        if not self.scale:
            return f"{name} ({meaning})"
        unit = "rank among" if self.scale == RANK else "standard score among"
        return f"{name}: {unit} all songs of the library"


@dataclass(frozen=True)
class MapSong:
    """A song on the map.

    Attributes
    ----------
    song : Song
    titles : Titles
    curve : tuple of tuple of float
        Valence and arousal of each window of the song, in -1..1; empty if unknown.
    """

    song: Song
    titles: BasicTags
    curve: Curve = ()


def predict_curves(songs: Iterable[Song], store: Store) -> dict[int, Curve]:
    """Predict valence and arousal of each window of songs from the features in the library.

    Parameters
    ----------
    songs : iterable of Song
    store : Store

    Returns
    -------
    dict of int to tuple of tuple of float
        By audio id; songs whose features are not in the library are left out.
    """
    from tagger.library.records import feature_arrays
    from tagger.models.predictor import Predictor
    from tagger.scanning.pipeline import batches

    predictor = Predictor()
    curves: dict[int, Curve] = {}
    for batch in batches(sorted({song.audio for song in songs})):
        curves |= predictor.predict_windows(feature_arrays(store.features(batch, predictor.versions)))
    return curves


def read_map_songs(songs: Iterable[Song], curves: dict[int, Curve]) -> Iterator[MapSong]:
    """Put the titles and curves of songs together.

    Parameters
    ----------
    songs : iterable of Song
        Songs with their tags.
    curves : dict of int to tuple of tuple of float
        As of `predict_curves`.

    Yields
    ------
    MapSong
    """
    for song in songs:
        yield MapSong(song, BasicTags(song.title, song.artist, song.album), curves.get(song.audio, ()))


def html(songs: Iterable[MapSong], folder: str) -> str:
    """Return the map as a page.

    Parameters
    ----------
    songs : iterable of MapSong
        All of them, or none, have a relative position, which is then their place on the map.
    folder : str
        Folder of the page; the links to the audio files are relative to it.

    Returns
    -------
    str
    """
    from tagger.report.html.rendering import embed_json, read_asset, render

    entries = list(songs)
    plane = _Plane.of([entry.song for entry in entries])
    folders: dict[str, int] = {}
    # The songs are data for the page's script. Elements for each of them would be slow to write and to open.
    data = embed_json(
        {
            "songs": [_row(entry, folder, folders) for entry in entries],
            "moods": MOODS,
            "folders": [*folders],
            "scale": plane.scale,
            "limit": plane.limit,
            "labels": plane.labels,
        }
    )
    return render(
        "map.html",
        policy=POLICY,
        style="map.css",
        scripts=[read_asset("map.js")],
        folders=[(number, name) for name, number in sorted(folders.items(), key=lambda item: item[0].casefold())],
        moods=MOODS,
        data=data,
    )


def _row(entry: MapSong, folder: str, folders: dict[str, int]) -> list[Any]:
    """Return the values of a song in the order that `map.js` expects; a new folder is added to `folders`."""
    emotion, path = entry.song.emotion, entry.song.path
    folder_number = folders.setdefault(_displayed(os.path.dirname(path)), len(folders))
    return [
        quote_from_bytes(os.fsencode(os.path.relpath(path, folder))),
        entry.titles.title or _displayed(Path(path).stem),
        entry.titles.artist,
        sum(1 << MOODS.index(mood) for mood in emotion.moods),
        round(emotion.valence, 4),
        round(emotion.arousal, 4),
        folder_number,
        [round(100 * value) for point in entry.curve for value in point] or 0,
        *([round(value, 4) for value in plane_point(entry.song)] if entry.song.relative else []),
    ]


def _displayed(path: str) -> str:
    """Return a path as text, with a replacement character for bytes that are not UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def image(songs: Iterable[Song], kind: str) -> bytes:
    """Return the map as an image of 7 by 7 inches at 150 dpi.

    Parameters
    ----------
    songs : iterable of Song
        As for `html`.
    kind : str
        ``png`` or ``svg``.

    Returns
    -------
    bytes

    Raises
    ------
    ExtraMissing
        If matplotlib is not installed.
    """
    songs = list(songs)
    plane = _Plane.of(songs)
    figure, axes = new_figure(7, 7)
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in QUADRANTS.values()}
    for song in songs:
        points[song.emotion.quadrant].append(plane_point(song))
    count = sum(map(len, points.values()))
    size = max(2, min(30, 9000 / count))
    for name, members in points.items():
        if members:
            valence, arousal = zip(*members, strict=True)
            axes.scatter(valence, arousal, s=size, c=COLOURS[name], alpha=0.7, label=name)
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    limits = (-plane.limit, plane.limit)
    x, y = plane.axis_title("valence", "unpleasant to pleasant"), plane.axis_title("arousal", "calm to excited")
    axes.set(xlim=limits, ylim=limits, xlabel=x, ylabel=y)
    axes.set_aspect("equal")
    # Songs of relative positions are behind the legend too, so it has a frame.
    title = "predicted quadrant" if plane.scale else "quadrant"
    axes.legend(loc="upper left", frameon=bool(plane.scale), title=title)
    return close_figure(figure, kind)

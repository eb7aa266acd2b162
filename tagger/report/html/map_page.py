"""The map of a library: every song by valence and arousal, as an HTML page that plays them or as an image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tagger.emotions import QUADRANTS
from tagger.library.playlists import plane_point
from tagger.library.songs import Song
from tagger.report.html.map_data import Curve, MapAxes, folder_name, map_data
from tagger.report.plots import QUADRANT_COLOURS, close_figure, new_figure

if TYPE_CHECKING:
    from tagger.library.store import Store

POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "media-src file: 'self'")
"""Content-Security-Policy: the page may load nothing but audio files."""

SCRIPTS = (
    *("data", "spatial", "view", "colours", "drawing", "folders"),
    *("filters", "lists", "player", "playlist", "input", "main"),
)
"""Scripts of the page, from the folder ``map``, in the order in which they run; they share their names."""


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


def html(songs: Sequence[Song], folder: str, curves: Mapping[int, Curve] | None = None) -> str:
    """Return the map as a page.

    Parameters
    ----------
    songs : sequence of Song
        Songs with their tags. All of them, or none, have a relative position, which is then their place on the map.
    folder : str
        Folder of the page; the links to the audio files are relative to it.
    curves : mapping of int to tuple of tuple of float, optional
        As of `predict_curves`.

    Returns
    -------
    str
    """
    from tagger.report.html.rendering import embed_json, read_asset, render

    # The songs are data for the page's scripts. Elements for each of them would be slow to write and to open.
    return render(
        "map.html",
        policy=POLICY,
        style="map/map.css",
        scripts=[read_asset(f"map/{name}.js") for name in SCRIPTS],
        name=folder_name(songs),
        data=embed_json(map_data(songs, folder, curves or {})),
    )


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
    plane = MapAxes.of(songs)
    figure, axes = new_figure(7, 7)
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in QUADRANTS.values()}
    for song in songs:
        points[song.emotion.quadrant].append(plane_point(song))
    count = sum(map(len, points.values()))
    size = max(2, min(30, 9000 / count))
    for name, members in points.items():
        if members:
            valence, arousal = zip(*members, strict=True)
            axes.scatter(valence, arousal, s=size, c=QUADRANT_COLOURS[name], alpha=0.7, label=name)
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

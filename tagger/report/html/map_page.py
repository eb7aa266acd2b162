"""The map: one page, which needs no other file and no network, with every song on the valence/arousal plane."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from tagger.emotions import MOODS, QUADRANTS
from tagger.extras import require_extra
from tagger.library.songs import Song
from tagger.report.html.page import embedded, hashed, own
from tagger.tags.titles import Titles

POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "media-src file: 'self'")
"""What a browser may do for the page: nothing but run its script and play files."""

COLOURS = {"happy": "#c77700", "tense": "#b5179e", "sad": "#2f5fd0", "calm": "#0a8754"}
"""Of the quadrants in a picture; told apart by the colour-blind, too, and those of `map.css`."""


@dataclass(frozen=True)
class Dot:
    """A song on the map, with its titles and, where it is known, the points of its curve."""

    song: Song
    titles: Titles
    curve: tuple[tuple[float, float], ...] = ()


def html(dots: Iterable[Dot], folder: str) -> str:
    """Return the page.

    Parameters
    ----------
    dots : iterable of Dot
    folder : str
        Where the page will lie, from which links lead to the songs.
    """
    places: dict[str, int] = {}
    rows = [_row(dot, folder, places) for dot in dots]
    names = list(places)
    script = own("map.js")
    options = "".join(f'<option value="{i}">{escape(name)}</option>' for i, name in sorted(enumerate(names), key=_name))
    boxes = "".join(
        f'<label><input type="checkbox" name="mood" value="{i}"> {mood}</label>' for i, mood in enumerate(MOODS)
    )
    return own("map.html").format(
        policy="; ".join((*POLICY, f"script-src {hashed(script)}")),
        style=own("map.css"),
        folders=options,
        moods=boxes,
        data=embedded({"moods": MOODS, "folders": names, "songs": rows}),
        script=script,
    )


def _name(entry: tuple[int, str]) -> str:
    return entry[1].casefold()


def _row(dot: Dot, folder: str, places: dict[str, int]) -> list[Any]:
    """Return what the page's script knows of a song, in the order that it has them."""
    emotion, path = dot.song.emotion, dot.song.path
    place = places.setdefault(_shown(os.path.dirname(path)), len(places))
    return [
        quote_from_bytes(os.fsencode(os.path.relpath(path, folder))),
        dot.titles.title or _shown(Path(path).stem),
        dot.titles.artist,
        sum(1 << MOODS.index(mood) for mood in emotion.moods),
        round(emotion.valence, 4),
        round(emotion.arousal, 4),
        place,
        [round(100 * value) for point in dot.curve for value in point] or 0,
    ]


def _shown(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")


def image(songs: Iterable[Song], kind: str) -> bytes:
    """Return a picture of the map.

    Parameters
    ----------
    songs : iterable of Song
    kind : str
        ``png`` or ``svg``.

    Raises
    ------
    ExtraMissing
        If matplotlib is not installed.
    """
    require_extra("matplotlib", "plots").use("Agg")
    from matplotlib import pyplot

    points: dict[str, list[tuple[float, float]]] = {name: [] for name in QUADRANTS.values()}
    for song in songs:
        points[song.emotion.quadrant].append((song.emotion.valence, song.emotion.arousal))
    count = sum(map(len, points.values()))
    figure, axes = pyplot.subplots(figsize=(7, 7), layout="constrained")
    size = max(2, min(30, 9000 / count))
    for name, members in points.items():
        if members:
            valence, arousal = zip(*members, strict=True)
            axes.scatter(valence, arousal, s=size, c=COLOURS[name], alpha=0.7, label=name)
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="valence (unpleasant to pleasant)", ylabel="arousal (quiet to excited)")
    axes.set_aspect("equal")
    axes.legend(loc="upper left", frameon=False)
    data = io.BytesIO()
    figure.savefig(data, format=kind, dpi=150)
    pyplot.close(figure)
    return data.getvalue()

"""Songs, pages and gestures for the tests of the map."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tagger.emotions import MOODS, Emotion
from tagger.library.relative import RelativePosition
from tagger.library.songs import Song
from tagger.report.html import map_page

HOSTILE = "<img src=x onerror=alert(1)></script>\u2028\"' #%\u05d0 🎵\n"


def map_song(
    path: str,
    v: float,
    a: float,
    moods: tuple[str, ...] = ("happy-pleased",),
    title: str = "",
    *,
    artist: str = "Somebody",
    album: str = "",
    genres: tuple[str, ...] = (),
    sd: float | None = None,
) -> Song:
    """Return a song of 5 seconds."""
    emotion = Emotion(v, a, moods, (0.5,) * 6, sd, sd)
    return Song(path, hash(path), 5.0, emotion, "m", None, title, artist, album, genres, True)


def many(count: int) -> list[Song]:
    """Return songs everywhere on the plane, in 200 folders."""
    r = random.Random(0)
    return [
        map_song(f"/music/{i % 200}/{i}.mp3", r.uniform(-1, 1), r.uniform(-1, 1), (r.choice(MOODS),), f"A title {i}")
        for i in range(count)
    ]


def labelled() -> list[Song]:
    """Return six songs that differ in all that the legend filters by."""
    return [
        map_song("/m/Ann/One/1.mp3", 0.5, 0.5, ("happy-pleased",), "A", genres=("Pop",), sd=0.1),
        map_song("/m/Ann/One/2.mp3", 0.4, 0.4, ("happy-pleased", "relaxing-calm"), "B", genres=("Pop", "Jazz"), sd=0.2),
        map_song("/m/Ann/Two/3.mp3", 0.3, -0.4, ("relaxing-calm",), "C", genres=("Jazz",), sd=0.2),
        map_song("/m/Bob/4.mp3", -0.5, -0.5, ("sad-lonely", "quiet-still"), "D", genres=("Jazz",), sd=0.2),
        map_song("/m/Bob/5.mp3", -0.4, 0.6, ("angry-aggressive",), "E", sd=0.2),
        map_song("/m/6.mp3", -0.6, 0.7, ("angry-aggressive",), "F", artist="Nobody", album="Blue", sd=0.3),
    ]


def relative(scale: str, points: list[tuple[float, float]], places: list[tuple[float, float]]) -> list[Song]:
    """Return songs with predicted points and with places among all songs of the library."""
    songs = [map_song(f"/{i}.mp3", *point, title=f"T{i}") for i, point in enumerate(points)]
    return [song._replace(relative=RelativePosition(scale, *place)) for song, place in zip(songs, places, strict=True)]


def write_map(folder: Path, songs: Sequence[Song]) -> Path:
    """Write a map of songs to a folder."""
    target = folder / "map.html"
    target.write_text(map_page.html(songs, os.fspath(folder)), "utf-8")
    return target


def on_page(view: Any, x: float, y: float) -> tuple[float, float]:
    """Return the place in the window of a point of the canvas."""
    box = view.locator("#canvas").bounding_box()
    return box["x"] + x, box["y"] + y


def place_of(view: Any, song: int) -> tuple[float, float]:
    """Return the place in the window of a song."""
    return on_page(view, *view.evaluate(f"emotagMap.position({song})"))


def shown(view: Any) -> list[int]:
    """Return the songs that match the filters."""
    return list(view.evaluate("Array.from(emotagMap.state.shown)"))


def listed_titles(view: Any) -> list[str]:
    """Return the titles of the rows in the list that is open."""
    return list(view.locator(".panel:not([hidden]) .list b").all_inner_texts())

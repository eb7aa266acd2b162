"""The map in a real browser: points, tooltips, filters, playback, and hostile names."""

from __future__ import annotations

import json
import os
import random
import re
from dataclasses import replace
from math import dist
from pathlib import Path
from typing import Any

import pytest

from tagger.emotions import MOODS, Emotion
from tagger.library.relative import RANK, RelativePosition, Z
from tagger.library.songs import Song
from tagger.report.html import map_page
from tagger.tags.basic_tags import BasicTags
from tests.browser import Browser
from tests.sounds import song as recorded

HOSTILE = "<img src=x onerror=alert(1)></script>\u2028\"' #%\u05d0 🎵\n"


def map_song(
    path: str, v: float, a: float, moods: tuple[str, ...] = ("happy-pleased",), title: str = ""
) -> map_page.MapSong:
    song = Song(path, hash(path), 5.0, Emotion(v, a, moods, (0.5,) * 6), "m")
    return map_page.MapSong(song, BasicTags(title, "Somebody"))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return a map of small audio files, one of which has a hostile name and title."""
    music = tmp_path / "music" / "50% #1"
    music.mkdir(parents=True)
    names = ["quiet.wav", "<b>&'\" é.wav", "loud.wav", "bad\udcff.wav"]
    points = [(0.5, -0.5), (0.4, 0.4), (-0.6, 0.7), (0.45, -0.45)]
    songs = []
    for name, (v, a) in zip(names, points, strict=True):
        path = recorded(music / name, 1, rate=22050)
        moods = ("angry-aggressive",) if a > 0.5 else ("relaxing-calm", "quiet-still")
        songs.append(map_song(os.fspath(path), v, a, moods, HOSTILE if "<b>" in name else Path(name).stem))
    target = tmp_path / "maps" / "map.html"
    target.parent.mkdir()
    target.write_text(map_page.html(songs, str(target.parent)), "utf-8")
    return target


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tooltip_playback_and_filters(chromium: Browser, page: Path, scheme: str) -> None:
    with chromium.open(page, scheme) as opened:
        view = opened.page
        assert opened.becomes("emotagMap.state.shown.length", 4)
        x, y = view.evaluate("emotagMap.position(0)")
        colour = "([x, y]) => { const r = devicePixelRatio; return [...document.getElementById('canvas')"
        colour += ".getContext('2d').getImageData(x * r, y * r, 1, 1).data.slice(0, 3)]; }"
        red, green, blue = view.evaluate(colour, [x, y])
        assert green > max(red, blue) + 30  # Calm is green.
        box = view.locator("#canvas").bounding_box()
        view.mouse.move(box["x"] + x, box["y"] + y)
        assert view.inner_text("#hover").split("\n") == [
            *("quiet", "Somebody", "relaxing-calm, quiet-still", "valence +0.500, arousal \u22120.500 (calm)")
        ]
        view.mouse.click(box["x"] + x, box["y"] + y)
        source = view.evaluate("document.getElementById('audio').src")
        assert source.endswith("/music/50%25%20%231/quiet.wav")
        assert opened.becomes("document.getElementById('audio').duration > 0.9", True)
        # The selected song, then the others by distance.
        assert view.evaluate("emotagMap.state.list") == [0, 3, 1, 2]
        view.evaluate("document.getElementById('audio').dispatchEvent(new Event('ended'))")
        assert opened.becomes("emotagMap.state.selected", 3)
        assert opened.becomes("document.getElementById('audio').duration > 0.9", True)  # Its name is not UTF-8.
        view.check("input[name=mood][value='5']")
        assert view.inner_text("#count") == "1 of 4 songs"
        view.uncheck("input[name=mood][value='5']")
        view.fill("#search", "QUIET some")
        assert view.inner_text("#count") == "1 of 4 songs"
        view.fill("#search", "onerror")
        assert view.text_content("#list b") == HOSTILE
        assert opened.console == []
        assert all(url.startswith("file://") for url in opened.requests)


def test_keyboard_navigation(chromium: Browser, page: Path) -> None:
    with chromium.open(page) as opened:
        view = opened.page
        view.focus("#canvas")
        view.keyboard.press("ArrowRight")
        assert view.evaluate("emotagMap.state.selected") == 1  # The one nearest to the centre.
        view.keyboard.press("ArrowDown")
        assert view.evaluate("emotagMap.state.selected") == 3
        assert "calm" in view.inner_text("#announcement")
        view.keyboard.press("Enter")
        assert opened.becomes("document.getElementById('audio').duration > 0.9", True)
        view.keyboard.press("+")
        assert view.evaluate("emotagMap.state.zoom") == 1.5


def many(count: int) -> list[map_page.MapSong]:
    r = random.Random(0)
    return [
        map_song(f"/music/{i % 200}/{i}.mp3", r.uniform(-1, 1), r.uniform(-1, 1), (r.choice(MOODS),), f"A title {i}")
        for i in range(count)
    ]


def test_similar_songs_are_the_nearest_on_the_plane(chromium: Browser, tmp_path: Path) -> None:
    songs = many(300)
    target = tmp_path / "map.html"
    target.write_text(map_page.html(songs, str(tmp_path)), "utf-8")
    points = [(round(d.song.emotion.valence, 4), round(d.song.emotion.arousal, 4)) for d in songs]
    expected = sorted((i for i in range(300) if i != 7), key=lambda i: (dist(points[i], points[7]), i))[:20]
    with chromium.open(target) as opened:
        assert opened.page.evaluate("emotagMap.similar(7)") == expected


def relative(
    scale: str, points: list[tuple[float, float]], places: list[tuple[float, float]]
) -> list[map_page.MapSong]:
    """Return songs with predicted points and with places among all songs of the library."""
    entries = [map_song(f"/{i}.mp3", *point, title=f"T{i}") for i, point in enumerate(points)]
    return [
        replace(entry, song=entry.song._replace(relative=RelativePosition(scale, *place)))
        for entry, place in zip(entries, places, strict=True)
    ]


def map_data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="songs">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_a_map_of_predictions_has_no_relative_positions() -> None:
    data = map_data(map_page.html(many(3), "/"))
    assert (data["scale"], data["limit"]) == ("", 1)
    assert {len(row) for row in data["songs"]} == {8}
    assert data["labels"][3] == "positive valence (pleasant)"


def test_a_relative_map_has_the_prediction_and_the_position_and_says_so() -> None:
    data = map_data(map_page.html(relative(RANK, [(0.1, 0.2), (-0.1, -0.2)], [(1, 1), (-1, -1)]), "/"))
    assert (data["scale"], data["limit"]) == ("rank", 1)
    assert data["songs"][0][4:6] == [0.1, 0.2] and data["songs"][0][8:] == [1, 1]
    assert data["labels"][0] == "high arousal (rank in the library: +1)"
    assert data["labels"][2] == "low valence (rank in the library: \u22121)"


@pytest.mark.parametrize(("greatest", "limit"), [(1.2, 3), (3.2, 3.5), (-4.0, 4)])
def test_the_axes_of_standard_scores_reach_the_farthest_song(greatest: float, limit: float) -> None:
    data = map_data(map_page.html(relative(Z, [(0.1, 0.2), (0, 0)], [(0.5, greatest), (0, 0)]), "/"))
    assert (data["scale"], data["limit"]) == ("z", limit)
    assert data["labels"][3] == f"high valence (standard score in the library: +{limit:g})"


def test_a_relative_map_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    # The relative positions are in another order than the predictions.
    songs = relative(Z, [(0.01, 0.02), (0.02, 0.02), (-0.5, -0.5)], [(-2, 0), (2, 0), (-2.5, 0)])
    target = tmp_path / "map.html"
    target.write_text(map_page.html(songs, str(tmp_path)), "utf-8")
    with chromium.open(target) as opened:
        view = opened.page
        assert view.evaluate("emotagMap.similar(0)") == [2, 1]
        left, right = (view.evaluate(f"emotagMap.position({i})") for i in (0, 1))
        width, height = view.evaluate("[canvas.clientWidth, canvas.clientHeight]")
        half = min(width, height) / 2 - 26
        assert right[0] - left[0] == pytest.approx(4 / 3 * half)
        box = view.locator("#canvas").bounding_box()
        view.mouse.move(box["x"] + left[0], box["y"] + left[1])
        assert view.inner_text("#hover").split("\n")[-2:] == [
            "valence +0.010, arousal +0.020 (happy)",
            "z in the library: valence \u22122.000, arousal +0.000",
        ]
        assert opened.console == []


@pytest.mark.thorough
def test_twenty_thousand_songs(chromium: Browser, tmp_path: Path) -> None:
    seconds = {}
    for count in (2_000, 20_000):
        target = tmp_path / f"{count}.html"
        target.write_text(map_page.html(many(count), str(tmp_path)), "utf-8")
        with chromium.open(target) as opened:
            assert opened.becomes("emotagMap.state.shown.length", count)
            seconds[count] = opened.page.evaluate("performance.now()")
    assert target.stat().st_size <= 15e6
    # Ten times the songs take at most about ten times as long: no work goes with the square of their number.
    assert seconds[20_000] < 30 * seconds[2_000]


def test_hostile_names_are_data_not_markup(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "<img" not in text and "\u2028" not in text
    data = re.search(r'<script type="application/json" id="songs">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["songs"][1][1] == HOSTILE


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_images(kind: str, magic: bytes) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    assert map_page.image([entry.song for entry in many(50)], kind).startswith(magic)


def test_the_axes_of_an_image_are_named() -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `plots`")
    plain = map_page.image([entry.song for entry in many(5)], "svg").decode()
    assert "valence (unpleasant to pleasant)" in plain
    ranks = map_page.image([entry.song for entry in relative(RANK, [(0.1, 0.2)], [(1, -1)])], "svg").decode()
    assert "valence: rank among all songs of the library" in ranks

"""The map in a real browser: points, tooltips, filters, playback, and hostile names."""

from __future__ import annotations

import json
import os
import random
import re
from math import dist
from pathlib import Path

import pytest

from tagger.emotions import MOODS, Emotion
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

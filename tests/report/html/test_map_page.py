"""The map in a real browser: points, axes, tooltips, playback, the list, and hostile names."""

from __future__ import annotations

import os
from math import dist
from pathlib import Path

import pytest

from tagger.library.relative import Z
from tagger.library.songs import Song
from tagger.report.html import map_page
from tests.browser import Browser
from tests.report.html.map_songs import (
    HOSTILE,
    labelled,
    listed_titles,
    many,
    map_song,
    on_page,
    place_of,
    relative,
    shown,
    write_map,
)
from tests.sounds import song as recorded

PIXEL = "([x, y]) => [...document.getElementById('canvas').getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]"


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
        songs.append(
            map_song(os.fspath(path), v, a, moods, HOSTILE if "<b>" in name else Path(name).stem.strip("\udcff"))
        )
    target = tmp_path / "maps" / "map.html"
    target.parent.mkdir()
    target.write_text(map_page.html(songs, str(target.parent)), "utf-8")
    return target


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tooltip_playback_and_filters(chromium: Browser, page: Path, scheme: str) -> None:
    with chromium.open(page, scheme) as opened:
        view = opened.page
        assert len(shown(view)) == 4
        x, y = view.evaluate("emotagMap.position(0)")
        red, green, blue = view.evaluate(PIXEL, [x, y])
        assert green > max(red, blue) + 30  # Calm is green.
        view.mouse.move(*place_of(view, 0))
        assert view.inner_text("#hover").split("\n") == [
            *("quiet", "Somebody", "relaxing-calm, quiet-still", "valence +0.500, arousal \u22120.500 (calm)")
        ]
        view.mouse.click(*place_of(view, 0))
        source = view.evaluate("document.getElementById('audio').src")
        assert source.endswith("/music/50%25%20%231/quiet.wav")
        assert opened.becomes("document.getElementById('audio').duration > 0.9", True)
        # The selected song, then the others by distance.
        assert view.evaluate("emotagMap.state.queue") == [0, 3, 1, 2]
        assert view.inner_text("#up-next") == "Up next: Somebody \u2013 bad"
        assert listed_titles(view)[0] == "quiet"
        view.evaluate("document.getElementById('audio').dispatchEvent(new Event('ended'))")
        assert opened.becomes("emotagMap.state.current", 3)
        assert opened.becomes("document.getElementById('audio').duration > 0.9", True)  # Its name is not UTF-8.
        view.check("input[name=mood][value='5']")
        assert view.inner_text("#count") == "1 of 4 songs"
        view.uncheck("input[name=mood][value='5']")
        view.fill("#search", "QUIET some")
        assert view.inner_text("#count") == "1 of 4 songs"
        view.fill("#search", "onerror")
        view.click("#songs-tab")
        assert view.text_content("#song-list b") == HOSTILE
        assert opened.console == []
        assert all(url.startswith("file://") for url in opened.requests)


def test_similar_songs_are_the_nearest_on_the_plane(chromium: Browser, tmp_path: Path) -> None:
    songs = many(300)
    points = [(round(song.emotion.valence, 4), round(song.emotion.arousal, 4)) for song in songs]
    expected = sorted((i for i in range(300) if i != 7), key=lambda i: (dist(points[i], points[7]), i))[:20]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        assert opened.page.evaluate("emotagMap.similar(7)") == expected


@pytest.mark.thorough
def test_the_song_under_the_pointer_is_the_nearest_one(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(3000))) as opened:
        view = opened.page
        for zoom in ("", "zoomAt(9, 400, 300)"):
            view.evaluate(zoom)
            for x, y in [(300, 250), (333, 444), (402, 301)]:
                view.mouse.move(*on_page(view, x, y))
                positions = view.evaluate("Array.from({ length: 3000 }, (_, i) => emotagMap.position(i))")
                distances = [dist(position, (x, y)) for position in positions]
                best = min(range(3000), key=distances.__getitem__)
                assert view.evaluate("emotagMap.state.hovered") == (best if distances[best] < 9 else -1)


def test_a_relative_map_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    # The relative positions are in another order than the predictions.
    songs = relative(Z, [(0.01, 0.02), (0.02, 0.02), (-0.5, -0.5)], [(-2, 0), (2, 0), (-2.5, 0)])
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        assert view.evaluate("emotagMap.similar(0)") == [2, 1]
        left, right = (view.evaluate(f"emotagMap.position({i})") for i in (0, 1))
        assert right[0] - left[0] == pytest.approx(4 / 3 * view.evaluate("view().half"))
        view.mouse.move(*place_of(view, 0))
        assert view.inner_text("#hover").split("\n")[-2:] == [
            "valence +0.010, arousal +0.020 (happy)",
            "z in the library: valence \u22122.000, arousal +0.000",
        ]
        assert opened.console == []


def test_axes_and_quadrant_names_stay_when_the_map_is_zoomed(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(50))) as opened:
        view = opened.page
        assert {corner["name"] for corner in view.evaluate("emotagMap.quadrantCorners()")} == {
            *("happy", "tense", "sad", "calm")
        }
        view.evaluate("zoomAt(8, ...emotagMap.position(0))")
        frame = view.evaluate("view().frame")
        corners = view.evaluate("emotagMap.quadrantCorners()")
        assert {corner["name"] for corner in corners} == {"happy"} or len(corners) <= 2
        for corner in corners:
            assert frame["left"] <= corner["x"] <= frame["right"] and frame["top"] <= corner["y"] <= frame["bottom"]
        for ticks in view.evaluate("axisTicks(view()).map((axis) => axis.map(({ text, at }) => [text, at]))"):
            assert len(ticks) >= 3
            values = [float(text.replace("\u2212", "-")) for text, _ in ticks]
            assert values == sorted(set(values))
        # The numbers below the frame are drawn: some pixels are not of the ground.
        row = "([y, w]) => [...document.getElementById('canvas').getContext('2d').getImageData(0, y, w, 14).data]"
        view.evaluate("emotagMap.draw()")
        assert min(view.evaluate(row, [round(frame["bottom"]) + 4, 500])) < 200
        view.click("#zoom-reset")
        assert view.evaluate("[emotagMap.state.zoom, emotagMap.state.x, emotagMap.state.y]") == [1, 0, 0]
        assert view.is_disabled("#zoom-reset")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1, 1, ["\u22121.0", "\u22120.5", "0.0", "0.5", "1.0"]),
        (0.02, 0.05, ["0.02", "0.03", "0.04", "0.05"]),
        (-3, 3, ["\u22122", "0", "2"]),
    ],
)
def test_the_numbers_on_an_axis_are_round(
    chromium: Browser, tmp_path: Path, low: float, high: float, expected: list[str]
) -> None:
    with chromium.open(write_map(tmp_path, many(2))) as opened:
        ticks = opened.page.evaluate(f"emotagMap.tickValues({low}, {high}, 200 / ({high} - {low}), 50)")
        assert [text for _, text in ticks] == expected


def test_the_point_under_the_pointer_stays_and_the_map_cannot_leave(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(50))) as opened:
        view = opened.page
        before = view.evaluate("toMap(view(), 300, 350)")
        view.mouse.move(*on_page(view, 300, 350))
        view.mouse.wheel(0, -600)
        assert opened.becomes("emotagMap.state.zoom > 7", True)
        assert view.evaluate("toMap(view(), 300, 350)") == pytest.approx(before, abs=1e-9)
        view.evaluate("pan(1e5, 1e5)")
        left, _, top, _ = view.evaluate("Object.values(view().frame)")
        assert view.evaluate("toMap(view(), ...[view().frame.left, view().frame.top])") == pytest.approx([-1, 1])
        assert (left, top) == pytest.approx((66, 12))


def test_fit_shows_all_listed_songs(chromium: Browser, tmp_path: Path) -> None:
    songs = [map_song(f"/{i}.mp3", 0.4 + i / 100, -0.3 + i / 50) for i in range(10)]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        view.click("#zoom-fit")
        assert view.evaluate("emotagMap.state.zoom") > 5
        frame = view.evaluate("view().frame")
        for i in range(10):
            x, y = view.evaluate(f"emotagMap.position({i})")
            assert frame["left"] < x < frame["right"] and frame["top"] < y < frame["bottom"]


def test_uncertain_songs_are_rings_and_the_legend_says_so(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.evaluate("emotagMap.draw()")
        lightness = []
        for i in (0, 1, 5):  # certain, usual, uncertain
            centre = [round(value) for value in view.evaluate(f"emotagMap.position({i})")]
            lightness.append(sum(view.evaluate(PIXEL, centre)))
        assert lightness[0] < lightness[1] < lightness[2] and lightness[2] > 600  # nearly the ground
        assert view.locator("#certainty-entries .name").all_inner_texts() == [
            *("most certain fifth: sd below 0.200", "all others", "least certain fifth: sd above 0.200")
        ]
        view.mouse.move(*place_of(view, 5))
        assert "valence \u22120.600 \u00b1 0.30" in view.inner_text("#hover")


def test_songs_that_are_equally_certain_look_alike(chromium: Browser, tmp_path: Path) -> None:
    songs = [map_song(f"/{i}.mp3", i / 5, 0, sd=0.2) for i in range(4)]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        assert not opened.page.is_visible("#certainty-filter")


def test_the_list_has_all_songs_but_elements_only_for_those_in_sight(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(5000))) as opened:
        view = opened.page
        assert view.inner_text("#songs-tab") == "Songs (5\u202f000)"
        assert 5 < len(listed_titles(view)) < 60
        view.evaluate("document.getElementById('song-list').scrollTop = 1e9")
        assert opened.becomes("document.querySelector('#song-list li:last-child b').textContent", "A title 4999")
        assert view.get_attribute("#song-list li:last-child", "aria-posinset") == "5000"
        assert len(listed_titles(view)) < 60
        view.select_option("#sort", "valence")
        first = view.evaluate("emotagMap.data.songs.valence.indexOf(Math.max(...emotagMap.data.songs.valence))")
        assert listed_titles(view)[0] == f"A title {first}"


def test_arrow_keys_move_in_the_list_and_enter_plays(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(500))) as opened:
        view = opened.page
        view.focus("#song-list button[tabindex='0']")
        for key in ("ArrowDown", "ArrowDown", "PageDown", "End", "ArrowUp"):
            view.keyboard.press(key)
        assert view.evaluate("document.activeElement.parentElement.getAttribute('aria-posinset')") == "499"
        view.keyboard.press("Enter")
        assert view.evaluate("emotagMap.state.current") == view.evaluate("listed[498]")
        assert view.evaluate("document.activeElement.getAttribute('aria-current')") == "true"


def test_the_listed_songs_are_played_in_their_order(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.check("input[name=genre][value='1']")
        view.click("#play-list")
        assert view.evaluate("emotagMap.state.queue") == [1, 2, 3]
        assert listed_titles(view) == ["B", "C", "D"]
        view.click("#next")
        assert view.evaluate("emotagMap.state.current") == 2
        view.click("#next")
        assert view.is_disabled("#next") and view.inner_text("#up-next") == ""


def first_drawn(chromium: Browser, folder: Path, songs: list[Song]) -> float:
    folder.mkdir()
    with chromium.open(write_map(folder, songs)) as opened:
        assert opened.becomes("emotagMap.state.shown.length", len(songs))
        return float(opened.page.evaluate("performance.getEntriesByName('drawn')[0].startTime"))


@pytest.mark.thorough
def test_twenty_thousand_songs(chromium: Browser, tmp_path: Path) -> None:
    small = first_drawn(chromium, tmp_path / "small", many(2_000))
    large = first_drawn(chromium, tmp_path / "large", many(20_000))
    assert (tmp_path / "large" / "map.html").stat().st_size <= 3e6
    # Ten times the songs take at most about ten times as long: no work goes with the square of their number.
    assert large < 30 * small

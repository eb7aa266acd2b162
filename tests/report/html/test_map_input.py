"""Gestures and keys on the map: lasso, rectangle, two fingers, scrolling on a phone, keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.report.html.map_songs import labelled, listed_titles, many, map_song, on_page, place_of, write_map


def drag(view: Any, *points: tuple[float, float]) -> None:
    """Drag the mouse along points of the canvas."""
    view.mouse.move(*on_page(view, *points[0]))
    view.mouse.down()
    for point in points[1:]:
        view.mouse.move(*on_page(view, *point), steps=3)
    view.mouse.up()


def around(view: Any, song: int, size: float = 15) -> list[tuple[float, float]]:
    """Return a square around a song, as points of the canvas."""
    x, y = view.evaluate(f"emotagMap.position({song})")
    return [(x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size)]


class Fingers:
    """Touches of the screen, as Chromium gets them from a real one."""

    def __init__(self, view: Any) -> None:
        self.session = view.context.new_cdp_session(view)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def slide(self, *paths: tuple[tuple[float, float], tuple[float, float]], steps: int = 10) -> None:
        """Move fingers from their first to their second point, all at once."""
        self.send("touchStart", *(start for start, _ in paths))
        for step in range(1, steps + 1):
            part = step / steps
            self.send("touchMove", *((a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in paths))
        self.send("touchEnd")


def test_a_rectangle_selects_songs_and_the_list_shows_them(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.check("input[value=rectangle]", force=True)
        (x0, y0), _, (x1, y1), _ = around(view, 0, 60)  # B is near to A.
        drag(view, (x1, y1), (x0, y0))
        assert listed_titles(view) == ["A", "B"]
        assert view.inner_text("#songs-tab") == "Selection (2)"
        view.click("#clear-selection")
        assert view.inner_text("#songs-tab") == "Songs (6)"


def test_shift_and_drag_is_a_rectangle_too(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.keyboard.down("Shift")
        drag(view, around(view, 3)[0], around(view, 3)[2])
        view.keyboard.up("Shift")
        assert listed_titles(view) == ["D"]


def test_a_lasso_has_any_shape(chromium: Browser, tmp_path: Path) -> None:
    # An L of songs with one in its corner; the lasso goes around the corner.
    songs = [
        map_song(f"/{i}.mp3", *point, title=str(i))
        for i, point in enumerate([(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)])
    ]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        view.check("input[value=lasso]", force=True)
        corners = [(-0.7, 0.7), (-0.3, 0.7), (-0.3, -0.3), (0.7, -0.3), (0.7, -0.7), (-0.7, -0.7)]
        drag(view, *(tuple(view.evaluate(f"toScreen(view(), {x}, {y})")) for x, y in corners))
        assert listed_titles(view) == ["0", "1", "2"]
        view.focus("#canvas")
        view.keyboard.press("Escape")
        assert len(listed_titles(view)) == 4


def test_a_selection_keeps_to_the_filters(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.click("#select-view")
        assert len(listed_titles(view)) == 6
        view.check("input[name=quadrant][value='1']")
        assert listed_titles(view) == ["E", "F"]


def test_the_songs_in_sight_can_be_selected_by_keyboard(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.evaluate("zoomAt(6, ...emotagMap.position(3))")
        view.focus("#select-view")
        view.keyboard.press("Enter")
        assert listed_titles(view) == ["D"]


@pytest.mark.parametrize("direction", [1, -1])
def test_dragging_moves_a_zoomed_map_and_plays_nothing(chromium: Browser, tmp_path: Path, direction: int) -> None:
    with chromium.open(write_map(tmp_path, many(300))) as opened:
        view = opened.page
        view.evaluate("zoomAtCentre(4)")
        x, y = view.evaluate("emotagMap.position(0)")
        drag(view, (300, 300), (300 + 40 * direction, 320))
        assert view.evaluate("emotagMap.position(0)") == pytest.approx([x + 40 * direction, y + 20])
        assert view.evaluate("emotagMap.state.current") == -1


def test_keyboard_navigation(chromium: Browser, tmp_path: Path) -> None:
    points = [(0.5, -0.5), (0.4, 0.4), (-0.6, 0.7), (0.45, -0.45)]
    with chromium.open(write_map(tmp_path, [map_song(f"/{i}.mp3", *p) for i, p in enumerate(points)])) as opened:
        view = opened.page
        view.focus("#canvas")
        view.keyboard.press("ArrowRight")
        assert view.evaluate("emotagMap.state.current") == 1  # The one nearest to the centre.
        view.keyboard.press("ArrowDown")
        assert view.evaluate("emotagMap.state.current") == 3
        assert "calm" in view.inner_text("#announcement")
        view.keyboard.press("Enter")
        assert view.evaluate("emotagMap.state.queue") == [3, 0, 1, 2]
        view.focus("#canvas")
        view.keyboard.press("+")
        assert view.evaluate("emotagMap.state.zoom") == 1.5
        before = view.evaluate("emotagMap.state.x")
        view.keyboard.press("Shift+ArrowRight")
        assert view.evaluate("emotagMap.state.x") > before
        view.keyboard.press("0")
        assert view.evaluate("emotagMap.state.zoom") == 1


def test_every_control_has_a_name_and_can_be_reached(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        nameless = """() => [...document.querySelectorAll("button, input, select, summary, canvas, [role=tab]")]
            .filter((e) => e.checkVisibility())
            .filter((e) => !(e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText || "").trim())
            .map((e) => e.outerHTML)"""
        assert view.evaluate(nameless) == []
        reached = set()
        for _ in range(60):
            view.keyboard.press("Tab")
            reached.add(view.evaluate("document.activeElement.id"))
        assert {"search", "colour-by", "canvas", "zoom-in", "select-view", "sort", "save", "songs-tab"} <= reached


def test_tabs_follow_the_arrow_keys(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        view = opened.page
        view.focus("#songs-tab")
        view.keyboard.press("ArrowRight")
        assert view.evaluate("document.activeElement.id") == "queue-tab"
        assert view.is_visible("#queue-panel") and not view.is_visible("#songs-panel")


def test_two_fingers_zoom_the_map_and_not_the_page(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(300)), phone=True) as opened:
        view = opened.page
        x, y = on_page(view, 200, 200)
        before = view.evaluate("toMap(view(), 200, 200)")
        Fingers(view).slide(((x, y - 20), (x, y - 80)), ((x, y + 20), (x, y + 80)))
        assert view.evaluate("emotagMap.state.zoom") == pytest.approx(4, rel=0.1)
        assert view.evaluate("toMap(view(), 200, 200)") == pytest.approx(before, abs=0.05)
        assert view.evaluate("[visualViewport.scale, scrollY]") == [1, 0]
        assert view.evaluate("emotagMap.state.current") == -1
        assert opened.console == []


def test_one_finger_scrolls_the_page_until_the_map_is_zoomed(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, many(300)), phone=True) as opened:
        view = opened.page
        fingers = Fingers(view)
        x, y = on_page(view, 200, 300)
        fingers.slide(((x, y), (x, y - 150)))
        assert opened.becomes("scrollY > 50", True, 10)
        view.wait_for_timeout(500)  # The page goes on scrolling for a moment.
        assert opened.becomes("(scrollTo(0, 0), scrollY)", 0, 10)
        view.evaluate("zoomAtCentre(4)")
        before = view.evaluate("emotagMap.state.y")
        fingers.slide(((x, y), (x, y - 100)))
        assert view.evaluate("emotagMap.state.y") < before
        view.wait_for_timeout(200)
        assert view.evaluate("scrollY") == 0


def test_a_tap_plays_the_song_under_the_finger(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled()), phone=True) as opened:
        view = opened.page
        x, y = place_of(view, 3)
        view.touchscreen.tap(x + 12, y + 8)  # Fingers are not exact.
        assert view.evaluate("emotagMap.state.current") == 3


def test_the_page_fits_the_phone(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, labelled()), phone=True) as opened:
        view = opened.page
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = view.locator("#canvas").bounding_box()
        assert box["y"] + box["height"] < 844
        view.evaluate("document.getElementById('song-list').scrollIntoView()")
        assert view.locator("#song-list button").first.is_visible()

"""The legend of the map: filters with counts, AND and OR, colours, and the tree of folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.report.html.map_songs import HOSTILE, labelled, listed_titles, map_song, shown, write_map


@pytest.fixture
def view(chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """Return a page with the six songs of `labelled`."""
    with chromium.open(write_map(tmp_path, labelled())) as opened:
        yield opened.page
        assert opened.console == []
        assert len(opened.requests) == 1


def counts(view: Any, facet: str) -> dict[str, int]:
    """Return name and count of each line of a filter."""
    lines = view.locator(f"#{facet}-entries label").all_inner_texts()
    return {name: int(count) for name, count in (line.split("\n") for line in lines)}


def check(view: Any, facet: str, name: str) -> None:
    view.locator(f"#{facet}-entries label", has=view.get_by_text(name, exact=True)).locator("input").check()


def test_counts_are_those_of_the_songs(view: Any) -> None:
    assert counts(view, "quadrant") == {"happy": 2, "tense": 2, "sad": 1, "calm": 1}
    assert counts(view, "genre") == {"Jazz": 3, "Pop": 2, "(no genre)": 2}
    assert counts(view, "mood")["relaxing-calm"] == 2
    assert view.inner_text("#filter-summary") == "All songs are shown."


def test_values_of_one_filter_are_alternatives_and_filters_are_joined(view: Any) -> None:
    check(view, "mood", "happy-pleased")
    check(view, "mood", "relaxing-calm")
    assert shown(view) == [0, 1, 2]
    check(view, "quadrant", "happy")
    assert shown(view) == [0, 1]
    summary = "Shown: (mood happy-pleased OR relaxing-calm) AND quadrant happy."
    assert view.inner_text("#filter-summary") == summary
    view.fill("#search", "b some")
    assert view.inner_text("#filter-summary") == summary[:-1] + " AND (search \u201cb\u201d AND \u201csome\u201d)."


def test_a_filter_can_demand_all_checked_moods(view: Any) -> None:
    check(view, "mood", "happy-pleased")
    check(view, "mood", "relaxing-calm")
    view.select_option("#mood-mode", "all")
    assert shown(view) == [1]
    assert view.inner_text("#filter-summary") == "Shown: mood happy-pleased AND relaxing-calm."
    assert counts(view, "mood")["quiet-still"] == 0  # No song would remain.


def test_a_count_is_what_checking_the_value_would_show(view: Any) -> None:
    check(view, "genre", "Jazz")
    assert shown(view) == [1, 2, 3]
    # Values of other filters: songs that have genre Jazz too. Of this filter: as without it.
    assert counts(view, "quadrant") == {"happy": 1, "tense": 0, "sad": 1, "calm": 1}
    assert counts(view, "genre") == {"Jazz": 3, "Pop": 2, "(no genre)": 2}
    check(view, "genre", "Pop")
    assert shown(view) == [0, 1, 2, 3]


def test_the_search_looks_in_all_names(view: Any) -> None:
    for words, songs in {"nobody": [5], "blue": [5], "jazz": [1, 2, 3], "bob": [3, 4], "ann one": [0, 1]}.items():
        view.fill("#search", words)
        assert shown(view) == songs, words


def test_no_matches_is_said(view: Any) -> None:
    assert not view.is_visible("#no-matches")
    view.fill("#search", "nothing has this name")
    assert view.inner_text("#no-matches") == "No matches"
    assert view.inner_text("#list-summary") == "No matches."
    assert view.inner_text("#count") == "0 of 6 songs"
    assert view.is_disabled("#play-list")
    view.click("#clear-filters")
    assert shown(view) == [0, 1, 2, 3, 4, 5] and not view.is_visible("#no-matches")


def test_clear_unchecks_everything(view: Any) -> None:
    check(view, "mood", "sad-lonely")
    check(view, "folder", "Bob")
    view.click("#clear-filters")
    assert view.locator("#filters input:checked").count() == 0
    assert len(shown(view)) == 6 and view.is_disabled("#clear-filters")


def test_folders_are_a_tree_that_opens(view: Any) -> None:
    assert counts(view, "folder") == {"m": 6, "Ann": 3, "Bob": 2}
    view.click("[aria-label='Subfolders of Ann']")
    assert counts(view, "folder") == {"m": 6, "Ann": 3, "One": 2, "Two": 1, "Bob": 2}
    assert view.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    check(view, "folder", "One")
    assert shown(view) == [0, 1]
    check(view, "folder", "Bob")
    assert shown(view) == [0, 1, 3, 4]
    assert view.inner_text("#filter-summary") == "Shown: folder Ann/One OR Bob."


def test_a_folder_includes_its_subfolders(view: Any) -> None:
    check(view, "folder", "Ann")
    assert shown(view) == [0, 1, 2]


@pytest.mark.parametrize(
    ("scheme", "groups"),
    [
        ("quadrant", [[0, 1], [2], [3], [4, 5]]),
        ("mood", [[0, 1], [2], [3], [4, 5]]),
        ("genre", [[0, 1], [2, 3], [4, 5]]),
        ("folder", [[0, 1, 2], [3, 4], [5]]),
    ],
)
def test_songs_of_a_group_have_one_colour_and_the_legend_shows_it(
    view: Any, scheme: str, groups: list[list[int]]
) -> None:
    view.select_option("#colour-by", scheme)
    colours = view.evaluate("Array.from(colourOf, (number) => PALETTE[number])")
    assert {frozenset(group) for group in groups} == {
        frozenset(i for i in range(6) if colours[i] == colour) for colour in colours
    }
    facet = view.locator(f"#{scheme}-entries .swatch:not([hidden])")
    swatches = {
        value.split("--")[-1].strip("; )")
        for value in facet.evaluate_all("all => all.map(e => e.getAttribute('style'))")
    }
    assert set(colours) <= swatches
    # The filter that explains the colours is the first one.
    assert view.evaluate("document.querySelector('#facets > details').id") == f"{scheme}-filter"


def test_a_checked_folder_has_its_subfolders_in_colours(view: Any) -> None:
    view.select_option("#colour-by", "folder")
    check(view, "folder", "Ann")
    colours = view.evaluate("Array.from(colourOf)")
    assert colours[0] == colours[1] != colours[2]


def test_the_uncertainty_filters(view: Any) -> None:
    check(view, "certainty", "least certain fifth: sd above 0.200")
    assert shown(view) == [5] and listed_titles(view) == ["F"]


def test_filters_that_would_have_one_value_are_absent(chromium: Browser, tmp_path: Path) -> None:
    with chromium.open(write_map(tmp_path, [map_song("/m/1.mp3", 0, 0), map_song("/m/2.mp3", 0, 0)])) as opened:
        for facet in ("genre", "folder", "certainty"):
            assert not opened.page.is_visible(f"#{facet}-filter")
        disabled = opened.page.locator("#colour-by option:disabled").evaluate_all("all => all.map(e => e.value)")
        assert disabled == ["genre", "folder"]


def test_hostile_names_are_text_everywhere(chromium: Browser, tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "\u2044").strip()
    songs = [
        map_song(f"/m/{name}/{i}.mp3", 0.1, 0.1, title=HOSTILE, artist=HOSTILE, genres=(HOSTILE,)) for i in range(2)
    ] + [map_song("/m/b/c.mp3", 0.5, 0.5)]
    with chromium.open(write_map(tmp_path, songs)) as opened:
        view = opened.page
        view.locator("#genre-entries input").first.check()
        view.locator("#folder-entries input").nth(1).check()
        view.evaluate("emotagMap.play(0)")
        assert view.locator("img").count() == 0
        assert view.locator("#genre-entries .name").first.text_content() == HOSTILE
        assert name in str(view.text_content("#filter-summary"))
        assert opened.console == [] or all("ERR_FILE_NOT_FOUND" in text for text in opened.console)

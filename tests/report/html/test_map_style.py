"""The style sheet of the map: contrast in both colour schemes, and no motion."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tagger.report.html.rendering import read_asset
from tagger.report.plots import QUADRANT_COLOURS

STYLE = read_asset("map/map.css")
LIGHT, DARK = (
    dict(re.findall(r"--([\w]+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)
)
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
GROUPS = [*("happy", "tense", "sad", "calm"), *(f"c{i}" for i in range(8)), "other"]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@SCHEMES
def test_text_has_enough_contrast(colours: dict[str, str]) -> None:
    for name in ("ink", "soft", "happy", "tense", "sad", "calm"):  # The names of the quadrants have their colours.
        assert contrast(colours[name], colours["ground"]) >= 4.5, name
    for name in ("ink", "soft"):
        assert contrast(colours[name], colours["band"]) >= 4.5, name


@SCHEMES
def test_songs_and_focus_have_enough_contrast(colours: dict[str, str]) -> None:
    for name in (*GROUPS, "accent"):
        assert contrast(colours[name], colours["ground"]) >= 4.5 if name != "other" else 3, name


@SCHEMES
def test_groups_have_different_colours(colours: dict[str, str]) -> None:
    for one, other in combinations([name for name in GROUPS if name.startswith("c") and len(name) == 2], 2):
        assert colours[one] != colours[other]


def test_the_colours_of_an_image_are_those_of_the_page() -> None:
    assert {name: LIGHT[name] for name in QUADRANT_COLOURS} == QUADRANT_COLOURS


def test_nothing_moves_by_itself() -> None:
    # Those who prefer reduced motion get the same page.
    assert not re.search(r"animation|transition|scroll-behavior", STYLE)

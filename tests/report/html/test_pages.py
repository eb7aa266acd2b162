"""Pages on data sets and evaluations: escaping, tables, and plots in a real browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tagger.evaluation.results import Comparison, Evaluation, ModelResult
from tagger.extras import require_extra
from tagger.report.html import dataset_page, evaluation_page, page
from tagger.report.html.page import Paragraph, Section, Table
from tagger.report.html.rendering import embed_json, script_hash
from tests.browser import Browser
from tests.report.examples import example_calibration, example_evaluation, example_summary

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;"


class Parsed(HTMLParser):
    """The tags, attributes and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


HOSTILE = (
    EVIL,
    "</script><!--",
    "\"' onload=alert(1) x='\"",
    "{{ 7 * 7 }}{% raw %}",
    "\u2028\x1b\u202e\x7f",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_and_titles_are_text_in_a_page(hostile: str) -> None:
    plotly = require_extra("plotly.offline", "plots").get_plotlyjs()
    table = Table(hostile, (hostile, "b"), [(hostile, hostile)])
    for text in (
        dataset_page.html(hostile, example_summary(hostile)),
        page.html(hostile, hostile, [Section(hostile, [Paragraph(hostile), table])]),
    ):
        without_plotly = text.replace(plotly, "")
        assert "<!--" not in without_plotly
        parsed = Parsed(without_plotly)
        assert parsed.tags.count("script") == 3 and "img" not in parsed.tags
        assert not [name for name in parsed.attributes if name.startswith("on")]
        assert parsed.text.count(hostile) >= 3


def test_embedded_json_is_ascii_without_the_start_of_a_tag() -> None:
    values = [EVIL, "\u2028\u2029", "\x00\x1f", "\udcff", "\"'&"]
    embedded = embed_json({"values": values})
    assert embedded.isascii() and "<" not in embedded
    assert json.loads(embedded) == {"values": values}
    with pytest.raises(ValueError, match="JSON"):
        embed_json(float("nan"))


def test_the_policy_allows_the_scripts_of_the_page_and_nothing_else() -> None:
    text = page.html("t", "l", [])
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    scripts = re.findall(r"<script>(.*?)</script>\n", text, re.DOTALL)
    assert len(scripts) == 2
    assert policy == "; ".join((*page.POLICY, f"script-src {' '.join(map(script_hash, scripts))}"))


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    table = Table("", ("a", "b", "c"), [("x", "1.5 ± 0.1", "3 songs"), ("y", "-", "4")])
    text = page.html("t", "l", [Section("s", [table])])
    assert '<th scope="col" class="number">b</th><th scope="col">c</th>' in text


def test_a_warning_of_data_leakage_has_the_figure_without_it() -> None:
    text = evaluation_page.html(example_evaluation())
    assert "forest, as published (leaks)" in text
    warning = "Data leakage inflates the figures of forest, as published: songs are repeated. "
    assert (
        warning + "Its accuracy is 0.9000 ± 0.0100; without leakage it is 0.4000 ± 0.0100 (forest, split first)."
        in text
    )
    assert text.index("(leaks)</th>") < text.index("forest, split first</th>")
    assert "A note." in text


def test_r2_is_in_the_title_of_a_comparison() -> None:
    rated = np.array([0.0, 1, 2, 3])
    model = ModelResult("m", {}, comparisons={"valence": Comparison(rated, rated + 0.5)})
    text = evaluation_page.html(Evaluation("songs", "x", 1, [model]))
    assert "valence (R2 0.800)" in text


def test_a_reliability_diagram_has_a_point_per_bin_and_the_calibration_error_in_its_title() -> None:
    text = evaluation_page.html(example_calibration())
    data = json.loads(re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)[0])
    [plot] = data["plots"]  # only one of the models has probabilities
    diagonal, points = plot["data"][:2]
    assert diagonal["x"] == diagonal["y"] == [0, 1]
    assert points["x"] == [0.1, 0.3, 0.6, 0.9]
    assert points["y"] == [0, 0, 1, 1]
    assert points["text"] == ["10 predictions"] * 4
    titles = [annotation["text"] for annotation in plot["layout"]["annotations"]]
    assert titles == ["calm &lt;b&gt; (calibration error 0.225)", "sad (calibration error 0.100)"]
    assert "<h2>plain</h2>" not in text


def test_tables_of_an_evaluation_are_in_the_page() -> None:
    text = evaluation_page.html(example_calibration())
    assert "<caption>Contradictions &lt;i&gt;.</caption>" in text
    assert '<td class="number">0.3200</td>' in text
    assert "Values of the diagrams" in text


GROUND = "getComputedStyle(document.{}).backgroundColor"
COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "plots", "scheme", "marks"),
    [
        pytest.param(
            lambda: dataset_page.html(EVIL, example_summary(EVIL)), 6, "light", (".boxlayer path.box", 4), id="dataset"
        ),
        pytest.param(
            lambda: evaluation_page.html(example_evaluation()),
            4,
            "dark",
            (".scatterlayer .point", 100),
            id="evaluation",
        ),
        pytest.param(
            lambda: evaluation_page.html(example_calibration()),
            1,
            "light",
            (".scatterlayer .point", 5),
            id="calibration",
        ),
    ],
)
def test_a_page_draws_its_plots_offline_without_errors(
    chromium: Browser, tmp_path: Path, text: Callable[[], str], plots: int, scheme: str, marks: tuple[str, int]
) -> None:
    path = tmp_path / "x.html"
    path.write_text(text(), "utf-8")
    with chromium.open(path, scheme) as opened:
        assert opened.becomes("document.querySelectorAll('.plot').length", plots)
        assert opened.becomes("document.querySelectorAll('.plot:not(:has(.main-svg))').length", 0)
        assert opened.page.locator(marks[0]).count() == marks[1]
        assert opened.page.locator("h1").count() == 1
        for element in ("body", "querySelector('.main-svg')"):
            assert opened.page.evaluate(GROUND.format(element)) == COLOURS[scheme]
        assert opened.console == []
        assert opened.requests == [path.as_uri()]


@pytest.mark.thorough
def test_selectors_change_the_feature_and_the_label(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text(dataset_page.html("x", example_summary("tempo")), "utf-8")
    with chromium.open(path) as opened:
        features, labels = (
            opened.page.get_by_label("Feature", exact=True),
            opened.page.get_by_label("Label", exact=True),
        )
        last = features.locator("option").last.text_content()
        features.select_option(label=last)
        element = "document.getElementById(document.querySelectorAll('select')[{}].id.replace('choose', 'plot'))"
        title = opened.page.evaluate(element.format(0) + ".layout.yaxis.title.text")
        assert last.startswith(title)
        labels.select_option(index=1)
        shown = opened.page.evaluate(element.format(1) + ".data[1].marker.color")
        assert shown == example_summary("tempo").table.labels[:, 1].tolist()
        assert opened.console == []


@pytest.mark.thorough
def test_a_page_follows_a_change_of_the_colour_scheme(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text(evaluation_page.html(example_evaluation()), "utf-8")
    with chromium.open(path) as opened:
        ground = GROUND.format("querySelector('.main-svg')")
        assert opened.becomes(ground, COLOURS["light"])
        opened.page.emulate_media(color_scheme="dark")
        assert opened.becomes(ground, COLOURS["dark"])

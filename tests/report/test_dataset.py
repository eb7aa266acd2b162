"""What a data set and an evaluation are like can be read: as text, as JSON, and as a page in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import MultilabelTable
from tagger.datasets.summary import DatasetSummary, summarise
from tagger.evaluation.results import Comparison, Confusion, Evaluation, ModelResult
from tagger.report.html import dataset_page, evaluation_page, page
from tagger.report.html.page import Grid, Paragraph, Section
from tagger.report.text import dataset_report
from tests.browser import Browser

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;"


def found(name: str = "jazz & <b>blues</b>") -> DatasetSummary:
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 3))
    X[:, 2] = X[:, 0] + 0.1 * X[:, 2]
    Y = (X[:, :2] + random.normal(size=(40, 2)) > 0).astype(int)
    X[5, 1] = np.nan
    return summarise(MultilabelTable((name, "loud", "louder"), ("calm", name + "!"), X, Y, tuple(range(100, 140))))


def measured(name: str, leak: str = "") -> ModelResult:
    random = np.random.default_rng(0)
    rated = random.normal(size=50)
    return ModelResult(
        name,
        {"accuracy": {"mean": 0.9 if leak else 0.4, "se": 0.01}, "f1": {"mean": 0.5, "se": 0.0}},
        leak,
        {"calm": Confusion(("not calm", "calm"), np.array([[7, 1], [2, 3]]))},
        {"valence": Comparison(rated, rated + 0.5)},
    )


def evaluation() -> Evaluation:
    models = [measured("forest, as published", "songs are repeated"), measured("forest, split first")]
    return Evaluation("notebook", "x.arff", 3, models, ("A note.",))


def test_the_text_is_aligned_and_says_what_is_left() -> None:
    lines = dataset_report.text("x.arff", found("tempo")).splitlines()
    assert lines[0] == "x.arff: 40 songs, 3 features, 2 labels"
    assert "missing values     1, in 1 songs" in lines
    assert any(
        line.endswith("1 pairs of features; 2 of 3 features are left without those like an earlier one")
        for line in lines
    )
    heading = next(line for line in lines if line.startswith("label "))
    calm = next(line for line in lines if line.startswith("calm "))
    assert heading.index("songs") + len("songs") == re.search(r"calm +\d+", calm).end()  # type: ignore[union-attr]
    assert max(map(len, lines)) <= 100


def test_json_has_all_figures_and_no_nan() -> None:
    data = found()
    told = json.loads(json.dumps(dataset_report.as_json("x.arff", data), allow_nan=False))
    assert (told["songs"], told["features"], told["missing"]) == (40, 3, {"loud": 1})
    assert told["labels"]["calm"] == data.table.labels[:, 0].sum()
    assert sum(group["songs"] for group in told["label_sets"]) == 40
    (pair,) = told["correlated"]["pairs"]
    assert pair["features"] == ["jazz & <b>blues</b>", "louder"] and pair["r"] > 0.9
    assert told["correlated"]["dropped"] == ["louder"]
    assert set(told["auc"]) == set(data.table.columns)


def test_names_and_titles_are_text_in_a_page() -> None:
    for text in (
        dataset_page.html(EVIL, found(EVIL)),
        page.html(EVIL, EVIL, [Section(EVIL, [Paragraph(EVIL), Grid(EVIL, (EVIL, "b"), [(EVIL, EVIL)])])]),
    ):
        own = text.replace(page.require_extra("plotly.offline", "plots").get_plotlyjs(), "")
        assert "<script>alert" not in own and "<img" not in own
        assert own.count("<script") == 3


def test_numbers_are_set_to_the_right_and_words_to_the_left() -> None:
    grid = Grid("", ("a", "b", "c"), [("x", "1.5 ± 0.1", "3 songs"), ("y", "-", "4")])
    text = page.html("t", "l", [Section("s", [grid])])
    assert '<th scope="col" class="number">b</th><th scope="col">c</th>' in text


def test_a_leak_stands_with_the_honest_figure() -> None:
    text = evaluation_page.html(evaluation())
    assert "forest, as published (leaks)" in text
    sentence = "forest, as published leaks: songs are repeated. Its accuracy is 0.9000 ± 0.0100, and 0.4000 ± 0.0100 is"
    assert sentence in text
    assert text.index("(leaks)</th>") < text.index("forest, split first</th>")
    assert "A note." in text


def test_r2_is_said_above_the_points() -> None:
    rated = np.array([0.0, 1, 2, 3])
    model = ModelResult("m", {}, comparisons={"valence": Comparison(rated, rated + 0.5)})
    text = evaluation_page.html(Evaluation("songs", "x", 1, [model]))
    assert "valence (R2 0.800)" in text


GROUND = "getComputedStyle(document.{}).backgroundColor"
COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}


@pytest.mark.parametrize(
    ("text", "plots", "scheme", "marks"),
    [
        pytest.param(
            lambda: dataset_page.html(EVIL, found(EVIL)), 6, "light", (".boxlayer path.box", 4), id="explored"
        ),
        pytest.param(
            lambda: evaluation_page.html(evaluation()), 4, "dark", (".scatterlayer .point", 100), id="evaluation"
        ),
    ],
)
def test_a_page_draws_itself_offline_and_without_complaint(
    chromium: Browser, tmp_path: Path, text: Callable[[], str], plots: int, scheme: str, marks: tuple[str, int]
) -> None:
    path = tmp_path / "x.html"
    path.write_text(text(), "utf-8")
    with chromium.open(path, scheme) as opened:
        assert opened.becomes("document.querySelectorAll('.plot').length", plots)
        assert opened.becomes("document.querySelectorAll('.plot:not(:has(.main-svg))').length", 0)
        assert opened.page.locator(marks[0]).count() == marks[1]
        assert opened.page.locator("h1").count() == 1
        for place in ("body", "querySelector('.main-svg')"):
            assert opened.page.evaluate(GROUND.format(place)) == COLOURS[scheme]
        assert opened.console == []
        assert opened.requests == [path.as_uri()]


def test_the_reader_chooses_features_and_labels(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text(dataset_page.html("x", found("tempo")), "utf-8")
    with chromium.open(path) as opened:
        features, labels = (
            opened.page.get_by_label("Feature", exact=True),
            opened.page.get_by_label("Label", exact=True),
        )
        last = features.locator("option").last.text_content()
        features.select_option(label=last)
        place = "document.getElementById(document.querySelectorAll('select')[{}].id.replace('choose', 'plot'))"
        title = opened.page.evaluate(place.format(0) + ".layout.yaxis.title.text")
        assert last.startswith(title)
        labels.select_option(index=1)
        shown = opened.page.evaluate(place.format(1) + ".data[1].marker.color")
        assert shown == found("tempo").table.labels[:, 1].tolist()
        assert opened.console == []


def test_a_page_follows_a_change_of_the_scheme(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text(evaluation_page.html(evaluation()), "utf-8")
    with chromium.open(path) as opened:
        ground = GROUND.format("querySelector('.main-svg')")
        assert opened.becomes(ground, COLOURS["light"])
        opened.page.emulate_media(color_scheme="dark")
        assert opened.becomes(ground, COLOURS["dark"])

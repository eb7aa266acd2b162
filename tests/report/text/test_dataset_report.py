"""The summary of a data set as text and as JSON."""

from __future__ import annotations

import json
import re

from tagger.report.text import dataset_report
from tests.report.examples import example_summary


def test_the_text_is_aligned_and_reports_the_kept_features() -> None:
    lines = dataset_report.text("x.arff", example_summary("tempo")).splitlines()
    assert lines[0] == "x.arff: 40 songs, 3 features, 2 labels"
    assert "missing values     1, in 1 song" in lines
    kept = "1 pair of features; keeping the first of each leaves 2 of 3 features"
    assert any(line.endswith(kept) for line in lines)
    heading = next(line for line in lines if "AUC" in line)
    calm = next(line for line in lines if line.startswith("calm "))
    assert heading.index("songs") + len("songs") == re.search(r"calm +\d+", calm).end()  # type: ignore[union-attr]
    assert max(map(len, lines)) <= 100


def test_json_has_all_figures_and_no_nan() -> None:
    data = example_summary()
    report = json.loads(json.dumps(dataset_report.as_json("x.arff", data), allow_nan=False))
    assert (report["songs"], report["features"], report["missing"]) == (40, 3, {"loud": 1})
    assert report["labels"]["calm"] == data.table.labels[:, 0].sum()
    assert sum(group["songs"] for group in report["label_sets"]) == 40
    (pair,) = report["correlated"]["pairs"]
    assert pair["features"] == ["jazz & <b>blues</b>", "louder"] and pair["r"] > 0.9
    assert report["correlated"]["dropped"] == ["louder"]
    assert set(report["auc"]) == set(data.table.columns)

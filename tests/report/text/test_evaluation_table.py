"""The results of an evaluation as text and as JSON."""

from __future__ import annotations

import json

from tagger.report.text import evaluation_table
from tests.report.examples import example_calibration, example_evaluation

TABLES = """\
words on x, 1 seed: mean +- standard error

                joint             plain
auc  0.8000 +- 0.0000  0.7000 +- 0.0000

A note.

Contradictions <i>:
model  songs   share
joint      3  0.0300
plain     32  0.3200

Reliability of joint:
probability of  predicted  observed  predictions
"""


def test_tables_and_reliability_follow_the_figures() -> None:
    text = evaluation_table.table(example_calibration())
    assert text.startswith(TABLES)
    rows = [line.rsplit(maxsplit=3) for line in text.removeprefix(TABLES).splitlines()]
    assert [row[0] for row in rows] == ["calm <b>"] * 4 + ["sad"]
    assert rows[0][1:] == rows[4][1:] == ["0.1000", "0.0000", "10"]
    assert rows[3][1:] == ["0.9000", "1.0000", "10"]


def test_an_evaluation_without_tables_ends_with_its_notes() -> None:
    text = evaluation_table.table(example_evaluation())
    assert text.endswith("* leaks: songs are repeated\n\nA note.")


def test_json_has_the_tables_and_the_reliability() -> None:
    value = json.loads(json.dumps(evaluation_table.as_json(example_calibration()), allow_nan=False))
    assert value["tables"] == [
        {
            "title": "Contradictions <i>",
            "columns": ["model", "songs", "share"],
            "rows": [["joint", 3, 0.03], ["plain", 32, 0.32]],
        }
    ]
    joint, plain = value["models"]
    assert plain["reliability"] == {}
    assert [bin_["count"] for bin_ in joint["reliability"]["calm <b>"]] == [10] * 4
    assert joint["reliability"]["sad"] == joint["reliability"]["calm <b>"][:1]

"""`emotag train moods` and `emotag evaluate moods`: results, and errors that leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.emotions import MOODS
from tagger.features import marsyas
from tagger.models import format

COLUMNS = (*marsyas.COLUMNS, *MOODS)


def rows(count: int = 40) -> list[list[str]]:
    random = np.random.default_rng(0)
    X = random.normal(size=(count, 72)).round(4)
    Y = (X[:, :6] > 0).astype(int)
    return [[*map(str, x), *map(str, y)] for x, y in zip(X.tolist(), Y.tolist(), strict=True)]


def table(folder: Path, columns: tuple[str, ...], cells: list[list[str]]) -> str:
    path = folder / "emotions.csv"
    path.write_text("\n".join(",".join(row) for row in [list(columns), *cells]))
    return str(path)


@pytest.fixture
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagger.evaluation.cross_validation.FOLDS", 2)


def _drop_column(columns: tuple[str, ...], cells: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    return columns[1:], [row[1:] for row in cells]


def _invalid_label(columns: tuple[str, ...], cells: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    return columns, [[*cells[0][:-1], "2"], *cells[1:]]


def _missing_value(columns: tuple[str, ...], cells: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    return columns, [["nan", *cells[0][1:]], *cells[1:]]


def _duplicate_song(columns: tuple[str, ...], cells: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    return columns, [*cells, cells[0]]


def _no_songs(columns: tuple[str, ...], cells: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]]]:
    return columns, []


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_drop_column, "emotions.csv: column "),
        (_invalid_label, "emotions.csv: line 2: label angry-aggressive is neither 0 nor 1"),
        (_missing_value, "emotions.csv: line 2: a value is missing"),
        (_duplicate_song, "emotions.csv: lines 2 and 42 contain the same song"),
        (_no_songs, "emotions.csv: no songs found"),
    ],
)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_errors_in_a_data_set_are_one_line_and_nothing_is_written(
    command: str, damage: object, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(damage)
    data = table(tmp_path, *damage(COLUMNS, rows()))
    out = {"train": ["-o", str(tmp_path / "m.model")], "evaluate": ["--html", str(tmp_path / "page.html")]}[command]
    assert cli.run([command, "moods", data, *out]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert reason in output.err
    assert output.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["emotions.csv"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--algorithm", "chains", "--form", "powerset"], "no powerset form"),
        (["--algorithm", "ensemble", "--grid"], "no settings to search for"),
        (["--protocol", "notebook", "--algorithm", "svm"], "the study has no algorithm svm"),
        (["--protocol", "notebook", "--algorithm", "forest", "--grid"], "--protocol notebook has fixed settings"),
        (["--protocol", "split"], "--protocol split and --test must be used together"),
    ],
)
def test_unsupported_settings_are_reported(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["evaluate", "moods", table(tmp_path, COLUMNS, rows()), *options]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "reason"),
    [("m.json", "must end in .model"), ("-", "must end in .model"), ("no/m.model", "Directory 'no' is missing")],
)
@pytest.mark.parametrize("kind", ["moods", "affect"])
def test_an_invalid_output_file_is_reported_at_once(
    kind: str,
    out: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    data = table(tmp_path, COLUMNS, rows()) if kind == "moods" else str(tmp_path)
    assert cli.run(["train", kind, data, "-o", out]) == 2
    assert reason in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {"emotions.csv"}


@pytest.mark.thorough
@pytest.mark.usefixtures("few_folds")
def test_the_card_has_the_result_of_a_grid_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.model"
    data = table(tmp_path, COLUMNS, rows())
    options = ["--algorithm", "forest", "--form", "powerset", "--grid", "--seeds", "1"]
    assert cli.run(["train", "moods", data, "-o", str(out), *options, "-j", "1"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["settings"]["form"] == "powerset"
    assert card["settings"]["found"]["inner__min_samples_leaf"] in (1, 2, 4)
    assert format.load(out).name == card["name"]


@pytest.mark.thorough
@pytest.mark.usefixtures("few_folds")
def test_every_protocol_prints_a_table_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = table(tmp_path, COLUMNS, rows(120))
    (tmp_path / "test").mkdir()
    test = table(tmp_path / "test", COLUMNS, rows(60))
    options = ["--seeds", "2", "-j", "1"]
    assert cli.run(["evaluate", "moods", data, "--algorithm", "svm", *options]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("cv on emotions.csv", "one_error", "coverage", "+-"))
    assert cli.run(["evaluate", "moods", data, "--protocol", "split", "--test", test, *options, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["protocol"] == "split"
    assert sum(map(sum, figures["models"][0]["confusions"]["happy-pleased"]["counts"])) == 2 * 60
    (tmp_path / "study").mkdir()
    few_label_sets = [[*row[:74], *["0"] * 4] for row in rows(120)]
    study = table(tmp_path / "study", COLUMNS, few_label_sets)
    assert cli.run(["evaluate", "moods", study, "--protocol", "notebook", "--algorithm", "forest", *options]) == 0
    out = capsys.readouterr().out
    assert "forest, as in the study *" in out
    assert "forest, split first" in out
    assert "* leaks:" in out

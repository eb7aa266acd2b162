"""`emotag explore`: statistics as text, page and JSON; errors are one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tagger import cli, extras
from tagger.emotions import MOODS
from tagger.errors import ExtraMissing

HEAD = "@relation x\n@attribute tempo numeric\n@attribute 'loud ness' numeric\n"
ROWS = "@data\n1.5,2,0,1,0,0,0,1\n-1e-3,?,1,0,0,0,0,0\n3,1,1,0,1,0,0,0\n1.5,2,1,0,0,0,0,0\n"
GOOD = HEAD + "".join(f"@attribute {label} {{0,1}}\n" for label in MOODS) + ROWS
XML = '<labels xmlns="http://mulan.sourceforge.net/labels"><label name="{}"></label><label name="{}"></label></labels>'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "x.arff"
    path.write_text(GOOD)
    return path


def test_statistics_are_printed_with_missing_values_and_duplicates(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["explore", str(data)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("x.arff: 4 songs, 2 features, 6 labels\n")
    assert "missing values     1, in 1 song\n" in out
    assert "duplicated songs   1, 1 of 1 groups with different labels\n" in out
    assert err == ""


def test_a_page_and_json_are_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("plotly", reason="needs the extra `plots`")
    page, figures = tmp_path / "x.html", tmp_path / "x.json"
    assert cli.run(["explore", str(data), "-o", str(page), "--json", str(figures)]) == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(figures.read_text("utf-8"))["duplicates"] == [[11, 14]]
    captured = capsys.readouterr()
    assert captured.out.startswith("x.arff: ")
    assert captured.err == f"Summary written to {figures}\nSummary written to {page}\n"


def test_json_on_stdout_replaces_the_text(data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["explore", str(data), "--json", "-", "--correlated", "0.95"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["correlated"]["above"] == 0.95


def test_labels_are_those_of_the_xml_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.arff").write_text(
        "@relation x\n@attribute jazz {0,1}\n@attribute tempo numeric\n@attribute 'free form' {0,1}\n"
        "@data\n1,90,0\n0,80,1\n"
    )
    (tmp_path / "x.xml").write_text(XML.format("jazz", "free form"))
    assert cli.run(["explore", str(tmp_path / "x.arff"), "--labels", str(tmp_path / "x.xml")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("x.arff: 2 songs, 1 features, 2 labels\n")
    assert "free form      1" in out


@pytest.mark.parametrize(
    ("text", "labels", "reason"),
    [
        ("a text\n", None, "x.arff: not an ARFF file"),
        (GOOD.replace("0,0,1\n", "0,0,2\n"), None, "neither 0 nor 1"),
        (GOOD.replace("quiet-still", "jazz"), None, "label quiet-still is not among the last 6 columns"),
        (GOOD.replace("1.5,2,0", "fast,2,0"), None, "line 11: a value is not a number"),
        (GOOD, XML.format("happy-pleased", "jazz"), "label jazz is not a column of x.arff"),
        (GOOD, "<labels>", "x.xml: not an XML file"),
        (GOOD, '<!DOCTYPE x [<!ENTITY y "z">]><labels/>', "x.xml: document type declarations are not allowed"),
    ],
)
def test_errors_are_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, labels: str | None, reason: str
) -> None:
    outputs = ["-o", str(tmp_path / "x.html"), "--json", str(tmp_path / "x.json")]
    arguments = ["explore", str(tmp_path / "x.arff"), *outputs]
    (tmp_path / "x.arff").write_text(text)
    if labels is not None:
        (tmp_path / "x.xml").write_text(labels)
        arguments += ["--labels", str(tmp_path / "x.xml")]
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert reason in err and err.count("\n") == 1 and out == ""
    assert not {path.suffix for path in tmp_path.iterdir()} - {".arff", ".xml"}


def test_a_missing_data_set_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explore", str(tmp_path / "no.arff"), "-o", str(tmp_path / "x.html")]) == 2
    assert "no.arff' does not exist" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["-o", "--json"])
def test_an_invalid_output_file_is_reported_at_once(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert cli.run(["explore", str(data), option, str(tmp_path / "no" / "x")]) == 2
    assert "is missing or not writable" in capsys.readouterr().err


def test_without_plotly_only_the_page_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str, extra: str) -> None:
        raise ExtraMissing(f"this needs {name}, which the extra `{extra}` brings")

    monkeypatch.setattr(extras, "require_extra", missing)
    assert cli.run(["explore", str(data), "-o", str(tmp_path / "x.html")]) == 2
    assert capsys.readouterr().err == "emotag: this needs plotly, which the extra `plots` brings\n"
    assert not (tmp_path / "x.html").exists()
    assert cli.run(["explore", str(data)]) == 0

"""All commands have the same options for the same things, and older spellings still work."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from tagger import cli
from tagger.cli.outputs import AppendedOutput, Output
from tagger.cli.report_options import report_files
from tests.cli.conftest import Scanned
from tests.cli.test_examples import EVERY

Captured = pytest.CaptureFixture[str]

ONE_FORMAT = {
    "emotag learn",
    "emotag playlist",
    "emotag rate",
    *(name for name in EVERY if name.startswith("emotag train")),
}
"""Commands that write files of one format."""


def options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option) and not param.hidden]


def writes_files(command: click.Command) -> bool:
    return any(isinstance(o.type, Output) and not isinstance(o.type, AppendedOutput) for o in options(command))


@pytest.mark.parametrize("name", [name for name in EVERY if writes_files(EVERY[name])])
def test_a_command_that_writes_a_file_has_output_and_format(name: str) -> None:
    spellings = {spelling: option for option in options(EVERY[name]) for spelling in option.opts}
    assert spellings["-o"] is spellings["--output"]
    assert isinstance(spellings["-o"].type, Output)
    assert ("--format" in spellings) == (name not in ONE_FORMAT)
    assert [o.name for o in options(EVERY[name]) if type(o.type) is Output] == ["output"]


@pytest.mark.parametrize("name", EVERY)
def test_json_is_a_flag(name: str) -> None:
    assert all(option.is_flag for option in options(EVERY[name]) if "--json" in option.opts)


@pytest.mark.parametrize("name", EVERY)
def test_help_shows_every_default_in_one_form(name: str) -> None:
    context = click.Context(EVERY[name], **cli.CONTEXT)
    for option in options(EVERY[name]):
        record = option.get_help_record(context)
        assert record is not None
        assert "(default" not in record[1]
        assert record[1].count("[default") <= 1
        if option.default not in (None, False, ()) and "UNSET" not in repr(option.default):
            assert "[default: " in record[1], option.opts
            assert "dynamic" not in record[1], option.opts


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("scan -q --csv {} MUSIC", "scan -q -o {}.csv MUSIC"),
        ("scan -q --jsonl {} MUSIC", "scan -q -o {}.jsonl MUSIC"),
        ("scan -q -n --csv {} MUSIC", "scan -q -n --format csv -o {} MUSIC"),
        ("export --jsonl {} MUSIC", "export -o {}.ndjson MUSIC"),
        ("export --csv {}", "export -o {}"),
        ("map --image {}.png", "map -o {}.PNG"),
        ("explore DATA --json {}", "explore DATA -o {}.json"),
        ("explore --json {} DATA", "explore DATA --format json -o {}"),
        ("explore --json={} DATA", "explore DATA --format json -o {}"),
    ],
)
def test_an_older_spelling_writes_the_same(older: str, newer: str, library: Scanned, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("tempo," + ",".join(("a", "b")) + "\n1,0,1\n2,1,0\n4,1,1\n3,0,0\n")
    labels = tmp_path / "labels.xml"
    labels.write_text('<labels xmlns="http://mulan.sourceforge.net/labels"><label name="a"/><label name="b"/></labels>')
    written = []
    for folder, command in (("older", older), ("newer", newer)):
        (tmp_path / folder).mkdir()
        values = {"MUSIC": [str(library.music)], "DATA": [str(data), "--labels", str(labels)]}
        arguments = [part for word in command.split() for part in values.get(word, [word])]
        arguments = [part.replace("{}", str(tmp_path / folder / "out")) for part in arguments]
        run = cli.run if "explore" in command else library.run
        assert run(*([arguments] if run is cli.run else arguments)) == 0
        (file,) = (tmp_path / folder).iterdir()
        written.append(file.read_bytes())
    assert written[0] == written[1]
    assert len(written[0]) > 30


def test_json_before_a_data_set_is_a_flag(tmp_path: Path, capsys: Captured) -> None:
    assert cli.run(["explore", "--json", str(tmp_path / "missing.arff")]) == 2
    assert "missing.arff' does not exist" in capsys.readouterr().err
    data = tmp_path / "data.arff"
    data.write_text("@relation x\n@attribute t numeric\n@attribute a {0,1}\n@data\n1,0\n2,1\n")
    (tmp_path / "x.xml").write_text(
        '<labels xmlns="http://mulan.sourceforge.net/labels"><label name="a"></label></labels>'
    )
    for arguments in (["--json", str(data)], [str(data), "--json"], [str(data), "--json", "-"]):
        assert cli.run(["explore", *arguments, "--labels", str(tmp_path / "x.xml")]) == 0
        assert json.loads(capsys.readouterr().out)["songs"] == 2
    assert data.read_text().startswith("@relation")


def test_the_format_is_that_of_the_option_or_else_of_the_suffix(
    library: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert library.run("export", "--format", "jsonl") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["status"] == "ok"
    assert library.run("export", "--format", "jsonl", "-o", "x.csv") == 0
    assert Path("x.csv").read_text().startswith("{")
    assert library.run("map", "--format", "svg") == 0
    assert Path("map.svg").read_text().startswith("<?xml")
    for arguments in (["export", "-o", "x.txt"], ["map", "-o", "x.gif"], ["map", "--image", "x.html"]):
        assert library.run(*arguments) == 2
        assert "the suffix is none of" in capsys.readouterr().err
    assert report_files("x", None, None, None) == ("x", None)
    assert report_files("x.jsonl", None, "y", None) == ("y", "x.jsonl")


def test_a_report_is_asked_for_once_and_with_a_file(library: Scanned, capsys: Captured) -> None:
    music = str(library.music)
    for arguments, reason in (
        (["-o", "x.csv", "--csv", "y"], "--csv is an older spelling of --output"),
        (["--format", "csv"], "--format is for a report: it needs --output"),
        (["--columns", "path"], "--columns is for a report: it needs --output"),
        (["-o", "x.csv", "--columns", "path,size"], "'size' is not a column; the columns are path, status,"),
    ):
        assert library.run("scan", *arguments, music) == 2
        assert reason in capsys.readouterr().err


def test_features_are_written_to_a_file(library: Scanned, tmp_path: Path) -> None:
    song = str(next(library.music.glob("deep/*.mp3")))
    for name in ("x.csv", "x.jsonl"):
        assert cli.run(["features", song, "-o", str(tmp_path / name)]) == 0
    header, row = (tmp_path / "x.csv").read_text().splitlines()
    values = json.loads((tmp_path / "x.jsonl").read_text())
    assert list(values) == header.split(",")
    assert [float(cell) for cell in row.split(",")[1:]] == list(values.values())[1:]

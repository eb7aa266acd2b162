"""Commands say what they wrote, what failed, and how the work goes on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tagger import cli
from tagger.cli.hints import suggested_command
from tagger.cli.progress_bar import format_rate
from tests.cli.conftest import Scanned
from tests.sounds import song

Captured = pytest.CaptureFixture[str]


def thorough(*values: object) -> object:
    """Return parameters of a test that takes long."""
    return pytest.param(*values, marks=pytest.mark.thorough)


@pytest.mark.parametrize(
    ("command", "name", "what"),
    [
        (["scan", "-j", "1", "MUSIC", "--csv"], "r.csv", "9 rows"),
        (["scan", "-j", "1", "MUSIC", "--jsonl"], "r.jsonl", "9 rows"),
        thorough(["scan", "-j", "1", "MUSIC/deep", "--dry-run", "--csv"], "r.csv", "8 rows"),
        (["export", "--csv"], "e.csv", "9 rows"),
        (["export", "MUSIC/deep/x.mp3", "--jsonl"], "e.jsonl", "1 row"),
        (["playlist", "-o"], "p.m3u8", "7 songs (0:39 min)"),
        (["playlist", "MUSIC/deep", "-o"], "p.m3u8", "2 songs (0:11 min)"),
        (["map", "-o"], "m.html", "Map of 8 songs"),
        thorough(["map", "--image"], "m.svg", "Map of 8 songs"),
    ],
)
def test_a_file_that_was_written_is_named_with_its_size(
    command: list[str], name: str, what: str, library: Scanned, tmp_path: Path, capsys: Captured
) -> None:
    output = tmp_path / name
    assert library.run(*(part.replace("MUSIC", str(library.music)) for part in command), str(output)) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{what} written to {output}" in captured.err.splitlines()
    content = output.read_text("utf-8")
    if name.endswith("jsonl"):
        assert len(content.splitlines()) == int(what.split()[0])


def test_a_curve_says_its_length(tmp_path: Path, capsys: Captured) -> None:
    path, output = song(tmp_path / "song.flac", 14, rate=22050), tmp_path / "curve.csv"
    assert cli.run(["curve", str(path), "-o", str(output)]) == 0
    points = len(output.read_text().splitlines()) - 1
    assert capsys.readouterr().err == f"Curve of {path} ({points} points, 0:14 min) written to {output}\n"


@pytest.mark.parametrize(
    "command",
    [
        ["export"],
        ["export", "--csv", os.devnull],
        ["playlist"],
        ["playlist", "-o", "-"],
        ["scan", "-q", "-j", "1", "MUSIC", "--csv", "r.csv"],
    ],
)
def test_nothing_is_said_of_stdout_of_devices_and_if_quiet(
    command: list[str], library: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert library.run(*(part.replace("MUSIC", str(library.music)) for part in command)) == 0
    # A name that a playlist cannot contain is reported in any case.
    assert [line for line in capsys.readouterr().err.splitlines() if "left out" not in line] == []


@pytest.mark.parametrize(
    "command", [["show"], ["features"], ["curve"], thorough(["scan", "--no-store", "-j", "1", "--csv", os.devnull])]
)
def test_errors_of_files_have_the_form_of_all_errors(command: list[str], tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "text.mp3"
    path.write_text("not a song")
    assert cli.run([*command, str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"emotag: {path}: ")


def test_the_help_begins_with_the_way_of_a_new_user() -> None:
    lines = [line.split("#")[0].split() for line in (cli.emotag.help or "").splitlines() if "emotag " in line]
    assert [line[1:3] for line in lines] == [
        ["scan", "~/Music"],
        ["scan", "--dry-run"],
        ["undo", "~/Music"],
        ["map", "-o"],
    ]
    assert list(cli.COMMANDS)[:3] == ["scan", "undo", "map"]


def test_suggested_commands_can_be_pasted(own_store: Path) -> None:
    assert suggested_command("undo", ["Music"], str(own_store)) == "`emotag undo Music`"
    assert suggested_command("undo", ["My Music", "$HOME"], "") == "`emotag undo --no-store 'My Music' '$HOME'`"
    assert suggested_command("undo", ["-x"], "other db") == "`emotag undo --store 'other db' -- -x`"
    assert suggested_command("undo", list("abcd"), str(own_store)) == "`emotag undo PATH...`"
    assert suggested_command("undo", ["a\x1b\udcff"], str(own_store)) == "`emotag undo 'a��'`"


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "? songs/s"), (12.34, "12.3 songs/s"), (1, "1.0 songs/s"), (0.4, "2.5 s/song")]
)
def test_rates_below_one_are_seconds_per_song(rate: float, text: str) -> None:
    assert format_rate(rate, "song") == text


@pytest.mark.thorough
def test_the_progress_bar_has_the_rate_the_failures_and_the_time_left(tmp_path: Path) -> None:
    terminal = pytest.importorskip("tests.terminal")
    for number in range(3):
        song(tmp_path / f"{number}.flac", 6, rate=22050, seed=number)
    (tmp_path / "text.mp3").write_text("not a song")
    with terminal.Terminal("scan", "-j", "1", "--csv", tmp_path / "r.csv", tmp_path) as run:
        assert run.wait() == 1
    assert re.search(r" 25%\|.* 1/4 songs, (\d+\.\d songs/s|\d+\.\d s/song), \d\d:\d\d left", run.text)
    assert re.search(r"100%\|.* 4/4 songs, .*, 1 failed, 00:00 left", run.text)

"""Settings come from a file and from the environment, and errors in them are reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagger import cli


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("EMOTAG_CONFIG", str(file))
    return file


def effective(capsys: pytest.CaptureFixture[str]) -> dict[tuple[str, str], tuple[object, str]]:
    assert cli.run(["config", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    return {(row["command"], row["name"]): (row["value"], row["source"]) for row in rows}


def test_environment_and_command_line_take_precedence_over_the_settings_file(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.write_text('[scan]\nexclude = ["*.mp3"]\nmoods = "keep"\njobs = 2\n[train.moods]\nseeds = 3\n')
    monkeypatch.setenv("EMOTAG_SCAN_JOBS", "1")
    found = effective(capsys)
    assert found["scan", "jobs"] == (1, "environment")
    assert found["scan", "moods"] == ("keep", "file")
    assert found["scan", "exclude"] == (["*.mp3"], "file")
    assert found["scan", "timeout"] == (300, "default")
    assert found["scan", "output"] == (None, "default")
    assert ("scan", "csv") not in found  # an older spelling
    assert found["train moods", "seeds"] == (3, "file")
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.mp3").write_text("no song, but left out")
    report = ["--csv", str(tmp_path / "r.csv"), "--store", str(tmp_path / "l.sqlite"), str(tmp_path / "music")]
    assert cli.run(["scan", *report]) == 0
    assert cli.run(["scan", "--exclude", "*.flac", *report]) == 1


def test_the_output_of_config_is_a_valid_settings_file(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text('[scan]\ninclude = ["a \\"b\\"", "ü"]\npreserve-mtime = true\n')
    before = effective(capsys)
    assert cli.run(["config"]) == 0
    settings.write_text(capsys.readouterr().out)
    assert effective(capsys) == before
    assert cli.run(["config", "--path"]) == 0
    assert capsys.readouterr().out.strip() == str(settings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[scan]\njbos = 1\n", "scan.jbos is not an option; did you mean jobs?"),
        ("[scna]\njobs = 1\n", "scna is not a table for a command; did you mean scan?"),
        ("jobs = 1\n", "jobs is not a table for a command"),
        ('[scan]\njobs = "many"\n', "scan.jobs: 'many' is not a valid integer"),
        ('[scan]\nexclude = "*.wav"\n', "scan.exclude must be a list"),
        ("[scan]\njobs = [1, 2]\n", "scan.jobs must be one value"),
        ('[scan]\nmoods = "mix"\n', "scan.moods: 'mix' is not one of"),
        ("[scan\n", "not TOML"),
    ],
)
def test_an_invalid_settings_file_is_reported_in_one_line(
    text: str, reason: str, settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.write_text(text)
    assert cli.run(["scan", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert f"{settings}: " in message
    assert reason in message
    assert message.count("\n") == 1


def test_a_settings_file_given_in_the_environment_must_exist(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["config"]) == 2
    assert "cannot be read (No such file" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str, tmp_path: Path) -> None:
    """The scripts come from click; what they ask of emotag is answered."""
    program = [sys.executable, "-c", "from tagger.cli import emotag; emotag(prog_name='emotag')"]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("EMOTAG_")}
    script = subprocess.run(
        program, env={**plain, "_EMOTAG_COMPLETE": f"{shell}_source"}, capture_output=True, text=True, check=True
    )
    assert f"_EMOTAG_COMPLETE={shell}_complete" in script.stdout
    variables = {"COMP_WORDS": "emotag sc", "COMP_CWORD": "sc" if shell == "fish" else "1"}
    completed = subprocess.run(
        program, env={**plain, **variables, "_EMOTAG_COMPLETE": f"{shell}_complete"}, capture_output=True, text=True
    )
    assert "scan" in completed.stdout.replace(",", "\n").split()

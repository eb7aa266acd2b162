"""Commands that do not compute start without numerical libraries."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tagger import cli
from tests.sounds import song

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("jinja2", "numpy", "scipy", "librosa", "sklearn", "av", "joblib", "soxr", "mutagen", "tqdm")


def imported(*arguments: str) -> set[str]:
    code = f"import sys; from tagger import cli; cli.run({list(arguments)!r}); print('\\n', *sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"], ["train", "moods", "--help"]])
def test_help_imports_click_only(arguments: list[str]) -> None:
    assert not imported(*arguments) & set(HEAVY)


def test_show_imports_no_numerical_libraries(tmp_path: Path) -> None:
    assert not imported("show", str(song(tmp_path / "a.flac", 1))) & (set(HEAVY) - {"mutagen"})


def test_a_misspelt_command_is_reported_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["scn", "."]) == 2
    assert "Did you mean 'scan'?" in capsys.readouterr().err
    assert cli.run(["zzz"]) == 2
    assert "No such command 'zzz'." in capsys.readouterr().err


def test_every_package_is_in_the_distribution() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    there = {".".join(p.relative_to(ROOT).parent.parts) for p in (ROOT / "tagger").rglob("__init__.py")}
    assert listed == there | {"tagger.bundled"}

"""What is asked to be written goes nowhere it should not, and that is said before anything is worked out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tagger import cli
from tests.sounds import song

COMMANDS = (
    *("scan --csv OUT .", "scan --jsonl OUT .", "scan --log OUT .", "export --csv OUT", "export --jsonl OUT"),
    *("map -o OUT", "map --image OUT", "playlist -o OUT", "curve a.flac -o OUT"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    song(folder / "a.flac", 6)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_song_is_never_written_over(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else ``--csv *.flac`` would cost the first one."""
    before = (folder / "a.flac").read_bytes()
    assert cli.run(command.replace("OUT", "a.flac").split()) == 2
    assert "a.flac is a song, and is not written over" in capsys.readouterr().err
    assert (folder / "a.flac").read_bytes() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_not_there_is_said_first(
    command: str, own_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(command.replace("OUT", "no/where.csv").split()) == 2
    assert "no is no folder that can be written to" in capsys.readouterr().err
    assert not own_store.exists()


def test_a_report_may_go_to_a_device(folder: Path) -> None:
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "."]) == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_log_is_added_to(folder: Path) -> None:
    (folder / "log").write_text("before\n")
    assert cli.run(["scan", "-q", "--csv", "/dev/null", "--log", "log", "."]) == 0
    lines = (folder / "log").read_text().splitlines()
    assert lines[0] == "before"
    assert "1 analysed" in lines[-1]

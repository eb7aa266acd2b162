"""The first scan that writes tags says what it will do and, on a terminal, asks once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tagger import tags
from tests.sounds import song

if sys.platform == "win32":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

from tests.terminal import CTRL_C, CTRL_D, Terminal

QUESTION = r"Write tags to 2 files\? \[y/N\] $"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "My Music"
    (folder / "new").mkdir(parents=True)
    for number, name in enumerate(("a.flac", "new/b.mp3")):
        song(folder / name, 6, rate=22050, seed=number)
    return folder


def emotag(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, as cron does."""
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def on_terminal(*arguments: object) -> str:
    """Run a command on a terminal, without typing anything; return what it prints."""
    with Terminal(*arguments) as terminal:
        assert terminal.wait() == 0
    return terminal.text


def tagged(music: Path) -> int:
    return sum(bool(tags.read(str(path)).moods) for path in music.rglob("*.*"))


def consents(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as database:
        return [folder.decode() for (folder,) in database.execute("SELECT folder FROM consent")]


@pytest.mark.parametrize(
    ("answers", "status"), [(["n\n"], 0), (["\n"], 0), (["maybe\n", "NO\n"], 0), ([CTRL_D], 0), ([CTRL_C], 130)]
)
def test_without_a_yes_nothing_is_written(music: Path, own_store: Path, answers: list[str], status: int) -> None:
    before = {path: path.read_bytes() for path in music.rglob("*.*")}
    with Terminal("scan", music) as terminal:
        for answer in answers:
            terminal.wait_for(QUESTION)
            terminal.type(answer)
        assert terminal.wait() == status
    assert {path: path.read_bytes() for path in music.rglob("*.*")} == before
    assert consents(own_store) == []
    last = terminal.text.splitlines()[-1]
    if status == 0:
        assert last == f"No tags were written; `emotag scan --dry-run '{music}'` shows what they would be"
    else:
        assert last == "emotag: interrupted"
    assert "Traceback" not in terminal.text


@pytest.mark.thorough
def test_a_terminal_is_asked_once_for_a_folder_and_all_inside_it(music: Path, own_store: Path) -> None:
    with Terminal("scan", music) as terminal:
        terminal.wait_for(QUESTION)
        assert terminal.text.startswith(
            f"2 files will get tags; `emotag scan --dry-run '{music}'` shows them;"
            f" `emotag undo '{music}'` restores every byte\n"
        )
        assert tagged(music) == 0
        terminal.type("yes\n")
        assert terminal.wait() == 0
    assert "2 tagged" in terminal.text.splitlines()[-1]
    assert f"; `emotag undo '{music}'` restores the earlier tags" in terminal.text
    assert tagged(music) == 2
    assert consents(own_store) == [str(music)]
    song(music / "new" / "c.mp3", 6, rate=22050, seed=5)
    printed = on_terminal("scan", music / "new")
    assert "will get tags" not in printed
    assert "1 tagged" in printed
    # Another folder is another question, about its own files only.
    other = music.parent / "Other"
    other.mkdir()
    song(other / "d.mp3", 6, rate=22050, seed=6)
    with Terminal("scan", music, other) as terminal:
        terminal.wait_for(r"Write tags to 1 file\?")
        assert f"`emotag undo {other}` restores every byte" in terminal.text


@pytest.mark.thorough
def test_yes_is_not_asked_and_is_remembered(music: Path, own_store: Path) -> None:
    printed = on_terminal("scan", "-y", music)
    assert "2 files will get tags; " in printed
    assert "[y/N]" not in printed
    assert consents(own_store) == [str(music)]
    emotag("undo", music)
    assert "will get tags" not in on_terminal("scan", music)
    assert tagged(music) == 2


@pytest.mark.thorough
def test_cron_and_pipes_are_not_asked(music: Path) -> None:
    run = emotag("scan", music)
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr.startswith("2 files will get tags; ")
    assert "[y/N]" not in run.stderr
    assert tagged(music) == 2
    song(music / "c.mp3", 6, rate=22050, seed=5)
    assert "will get tags" not in emotag("scan", music).stderr
    assert "1 unchanged" in emotag("scan", music / "c.mp3").stderr


@pytest.mark.thorough
def test_a_quiet_first_scan_of_cron_prints_nothing(music: Path) -> None:
    assert emotag("scan", "-q", music).stderr == ""
    assert tagged(music) == 2


@pytest.mark.thorough
def test_scans_that_write_no_tags_do_not_ask(music: Path, tmp_path: Path, own_store: Path) -> None:
    for arguments in (["--dry-run"], ["--csv", tmp_path / "r.csv"], ["--no-tag"]):
        assert "will get tags" not in on_terminal("scan", *arguments, music)
    assert tagged(music) == 0
    assert consents(own_store) == []


@pytest.mark.thorough
def test_without_a_store_every_scan_asks(music: Path) -> None:
    for answer in ("y\n", "n\n"):
        with Terminal("scan", "--no-store", music) as terminal:
            terminal.wait_for(QUESTION)
            assert f"`emotag undo --no-store '{music}'` removes them, but cannot restore every byte" in terminal.text
            terminal.type(answer)
            assert terminal.wait() == 0
    assert tagged(music) == 2
    assert "[y/N]" not in on_terminal("scan", "--no-store", "--yes", music)


@pytest.mark.thorough
def test_the_question_does_not_go_into_a_report_on_stdout(music: Path, tmp_path: Path) -> None:
    """`input` of Python would print its prompt there."""
    with Terminal("scan", "--tag", "--csv", "-", music, out=tmp_path / "report.csv") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("y\n")
        assert terminal.wait() == 0
    assert (tmp_path / "report.csv").read_text().startswith("path,status,")

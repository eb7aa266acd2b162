"""A file, and nothing that makes one wait: no FIFO, socket, device or directory is opened for one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger import cli
from tagger.io import regular
from tagger.tags import reader
from tests.sounds import song

PATIENCE = 120
"""Seconds after which a command hangs; a busy machine needs a few of them."""


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            end.bind(f"/proc/self/fd/{here}/{path.name}")  # the path itself may be too long for a socket
        finally:
            os.close(here)


ODD: dict[str, Callable[[Path], None]] = {
    "fifo": lambda path: os.mkfifo(path),
    "socket": listening,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
}


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "odd.mp3"
    ODD[request.param](path)
    return path


@pytest.mark.parametrize("read", [regular.check, regular.read_bytes, regular.read_text, regular.open_regular])
def test_what_is_no_file_is_refused_at_once(odd: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        read(odd)
    with pytest.raises(IsADirectoryError):
        read(odd.parent)


def test_what_takes_a_file_s_place_after_it_was_looked_at_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.mp3"
    path.touch()
    check = regular.check

    def replaced(path: str) -> None:
        check(path)
        os.unlink(path)
        os.mkfifo(path)

    monkeypatch.setattr(regular, "check", replaced)
    with pytest.raises(OSError, match="not a regular file"):
        regular.open_regular(str(path))


def test_a_file_larger_than_it_may_be_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(10))
    assert len(regular.read_bytes(path, 10)) == 10
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="larger than"):
        regular.read_bytes(path, 10)


SONGS = (
    ["scan"],
    ["scan", "--csv", "-"],
    ["scan", "-n"],
    ["show"],
    ["curve"],
    ["features"],
    ["features", "--set", "affect"],
)


@pytest.mark.parametrize("command", SONGS, ids=" ".join)
def test_a_song_that_is_no_file_is_one_line(command: list[str], odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*command, str(odd)]) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if "odd.mp3" in line]
    assert len(said) == 1
    assert said[0].endswith("(not a regular file)")


def test_undo_names_it_and_goes_on(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = song(odd.parent / "good.flac", 1)
    assert cli.run(["undo", str(odd), str(good)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [f"{odd}: cannot be tagged (not a regular file)", "0 restored, 1 unchanged, 1 failed"]


@pytest.mark.parametrize(
    "command",
    [
        ["explore", "ODD"],
        ["explore", "DATA", "--labels", "ODD"],
        ["train", "moods", "ODD", "-o", "x.model"],
        ["train", "affect", "--audio", "MUSIC", "--labels", "ODD", "-o", "x.model"],
        ["evaluate", "moods", "ODD"],
        ["evaluate", "invariance", "ODD"],
        ["scan", "--no-store", "--model", "ODD", "MUSIC"],
        ["curve", "--model", "ODD", "SONG"],
        ["show", "--store", "ODD", "SONG"],
        ["scan", "--store", "ODD", "MUSIC"],
        ["export", "--store", "ODD"],
        ["library", "info", "--store", "ODD"],
    ],
    ids=" ".join,
)
def test_any_other_file_that_is_none_is_one_line(
    command: list[str], odd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(odd.parent)
    music = odd.parent / "music"
    music.mkdir()
    song(music / "a.flac", 1)
    (odd.parent / "data.csv").write_text("1,2\n")
    names = {"ODD": odd, "MUSIC": music, "SONG": music / "a.flac", "DATA": odd.parent / "data.csv"}
    assert cli.run([str(names.get(word, word)) for word in command]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "odd.mp3" in said
    assert "not a regular file" in said


def test_settings_that_are_no_file_are_one_line(
    odd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTAG_CONFIG", str(odd))
    assert cli.run(["models"]) == 2
    assert capsys.readouterr().err.splitlines() == [f"emotag: {odd}: cannot be read (not a regular file)"]
    monkeypatch.setenv("EMOTAG_CONFIG", os.devnull)
    assert cli.run(["config"]) == 0, "which says that there are none"


@pytest.mark.parametrize("suffix", ["", ".lock", ".journal"])
@pytest.mark.parametrize("kind", ["fifo", "directory", "link", "file"])
def test_a_store_that_cannot_be_made_is_one_line(
    suffix: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song(tmp_path / "a.flac", 1)
    path = tmp_path / f"store{suffix}"
    if (kind == "file" and suffix != ".journal") or (kind == "directory" and suffix == ".journal"):
        pytest.skip("this is what is made there")
    makers: dict[str, Callable[[], object]] = {
        "fifo": lambda: os.mkfifo(path),
        "directory": path.mkdir,
        "link": lambda: path.symlink_to(path.name),
        "file": path.touch,
    }
    makers[kind]()
    assert cli.run(["scan", "--store", str(tmp_path / "store"), str(tmp_path / "a.flac")]) == 2
    said = capsys.readouterr().err.splitlines()
    # Click refuses a directory, after a line on the usage.
    assert said[-1].startswith(("emotag: ", "Error: "))
    assert len(said) == 1 or "is a directory" in said[-1]
    assert not reader.read(str(tmp_path / "a.flac")).moods


def test_a_store_in_a_place_that_takes_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song(tmp_path / "a.flac", 1)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "store", Path("/proc/store"), Path("/dev/null/x")):
        assert cli.run(["scan", "--store", str(place), str(tmp_path / "a.flac")]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert str(place) in said


def test_a_fifo_in_a_folder_is_no_song(tmp_path: Path) -> None:
    """The whole command, with workers."""
    os.mkfifo(tmp_path / "x.mp3")
    song(tmp_path / "a.flac", 6, rate=22050)
    command = [sys.executable, "-m", "tagger", "scan", "--no-store", str(tmp_path), str(tmp_path / "x.mp3")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode == 1
    assert run.stderr.splitlines()[0] == f"{tmp_path}/x.mp3: cannot be read (not a regular file)"
    assert "1 analysed, 1 tagged, 0 unchanged, 0 skipped, 1 failed in " in run.stderr


def test_an_odd_ignore_file_is_one_line_and_the_scan_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("odd/a.flac", "good/b.flac"):
        (tmp_path / name).parent.mkdir()
        song(tmp_path / name, 6, rate=22050)
    (tmp_path / "odd" / ".emotagignore").mkdir()
    before = (tmp_path / "odd" / "a.flac").read_bytes()
    line = f"{tmp_path}/odd/.emotagignore: cannot be used (Is a directory); its folder is left out"
    assert cli.run(["scan", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == line
    assert said[1].startswith("1 analysed, 1 tagged, 0 unchanged, 0 skipped, 1 failed in ")
    assert (tmp_path / "odd" / "a.flac").read_bytes() == before
    assert cli.run(["undo", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [line, "1 restored, 0 unchanged, 1 failed"]

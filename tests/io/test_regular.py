"""FIFOs, sockets, devices and directories are refused at once wherever a file is expected."""

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
"""Timeout of a command in seconds; a busy machine needs a few."""


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            end.bind(f"/proc/self/fd/{here}/{path.name}")  # the path itself may be too long for a socket
        finally:
            os.close(here)


SPECIAL: dict[str, Callable[[Path], None]] = {
    "fifo": lambda path: os.mkfifo(path),
    "socket": make_socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
}


@pytest.fixture(params=SPECIAL)
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "special.mp3"
    SPECIAL[request.param](path)
    return path


@pytest.mark.parametrize("read", [regular.check, regular.read_bytes, regular.read_text, regular.open_regular])
def test_special_files_are_refused(special: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        read(special)
    with pytest.raises(IsADirectoryError):
        read(special.parent)


def test_special_file_that_replaces_a_checked_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_maximum_size(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(10))
    assert len(regular.read_bytes(path, 10)) == 10
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="larger than"):
        regular.read_bytes(path, 10)


SONG_COMMANDS = (
    ["scan"],
    ["scan", "--csv", "-"],
    ["scan", "-n"],
    ["show"],
    ["curve"],
    ["features"],
    ["features", "--set", "affect"],
)


@pytest.mark.thorough
@pytest.mark.parametrize("command", SONG_COMMANDS, ids=" ".join)
def test_special_file_as_song(command: list[str], special: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*command, str(special)]) == 1
    lines = capsys.readouterr().err.splitlines()
    messages = [line for line in lines if line.startswith("emotag: ") and "special.mp3" in line]
    assert len(messages) == 1
    assert messages[0].endswith("(not a regular file)")


def test_undo_continues_after_a_special_file(special: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = song(special.parent / "good.flac", 1)
    assert cli.run(["undo", str(special), str(good)]) == 1
    messages = capsys.readouterr().err.splitlines()
    assert messages == [
        f"emotag: {special}: cannot be tagged (not a regular file)",
        "0 restored, 1 unchanged, 1 failed",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["explore", "SPECIAL"],
        ["explore", "DATA", "--labels", "SPECIAL"],
        ["train", "moods", "SPECIAL", "-o", "x.model"],
        ["train", "affect", "--audio", "MUSIC", "--labels", "SPECIAL", "-o", "x.model"],
        ["evaluate", "moods", "SPECIAL"],
        ["evaluate", "invariance", "SPECIAL"],
        ["scan", "--no-store", "--model", "SPECIAL", "MUSIC"],
        ["curve", "--model", "SPECIAL", "SONG"],
        ["show", "--store", "SPECIAL", "SONG"],
        ["scan", "--store", "SPECIAL", "MUSIC"],
        ["export", "--store", "SPECIAL"],
        ["library", "info", "--store", "SPECIAL"],
    ],
    ids=" ".join,
)
def test_special_file_as_other_input_is_one_message(
    command: list[str], special: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(special.parent)
    music = special.parent / "music"
    music.mkdir()
    song(music / "a.flac", 1)
    (special.parent / "data.csv").write_text("1,2\n")
    names = {"SPECIAL": special, "MUSIC": music, "SONG": music / "a.flac", "DATA": special.parent / "data.csv"}
    assert cli.run([str(names.get(word, word)) for word in command]) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert "special.mp3" in message
    assert "not a regular file" in message


def test_special_file_as_settings_is_one_message(
    special: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTAG_CONFIG", str(special))
    assert cli.run(["models"]) == 2
    assert capsys.readouterr().err.splitlines() == [f"emotag: {special}: cannot be read (not a regular file)"]
    monkeypatch.setenv("EMOTAG_CONFIG", os.devnull)
    assert cli.run(["config"]) == 0, "which says that there are none"


@pytest.mark.parametrize("suffix", ["", ".lock", ".journal"])
@pytest.mark.parametrize("kind", ["fifo", "directory", "link", "file"])
def test_special_file_as_store_is_one_message(
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
    messages = capsys.readouterr().err.splitlines()
    # Click refuses a directory, after a line on the usage.
    assert messages[-1].startswith("emotag: ")
    assert len(messages) == 1 or "is a directory" in messages[-1]
    assert not reader.read(str(tmp_path / "a.flac")).moods


def test_store_in_an_impossible_folder_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song(tmp_path / "a.flac", 1)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "store", Path("/proc/store"), Path("/dev/null/x")):
        assert cli.run(["scan", "--store", str(place), str(tmp_path / "a.flac")]) == 2
        (message,) = capsys.readouterr().err.splitlines()
        assert str(place) in message


def test_fifo_in_a_folder_is_not_a_song(tmp_path: Path) -> None:
    """The whole command, with workers."""
    os.mkfifo(tmp_path / "x.mp3")
    song(tmp_path / "a.flac", 6, rate=22050)
    command = [sys.executable, "-m", "tagger", "scan", "--no-store", str(tmp_path), str(tmp_path / "x.mp3")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode == 1
    assert run.stderr.splitlines()[1] == f"emotag: {tmp_path}/x.mp3: cannot be read (not a regular file)"
    assert "1 analysed, 1 tagged, 0 unchanged, 0 skipped, 1 failed in " in run.stderr


def test_special_file_as_ignore_file_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("odd/a.flac", "good/b.flac"):
        (tmp_path / name).parent.mkdir()
        song(tmp_path / name, 6, rate=22050)
    (tmp_path / "odd" / ".emotagignore").mkdir()
    before = (tmp_path / "odd" / "a.flac").read_bytes()
    line = f"emotag: {tmp_path}/odd/.emotagignore: cannot be used (Is a directory); its folder is left out"
    assert cli.run(["scan", str(tmp_path)]) == 1
    messages = capsys.readouterr().err.splitlines()
    assert messages[0] == line
    assert messages[1].startswith("1 file will get tags; ")
    assert messages[2].startswith("1 analysed, 1 tagged, 0 unchanged, 0 skipped, 1 failed in ")
    assert (tmp_path / "odd" / "a.flac").read_bytes() == before
    assert cli.run(["undo", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [line, "1 restored, 0 unchanged, 1 failed"]

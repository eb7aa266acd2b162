"""Commands work, or fail with one line, for any stdout and stderr: full, closed, a closed pipe, a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import mutagen
import numpy as np
import pytest

from tagger import cli
from tagger.emotions import MOODS
from tagger.features import marsyas
from tests.forked_commands import Forked, Run
from tests.sounds import song

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full, fork and pseudo-terminals")

ESCAPES = "\x1b]0;owned\x07\x1b[2J"


class Place(NamedTuple):
    """A folder with a scanned library, a table of songs and a data set, and what runs commands in it."""

    folder: Path
    store: str
    forked: Forked
    runs: dict[str, Run]

    def run(self, command: str, **how: str) -> Run:
        """Run a command that is written as on a command line."""
        return self.forked.run(command.split(), folder=self.folder, env={"EMOTAG_STORE": self.store}, **how)

    def usual(self, command: str) -> Run:
        """Return what comes of a command where both streams are files."""
        if command not in self.runs:
            self.runs[command] = self.run(RUNS[command])
        return self.runs[command]


RUNS = {
    "scan": "scan --no-store -j 1 --csv - music/short.wav",
    # This ends on a signal only.
    "watch": "watch --help",
    "undo": "undo music/text.flac",
    "show": "show music",
    "export": "export",
    "map": "map -o map.html",
    "playlist": "playlist --seed 1",
    "curve": "curve song.flac --step 5",
    "rate": "rate --list",
    "features": "features song.flac",
    "library info": "library info",
    "library check": "library check",
    "library prune": "library prune",
    "config": "config",
    "completion": "completion bash",
    "models": "models",
    "models verify": "models verify",
    # These train for minutes, or measure; what they print they print as the others do.
    "learn": "learn --help",
    "train moods": "train moods --help",
    "train affect": "train affect --help",
    "train emotion": "train emotion --help",
    "train embedding": "train embedding --help",
    "evaluate moods": "evaluate moods --help",
    "evaluate affect": "evaluate affect --help",
    "evaluate emotion": "evaluate emotion --help",
    "evaluate invariance": "evaluate invariance --help",
    "explore": "explore table.csv",
}
"""A run of every command that ends soon."""

SILENT = {"undo", "map", "rate"}
"""Commands that print nothing on stdout."""

each = pytest.mark.parametrize("command", RUNS)


def leaves(command: click.Command, context: click.Context, called: str = "") -> Iterator[str]:
    """Yield the names of all commands that do something."""
    below = command.list_commands(context) if isinstance(command, click.Group) else []
    if not below or (called and isinstance(command, click.Group) and command.invoke_without_command):
        yield called
    for name in below:
        assert isinstance(command, click.Group)
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, click.Context(inner, parent=context), f"{called} {name}".strip())


def test_every_command_is_tested() -> None:
    assert set(leaves(cli.emotag, click.Context(cli.emotag))) == set(RUNS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    (folder / "music").mkdir()
    for number, name in enumerate((f"{ESCAPES}.flac", "ünï.flac", "bad\udcff.flac")):
        path = song(folder / "music" / name, 5, rate=22050, seed=number)
        tags = mutagen.File(os.fspath(path), easy=True)
        tags["title"] = tags["artist"] = f"{ESCAPES}{number}"
        tags.save()
    (folder / "music" / "short.wav").write_bytes(b"RIFF")
    (folder / "music" / "text.flac").write_text("no song")
    song(folder / "song.flac", 6, rate=22050)
    X = np.random.default_rng(0).normal(size=(20, 72)).round(4)
    rows = [[*map(str, x), *("1" if value > 0 else "0" for value in x[:6])] for x in X.tolist()]
    lines = [[*marsyas.COLUMNS, *MOODS], *rows]
    (folder / "table.csv").write_text("\n".join(",".join(line) for line in lines))
    store = str(folder / "library.sqlite")
    assert cli.run(["scan", "-q", "--csv", os.devnull, "-j", "1", "--store", store, str(folder / "music")]) == 1
    os.environ.setdefault("EMOTAG_STORE", store)
    with Forked() as forked:
        yield Place(folder, store, forked, {})


@pytest.mark.thorough
@each
def test_a_full_stdout_is_reported_in_one_line_with_status_1(place: Place, command: str) -> None:
    run = place.run(RUNS[command], out="full")
    lines = run.err.decode().splitlines()
    if command in SILENT:
        assert run.status == place.usual(command).status
        assert not any("standard output" in line for line in lines)
    else:
        assert run.status == 1
        assert "emotag: standard output: cannot be written (No space left on device)" in lines
    assert "Traceback" not in run.err.decode()
    assert "Exception ignored" not in run.err.decode()


@pytest.mark.thorough
@each
def test_a_closed_stdout_is_reported_in_one_line_with_status_1(place: Place, command: str) -> None:
    run = place.run(RUNS[command], out="closed")
    lines = run.err.decode().splitlines()
    assert "Traceback" not in run.err.decode()
    if command in SILENT:
        assert run.status == place.usual(command).status
    else:
        assert run.status == 1
        assert "emotag: standard output: cannot be written (Bad file descriptor)" in lines


@pytest.mark.thorough
@each
def test_an_unwritable_stderr_changes_neither_status_nor_stdout(place: Place, command: str) -> None:
    usual = place.usual(command)
    for err in ("closed", "full", "pipe"):
        run = place.run(RUNS[command], err=err)
        assert (run.status, run.out) == (usual.status, usual.out)


@pytest.mark.thorough
@each
def test_a_closed_pipe_is_not_an_error(place: Place, command: str) -> None:
    run = place.run(RUNS[command], out="pipe")
    assert run.status == (place.usual(command).status if command in SILENT else 0)
    assert "Traceback" not in run.err.decode()
    assert "Broken pipe" not in run.err.decode()


@pytest.mark.thorough
@each
def test_an_encoding_that_lacks_characters_is_not_an_error(place: Place, command: str) -> None:
    run = place.run(RUNS[command], encoding="ascii")
    assert run.status == place.usual(command).status
    assert b"Traceback" not in run.err


@pytest.mark.thorough
@each
def test_control_characters_are_not_written_to_a_terminal(place: Place, command: str) -> None:
    run = place.run(RUNS[command], out="terminal", err="terminal")
    assert b"]0;owned" not in run.out or b"\xef\xbf\xbd]0;owned" in run.out
    for written in (run.out, run.err):
        assert b"\x1b]" not in written
        assert b"\x1b[2J" not in written
        assert b"\x07" not in written
    assert b"Traceback" not in run.err


@pytest.mark.parametrize("command", ["export", "playlist", "features music/*", "show --json music"])
def test_bytes_are_exact_if_stdout_is_not_a_terminal(place: Place, command: str) -> None:
    names = [f"music/{path.name}" for path in sorted((place.folder / "music").iterdir()) if path.suffix == ".flac"]
    arguments = command.replace(" music/*", "").split() + (names if "music/*" in command else [])
    env = {"EMOTAG_STORE": place.store}
    piped = place.forked.run(arguments, folder=place.folder, env=env)
    shown = place.forked.run(arguments, folder=place.folder, env=env, out="terminal")
    if command == "show --json music":
        assert b"\x1b" not in piped.out
    else:
        assert f"{ESCAPES}.flac".encode() in piped.out
        assert f"{ESCAPES}.flac".encode() not in shown.out
        assert "�]0;owned��[2J.flac".encode() in shown.out


def test_an_image_is_not_written_to_a_terminal(place: Place) -> None:
    run = place.run("curve song.flac --format png", out="terminal")
    assert (run.status, run.out) == (1, b"")
    assert run.err == b"emotag: cannot write a picture to a terminal; name a file\n"


@pytest.mark.thorough
def test_closed_streams_and_c_locale_from_a_shell(place: Place, tmp_path: Path) -> None:
    """What Python makes of closed streams before a command begins is part of the matter."""
    path = song(tmp_path / "a.flac", 6, rate=22050)
    before = path.read_bytes()
    store = tmp_path / "s.sqlite"
    shell = f'"{sys.executable}" -m tagger scan --store {store} -v -j 1 {path} >&- 2>&- <&-'
    assert subprocess.run(["sh", "-c", shell], timeout=240).returncode == 0
    assert path.read_bytes() != before, "it was tagged"
    assert store.read_bytes().startswith(b"SQLite format 3")
    assert b"a.flac: " not in store.read_bytes() + path.read_bytes(), "no message went into a file"
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "EMOTAG_STORE": place.store}
    for arguments in (["show", "music"], ["config"], ["playlist"]):
        run = subprocess.run(
            [sys.executable, "-m", "tagger", *arguments], cwd=place.folder, env=plain, capture_output=True, timeout=240
        )
        assert (run.returncode, run.stderr) == (0, b"")

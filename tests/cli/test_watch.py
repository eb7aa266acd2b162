"""`emotag watch`: whatever arrives in whatever way is tagged once, when it is complete."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import mutagen
import pytest

from tagger import cli, tags
from tests.sounds import song
from tests.terminal import CTRL_C, Terminal

if not sys.platform.startswith("linux"):
    pytest.skip("the events, leases and signals are those of Linux", allow_module_level=True)

PATIENCE = 300.0
"""Seconds after which a wait fails; a busy machine needs many of them."""

RECORDINGS, COPIES = 25, 8
"""Songs, and files of each with other titles: 200 files."""

SETTLE = 2.0


class Watch:
    """The command, with its messages in a file; a context manager that ends it with SIGTERM."""

    def __init__(self, music: Path, log: Path, *options: object, messages: Path | None = None) -> None:
        self.log = log
        self.messages = messages or log
        command = ["watch", "--settle", SETTLE, "--nice", 0, "--model", "classical", "-j", 2, *options, music]
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tagger", *map(str, command)], stdin=subprocess.DEVNULL, stderr=file
            )

    def __enter__(self) -> Watch:
        until(lambda: "Watching" in self.messages.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def end(self, number: int) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def tagged(self) -> list[str]:
        """The names of the files that it says it has tagged."""
        return [Path(line.split(": ")[0]).name for line in self.lines if line.endswith(")") and ".flac: " in line]

    @property
    def errors(self) -> list[str]:
        return [line for line in self.lines if line.startswith("emotag:")]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_tagged(path: Path) -> bool:
    return bool(tags.read(str(path)).moods)


def all_tagged(files: Sequence[Path]) -> Callable[[], bool]:
    remaining = set(files)

    def is_done() -> bool:
        remaining.difference_update([path for path in remaining if is_tagged(path)])
        return not remaining

    return is_done


def writes(store: Path) -> Counter[str]:
    """Return how often the tags of each file were written, by name."""
    with closing(sqlite3.connect(store)) as database:
        return Counter(Path(os.fsdecode(path)).name for (path,) in database.execute("SELECT path FROM written"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    for number in range(RECORDINGS):
        original = song(folder / f"{number:02}-0.flac", 5, rate=22050, seed=number)
        for copy in range(1, COPIES):
            path = shutil.copy(original, folder / f"{number:02}-{copy}.flac")
            file = mutagen.File(path)
            file["title"] = f"Title {copy}"
            file.save()
    return folder


def copy_slowly(sources: Sequence[Path], folder: Path, *, reopen: bool) -> list[Path]:
    """Copy files in four parts with pauses; either open all the time, or opened again and again for a shorter time.

    Nobody has replaced or changed the files until they are complete.
    """
    targets = [folder / path.name for path in sources]
    contents = [path.read_bytes() for path in sources]
    parts = [[content[i * len(content) // 4 : (i + 1) * len(content) // 4] for i in range(4)] for content in contents]
    files = [target.open("wb", buffering=0) for target in targets]
    for part in range(4):
        for i, target in enumerate(targets):
            if reopen and part:
                files[i] = target.open("ab", buffering=0)
            files[i].write(parts[i][part])
            if reopen:
                files[i].close()
        time.sleep(SETTLE / 4 if reopen else 2 * SETTLE)
        if not reopen:
            assert [os.fstat(file.fileno()).st_ino for file in files] == [target.stat().st_ino for target in targets]
            assert all(
                target.stat().st_size < len(content) for target, content in zip(targets, contents, strict=True)
            ) or (part == 3)
    for file in files:
        file.close()
    return targets


@pytest.mark.thorough
def test_200_files_are_tagged_once_whatever_happens(source: Path, tmp_path: Path, own_store: Path) -> None:
    music, moved_away = tmp_path / "music", tmp_path / "away"
    music.mkdir()
    files = sorted(source.iterdir())
    assert len(files) == 200
    one_by_one, batch, down, slow, halves, temporary, gone = (
        files[start:end]
        for start, end in ((0, 50), (50, 120), (120, 150), (150, 160), (160, 170), (170, 190), (190, 200))
    )

    with Watch(music, tmp_path / "1.log") as first:
        for number, path in enumerate(one_by_one):
            folder = music / f"album {number // 10}"
            folder.mkdir(exist_ok=True)
            shutil.copy(path, folder)
            time.sleep(0.05)
        shutil.copytree(source, music / "batch", ignore=lambda *_: {p.name for p in files if p not in batch})
        until(lambda: len(first.tagged) >= 30)
        first.end(signal.SIGKILL)

    for path in down:
        shutil.copy(path, music / "batch")
    (music / "album 0").rename(music / "album A")

    with Watch(music, tmp_path / "2.log") as second:
        # Files that are written slowly, in the middle of all the others.
        copy_slowly(slow, music, reopen=False)
        copy_slowly(halves, music, reopen=True)
        for path in temporary[:10]:
            shutil.copy(path, music / f".{path.name}.Xy12aB")
            (music / f".{path.name}.Xy12aB").rename(music / path.name)
        for path in temporary[10:]:
            shutil.copy(path, music / f"{path.name}.part")
            time.sleep(0.1)
            (music / f"{path.name}.part").rename(music / path.name)
        for path in gone:
            shutil.copy(path, music)
        for path in gone[:5]:
            (music / path.name).unlink()
        # Files and folders move while others are tagged.
        (music / "album 1").rename(music / "album B")
        for path in sorted((music / "album 2").iterdir()):
            path.rename(music / "album B" / path.name)
        shutil.move(music / "album 3", moved_away)
        present = sorted(music.rglob("*.flac"))
        assert len(present) == 200 - 5 - 10
        until(all_tagged(present))
        shutil.move(moved_away, music / "album 3")
        until(all_tagged(sorted(music.rglob("*.flac"))))
        assert second.end(signal.SIGTERM) == 0

    assert second.lines[-1].startswith("Stopped; ")
    assert first.errors == [] and second.errors == []
    counts = writes(own_store)
    assert set(counts) >= {path.name for path in music.rglob("*.flac")} and set(counts.values()) == {1}
    assert Counter(first.tagged + second.tagged).most_common(1)[0][1] == 1
    # Nothing was tagged before it was complete: without the tags, the files are what was copied.
    assert cli.run(["undo", "-q", str(music)]) == 0
    for path in music.rglob("*.flac"):
        assert path.read_bytes() == (source / path.name).read_bytes()
    assert [path for path in music.rglob("*") if path.is_file() and path.suffix != ".flac"] == []


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_it_works_and_the_next_start_goes_on(
    source: Path, tmp_path: Path, own_store: Path, number: int
) -> None:
    music = tmp_path / "music"
    shutil.copytree(source, music, ignore=lambda *_: [path.name for path in sorted(source.iterdir())[40:]])
    with Watch(music, tmp_path / "1.log") as first:
        until(lambda: any(is_tagged(path) for path in music.glob("*.flac")))
        assert first.end(number) == 0
    assert first.lines[-1].startswith("Stopped; ")
    with Watch(music, tmp_path / "2.log"):
        until(all_tagged(sorted(music.iterdir())))
    assert set(writes(own_store).values()) == {1}
    assert not [path for path in music.iterdir() if path.name.startswith(".")]


@pytest.mark.thorough
def test_messages_go_to_the_log_and_not_to_stderr_if_it_is_quiet(source: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    shutil.copy(source / "00-0.flac", music)
    log = tmp_path / "log"
    log.touch()
    with Watch(music, tmp_path / "stderr", "--quiet", "--log", log, messages=log) as watch:
        until(lambda: ".flac: " in log.read_text())
        assert watch.end(signal.SIGTERM) == 0
    assert watch.lines == []
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert lines[0] == f"Watching {music}; Ctrl-C stops"
    assert lines[1].startswith("1 file and all that arrive will get tags; `emotag scan --dry-run ")
    assert lines[2].startswith(f"{music / '00-0.flac'}: ")
    assert lines[3:] == ["Stopped; 1 file tagged"]


def test_the_settings_of_scan_are_those_of_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(
        '[scan]\nthreshold = 0.3\nexclude = ["*.wav"]\nyes = true\n[watch]\npoll = 5\n'
    )
    monkeypatch.setenv("EMOTAG_CONFIG", str(tmp_path / "config.toml"))
    seen: dict[str, object] = {}
    monkeypatch.setattr("tagger.cli.watch._run", lambda paths, options, *_: seen.update(options))
    assert cli.run(["watch", str(tmp_path)]) == 0
    assert (seen["threshold"], seen["exclude"], seen["poll"], seen["yes"]) == (0.3, ("*.wav",), 5, False)


@pytest.mark.parametrize("arguments", [["--settle", "0"], ["--poll", "0"], ["--store", ""], []])
def test_wrong_arguments_are_rejected(tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / "file.flac"
    path.write_text("x")
    assert cli.run(["watch", *arguments, str(tmp_path if arguments else path)]) == 2


@pytest.mark.thorough
@pytest.mark.parametrize("answer", ["n", "y"])
def test_on_a_terminal_it_asks_before_anything_arrives(source: Path, tmp_path: Path, answer: str) -> None:
    music = tmp_path / "music"
    music.mkdir()
    with Terminal("watch", "--settle", "0.2", "--model", "classical", music) as terminal:
        terminal.wait_for(r"Write tags to all files that arrive\? \[y/N\] $")
        terminal.type(f"{answer}\n")
        if answer == "n":
            terminal.wait_for("No tags were written")
        else:
            shutil.copy(source / "00-0.flac", music)
            terminal.wait_for(r"00-0\.flac: ")
            terminal.type(CTRL_C)
            terminal.wait_for("Stopped; 1 file tagged")
        assert terminal.wait() == 0

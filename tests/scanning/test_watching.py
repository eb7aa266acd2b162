"""A watch tags what arrives, once, and works beside other commands."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tagger import cli, tags
from tagger.errors import Declined, NoEvents
from tagger.library.lock import library_lock
from tagger.scanning import watching
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import FileStatus, ScanResult
from tagger.scanning.watching import FolderWatch
from tests.sounds import song

pytestmark = pytest.mark.thorough

PATIENCE = 120.0
"""Seconds after which a wait fails; a busy machine needs a few of them."""


class Watching(FolderWatch):
    """A watch in a thread, which the test stops; its results are collected."""

    def __init__(self, folder: Path, store: Path, *, poll: float | None = None, exclude: tuple[str, ...] = ()) -> None:
        super().__init__(
            [str(folder)],
            ScanOptions(),
            store=str(store),
            find=WalkOptions(exclude=exclude),
            workers=WorkerOptions(1),
            models=["classical"],
            settle=0.3,
            poll=poll,
            on_unsearched=lambda error: None,
            confirm=lambda first: True,
        )
        self.results: list[ScanResult] = []
        self.error: BaseException | None = None
        self.looks = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._collect)

    def _collect(self) -> None:
        try:
            self.results.extend(iter(self.run()))
        except BaseException as error:
            self.error = error

    def _wait(self, seconds: float) -> None:
        if self.stopping.is_set():
            raise KeyboardInterrupt
        super()._wait(min(seconds, 0.1))

    def _look(self) -> None:
        super()._look()
        self.looks += 1

    def __enter__(self) -> Watching:
        self.thread.start()
        until(lambda: bool(self.looks))
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()
        assert isinstance(self.error, KeyboardInterrupt), self.error

    def statuses(self, name: str) -> list[FileStatus]:
        return [result.status for result in self.results if Path(result.path).name == name]


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is the case."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_tagged(path: Path) -> bool:
    return path.exists() and bool(tags.read(str(path)).moods)


def known_files(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as database:
        return [Path(os.fsdecode(path)).name for (path,) in database.execute("SELECT path FROM file ORDER BY path")]


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(watching, "BUSY_SECONDS", 0.2)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    for number in range(3):
        song(folder / f"{number}.flac", 5, rate=22050, seed=number)
    return folder


@pytest.fixture
def music(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "music"
    folder.mkdir()
    yield folder


def test_a_new_file_is_tagged_and_the_own_write_is_no_change(recordings: Path, music: Path, own_store: Path) -> None:
    with Watching(music, own_store) as watch:
        shutil.copy(recordings / "0.flac", music)
        until(lambda: bool(watch.results))
        written = (music / "0.flac").stat()
        looks = watch.looks
        until(lambda: watch.looks > looks)
        time.sleep(1)
        assert (music / "0.flac").stat() == written
        assert not watch._settling.is_due() and watch._settling.next_check() is None
    assert watch.statuses("0.flac") == [FileStatus.TAGGED]


def test_moved_files_and_renamed_folders_are_not_analysed_again(recordings: Path, music: Path, own_store: Path) -> None:
    (music / "a").mkdir()
    with Watching(music, own_store) as watch:
        shutil.copy(recordings / "0.flac", music / "a")
        until(lambda: len(watch.results) == 1)
        (music / "a" / "0.flac").rename(music / "a" / "moved.flac")
        until(lambda: len(watch.results) == 2)
        (music / "a").rename(music / "b")
        until(lambda: len(watch.results) == 3)
    assert [result.analysed for result in watch.results] == [True, False, False]
    assert [result.status for result in watch.results[1:]] == [FileStatus.UNCHANGED] * 2
    assert is_tagged(music / "b" / "moved.flac")


def test_deleted_files_are_forgotten(recordings: Path, music: Path, own_store: Path) -> None:
    for number in range(2):
        shutil.copy(recordings / f"{number}.flac", music)
    with Watching(music, own_store) as watch:
        until(lambda: len(watch.results) == 2)
        (music / "0.flac").unlink()
        until(lambda: known_files(own_store) == ["1.flac"])


def test_files_that_came_before_are_caught_up_and_current_ones_are_not_touched(
    recordings: Path, music: Path, own_store: Path
) -> None:
    shutil.copy(recordings / "0.flac", music)
    assert cli.run(["scan", "-q", "--model", "classical", str(music)]) == 0
    current = (music / "0.flac").stat()
    shutil.copy(recordings / "1.flac", music)
    with Watching(music, own_store) as watch:
        until(lambda: bool(watch.results))
    assert [Path(result.path).name for result in watch.results] == ["1.flac"]
    assert (music / "0.flac").stat() == current


def test_undo_is_not_undone(recordings: Path, music: Path, own_store: Path) -> None:
    with Watching(music, own_store) as watch:
        shutil.copy(recordings / "0.flac", music)
        until(lambda: bool(watch.results))
        time.sleep(0.2)
        until(lambda: cli.run(["undo", str(music)]) == 0)
        shutil.copy(recordings / "1.flac", music)
        until(lambda: len(watch.results) == 2)
    with Watching(music, own_store):  # nor by the next start
        time.sleep(1)
    assert (music / "0.flac").read_bytes() == (recordings / "0.flac").read_bytes()
    assert is_tagged(music / "1.flac")
    assert cli.run(["scan", "-q", "--model", "classical", str(music)]) == 0
    assert is_tagged(music / "0.flac")


def test_while_another_command_has_the_lock_files_wait(
    recordings: Path, music: Path, own_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tagger")
    with Watching(music, own_store) as watch:
        with library_lock(str(own_store)):
            shutil.copy(recordings / "0.flac", music)
            until(lambda: "using this library" in caplog.text)
            time.sleep(0.6)
            assert not watch.results
        until(lambda: bool(watch.results))
    assert caplog.text.count("using this library") == 1
    assert is_tagged(music / "0.flac")


def test_while_nothing_arrives_the_lock_is_free(music: Path, own_store: Path) -> None:
    with Watching(music, own_store), library_lock(str(own_store)):
        pass


def test_a_folder_that_goes_and_comes_back_is_watched_again(
    recordings: Path, music: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.2)
    shutil.copy(recordings / "0.flac", music)
    with Watching(music, own_store) as watch:
        until(lambda: bool(watch.results))
        music.rename(music.with_name("away"))
        until(lambda: "the folder is gone" in caplog.text)
        time.sleep(1)
        assert known_files(own_store) == ["0.flac"]
        music.with_name("away").rename(music)
        until(lambda: bool(watch._watched))
        shutil.copy(recordings / "1.flac", music)
        until(lambda: len(watch.results) == 2)
    assert caplog.text.count("the folder is gone") == 1
    assert watch.statuses("0.flac") == [FileStatus.TAGGED]


@pytest.mark.parametrize("is_late", [False, True])
def test_without_events_it_looks_for_new_files(
    recordings: Path,
    music: Path,
    own_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_late: bool,
) -> None:
    class Limited:
        """Events whose limit is reached later, when there is a new folder."""

        def wait(self, seconds: float) -> bool:
            raise NoEvents("the limit is reached")

        def close(self) -> None:
            pass

    def no_events(folders: list[str], *, follow_symlinks: bool) -> Limited:
        if is_late:
            return Limited()
        raise NoEvents("the limit is reached")

    monkeypatch.setattr(watching, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(watching, "system_events", no_events)
    with Watching(music, own_store) as watch:
        for number in range(2):
            shutil.copy(recordings / f"{number}.flac", music)
            until(lambda number=number: len(watch.results) == number + 1)  # type: ignore[misc]
    assert [record.getMessage() for record in caplog.records] == [
        "the limit is reached; looking for new files every 0.2 s instead"
    ]


def test_the_files_are_those_of_a_scan(recordings: Path, music: Path, own_store: Path) -> None:
    (music / "ignored").mkdir()
    (music / ".emotagignore").write_text("ignored/\n")
    with Watching(music, own_store, poll=0.1, exclude=("x*",)) as watch:
        for name in ("ignored/a.flac", "x.flac", ".a.flac.Xy12aB", "a.flac.part", "text.txt", "b.flac"):
            shutil.copy(recordings / "0.flac", music / name)
        until(lambda: bool(watch.results))
        (music / "a.flac.part").rename(music / "c.flac")
        until(lambda: len(watch.results) == 2)
    assert [Path(result.path).name for result in watch.results] == ["b.flac", "c.flac"]


def test_a_failed_file_is_not_tried_again_until_it_changes(recordings: Path, music: Path, own_store: Path) -> None:
    with Watching(music, own_store, poll=0.1) as watch:
        (music / "0.flac").write_text("no music")
        until(lambda: bool(watch.results))
        time.sleep(1)
        shutil.copy(recordings / "0.flac", music)
        until(lambda: len(watch.results) == 2)
    assert watch.statuses("0.flac") == [FileStatus.FAILED, FileStatus.TAGGED]


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write to all folders")
def test_a_file_that_cannot_be_written_now_is_tried_again(
    recordings: Path, music: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.5)
    with Watching(music, own_store, poll=0.1) as watch:
        shutil.copy(recordings / "0.flac", music)
        music.chmod(0o555)
        until(lambda: bool(watch.results))
        music.chmod(0o755)
        until(lambda: is_tagged(music / "0.flac"))
    assert set(watch.statuses("0.flac")) == {FileStatus.FAILED, FileStatus.TAGGED}


def test_a_link_waits_until_its_target_is_complete(recordings: Path, music: Path, own_store: Path) -> None:
    shutil.copy(recordings / "0.flac", music.parent)
    with Watching(music, own_store, poll=0.1) as watch:
        (music / "0.flac").symlink_to(music.parent / "0.flac")
        with (music.parent / "0.flac").open("r+b"):
            time.sleep(0.6)
            assert not watch.results
        until(lambda: bool(watch.results))
    assert watch.statuses("0.flac") == [FileStatus.TAGGED]


def test_without_consent_nothing_is_watched(recordings: Path, music: Path, own_store: Path) -> None:
    shutil.copy(recordings / "0.flac", music)
    watch = Watching(music, own_store)
    watch.confirm = lambda first: False
    with pytest.raises(Declined):
        next(watch.run())
    assert not is_tagged(music / "0.flac")

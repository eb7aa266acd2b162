"""Files settle: nothing is scanned while it may still be written, and nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagger.library.walk import FoundFile, walk
from tagger.scanning.settling import Settling, is_open_for_writing

SECONDS = 10.0


class Folder:
    """A folder of files, a clock that the test sets, and the files that are open for writing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1000.0
        self.open: set[str] = set()
        self.settling = Settling(SECONDS, clock=lambda: self.now, is_open=lambda path: Path(path).name in self.open)

    def write(self, name: str, content: str = "x") -> None:
        (self.path / name).write_text(content)

    def files(self) -> list[FoundFile]:
        return walk([str(self.path)])

    def look(self) -> None:
        self.settling.update(self.files())

    def set_scanned(self) -> None:
        self.settling.set_scanned({file.key: file.stat for file in self.files()})

    def settled(self, after: float = 0) -> list[str]:
        self.now += after
        return [os.path.basename(file.path) for file in self.settling.settled(100)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder that was empty at the first look."""
    folder = Folder(tmp_path)
    folder.look()
    return folder


def test_a_new_file_settles_when_it_has_not_changed_for_the_time(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    assert folder.settled(SECONDS - 1) == []
    assert folder.settled(1) == ["a.mp3"]


def test_a_change_starts_the_time_again_even_if_no_walk_has_seen_it(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.write("a.mp3", "longer")
    assert folder.settled(SECONDS) == []
    assert folder.settled(SECONDS - 1) == []
    assert folder.settled(1) == ["a.mp3"]


def test_a_file_that_is_open_for_writing_does_not_settle(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.open.add("a.mp3")
    assert [folder.settled(SECONDS) for _ in range(3)] == [[], [], []]
    folder.open.clear()
    assert folder.settled(SECONDS) == ["a.mp3"]


def test_a_walk_that_finds_no_change_does_not_start_the_time_again(folder: Folder) -> None:
    folder.write("a.mp3")
    for _ in range(5):
        folder.look()
        folder.now += SECONDS / 5
    assert folder.settled() == ["a.mp3"]


def test_a_scanned_file_is_not_scanned_again_until_it_changes(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.set_scanned()
    folder.look()
    assert folder.settled(SECONDS) == []
    folder.write("a.mp3", "longer")
    folder.look()
    assert folder.settled(SECONDS) == ["a.mp3"]


def test_the_files_own_tags_are_no_change(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.write("a.mp3", "with tags")
    folder.set_scanned()
    folder.look()
    assert folder.settled(SECONDS) == []


def test_a_change_during_the_scan_is_seen(folder: Folder) -> None:
    folder.write("a.mp3")
    scanned = {file.key: file.stat for file in folder.files()}
    folder.write("a.mp3", "changed by another program")
    folder.settling.set_scanned(scanned)
    folder.look()
    assert folder.settled(SECONDS) == ["a.mp3"]


def test_files_of_the_first_look_are_as_old_as_they_say(tmp_path: Path) -> None:
    for name, age in (("old.mp3", 2 * SECONDS), ("new.mp3", 0.0), ("future.mp3", -3600.0)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    folder = Folder(tmp_path)
    folder.look()
    assert folder.settled() == ["old.mp3"]
    assert sorted(folder.settled(SECONDS)) == ["future.mp3", "new.mp3", "old.mp3"]


def test_a_file_with_an_old_date_that_comes_later_settles_like_any_other(folder: Folder) -> None:
    folder.write("a.mp3")
    os.utime(folder.path / "a.mp3", (0, 0))
    folder.look()
    assert folder.settled() == []


def test_a_file_that_disappears_is_forgotten_and_the_store_is_told_later(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.set_scanned()
    (folder.path / "a.mp3").unlink()
    folder.look()
    assert not folder.settling.is_due()
    folder.now += SECONDS
    assert folder.settling.is_due()
    folder.settling.set_removed()
    assert not folder.settling.is_due()


def test_a_file_that_disappears_before_it_settles_needs_nothing(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    (folder.path / "a.mp3").unlink()
    folder.look()
    folder.now += SECONDS
    assert not folder.settling.is_due()
    assert folder.settling.next_check() is None


def test_no_more_files_than_the_limit_are_returned(folder: Folder) -> None:
    for number in range(5):
        folder.write(f"{number}.mp3")
    folder.look()
    folder.now += SECONDS
    assert len(folder.settling.settled(3)) == 3
    assert folder.settling.next_check() == folder.now


def test_a_postponed_file_is_tried_again_later_or_when_it_changes(folder: Folder) -> None:
    folder.write("a.mp3")
    folder.look()
    folder.settling.postpone(folder.files(), 600)
    folder.look()
    assert folder.settled(590) == []
    assert folder.settled(10) == ["a.mp3"]
    folder.settling.postpone(folder.files(), 600)
    folder.write("a.mp3", "longer")
    folder.look()
    assert folder.settled(SECONDS) == ["a.mp3"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who has a file open")
def test_linux_tells_whether_any_process_has_a_file_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("x")
    assert not is_open_for_writing(str(path))
    with path.open():
        assert not is_open_for_writing(str(path))
    with subprocess.Popen(["sh", "-c", f"exec 3>>'{path}'; echo; read x"], stdin=-1, stdout=-1) as other:
        assert other.stdin is not None and other.stdout is not None
        other.stdout.readline()
        assert is_open_for_writing(str(path))
        other.stdin.close()
    assert not is_open_for_writing(str(path))
    assert not is_open_for_writing(str(tmp_path / "missing.mp3"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has leases")
def test_asking_does_not_disturb_a_program_that_opens_the_file_at_that_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("x")
    with subprocess.Popen([sys.executable, "-c", f"while True: open({str(path)!r}, 'a').close()"]) as writer:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            is_open_for_writing(str(path))
        assert writer.poll() is None
        writer.kill()

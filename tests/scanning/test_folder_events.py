"""Events: what a walk would find is reported; where the system cannot report it, the reason is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.errors import ExtraMissing, NoEvents
from tagger.scanning import folder_events
from tagger.scanning.folder_events import SystemEvents, network_type, system_events

if not sys.platform.startswith("linux"):
    pytest.skip("inotify is Linux's", allow_module_level=True)

from tagger.scanning import inotify
from tagger.scanning.inotify import Inotify

NAMESPACE = ("unshare", "--user", "--map-root-user")
"""Runs a command with limits of its own."""


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify, "COLLECT_SECONDS", 0.02)


@pytest.fixture
def events(tmp_path: Path) -> Iterator[Inotify]:
    (tmp_path / "m" / "old").mkdir(parents=True)
    (tmp_path / "m" / ".hidden").mkdir()
    events = Inotify([str(tmp_path / "m")], follow_symlinks=False)
    yield events
    events.close()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "m"


def test_new_moved_and_deleted_files_are_events(events: Inotify, music: Path) -> None:
    assert not events.wait(0)
    (music / "a.mp3").write_text("x")
    assert events.wait(5)
    assert not events.wait(0.05)
    (music / "a.mp3").rename(music / "old" / "b.MP3")
    assert events.wait(5)
    (music / "old" / "b.MP3").unlink()
    assert events.wait(5)
    assert not events.wait(0.05)


def test_the_end_of_a_write_is_an_event_and_reading_is_none(events: Inotify, music: Path) -> None:
    with (music / "old" / "a.mp3").open("w") as file:
        assert events.wait(5)
        file.write("x")
        file.flush()
        assert not events.wait(0.05)
    assert events.wait(5)
    (music / "old" / "a.mp3").read_text()
    assert not events.wait(0.05)


@pytest.mark.parametrize("name", ["a.mp3.part", ".a.mp3.Xy12aB", "cover.jpg", ".emotag-1.mp3", ".hidden/a.mp3"])
def test_files_that_a_walk_leaves_out_are_no_events(events: Inotify, music: Path, name: str) -> None:
    (music / name).write_text("x")
    assert not events.wait(0.05)
    if not name.startswith(".hidden"):
        (music / name).rename(music / "a.mp3")
        assert events.wait(5)


@pytest.mark.parametrize("name", [".emotagignore", ".notmusic"])
def test_ignore_files_are_events(events: Inotify, music: Path, name: str) -> None:
    (music / name).write_text("x")
    assert events.wait(5)


def test_new_and_renamed_folders_are_watched(events: Inotify, music: Path, tmp_path: Path) -> None:
    (music / "new" / "deep").mkdir(parents=True)
    assert events.wait(5)
    (music / "new" / "deep" / "a.mp3").write_text("x")
    assert events.wait(5)
    (music / "new").rename(music / "renamed")
    assert events.wait(5)
    (music / "renamed" / "deep" / "deeper").mkdir()
    assert events.wait(5)
    (music / "renamed" / "deep" / "deeper" / "a.mp3").write_text("x")
    assert events.wait(5)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy").rename(music / "copy")
    assert events.wait(5)
    (music / "copy" / "a.mp3").write_text("x")
    assert events.wait(5)


def test_names_that_are_not_utf_8_are_events(events: Inotify, music: Path) -> None:
    folder = os.fsencode(music) + b"/\xff"
    os.mkdir(folder)
    assert events.wait(5)
    with open(folder + b"/\xfe.mp3", "w"):
        pass
    assert events.wait(5)
    assert not events.wait(0.05)


def test_links_to_folders_are_watched_if_they_are_to_be_followed(tmp_path: Path) -> None:
    music, other = tmp_path / "m", tmp_path / "other"
    music.mkdir()
    other.mkdir()
    (music / "link").symlink_to(other)
    (other / "loop").symlink_to(music)
    for follow in (False, True):
        events = Inotify([str(music)], follow_symlinks=follow)
        (other / f"{follow}.mp3").write_text("x")
        assert events.wait(0.1) is follow
        events.close()


def test_more_events_than_the_system_keeps_are_one_event_and_new_folders_are_watched(
    events: Inotify, music: Path
) -> None:
    (music / "late").mkdir()
    assert events._is_relevant(-1, inotify.IN_Q_OVERFLOW, b"")
    events.wait(0.1)
    (music / "late" / "a.mp3").write_text("x")
    assert events.wait(5)


def test_a_folder_that_is_removed_is_an_event(events: Inotify, music: Path) -> None:
    shutil.rmtree(music)
    assert events.wait(5)


@pytest.mark.parametrize(
    ("limit", "message"), [("watches", "fs.inotify.max_user_watches"), ("instances", "fs.inotify.max_user_instances")]
)
def test_a_limit_of_the_system_is_reported(tmp_path: Path, limit: str, message: str) -> None:
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces")
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    code = (
        "import sys; from tagger.scanning.inotify import Inotify; from tagger.errors import NoEvents\n"
        f"open('/proc/sys/user/max_inotify_{limit}', 'w').write('{int(limit == 'watches') * 2}')\n"
        f"try: Inotify([{str(tmp_path)!r}], follow_symlinks=False)\n"
        "except NoEvents as reason: print(reason)"
    )
    done = subprocess.run([*NAMESPACE, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert message in done.stdout, done.stderr
    assert done.stdout.count("\n") == 1


MOUNTS = r"""
22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:1 / /mnt/nas rw,relatime shared:1 - nfs4 nas:/music rw
24 22 0:2 / /mnt/my\040nas rw - cifs //nas/music rw
25 23 8:2 / /mnt/nas/local rw - btrfs /dev/sdb rw
26 22 0:3 / /mnt/nas2 rw - tmpfs none rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        *(("/mnt/nas", "nfs4"), ("/mnt/nas/deep/er", "nfs4"), ("/mnt/my nas/x", "cifs")),
        *(("/mnt/nas/local/x", ""), ("/mnt/nas2", ""), ("/home", ""), ("/", "")),
    ],
)
def test_network_file_systems_are_known(tmp_path: Path, folder: str, kind: str) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    assert network_type(folder, str(tmp_path / "mountinfo")) == kind
    assert network_type(folder, str(tmp_path / "missing")) == ""


def test_on_network_file_systems_the_system_does_not_report_all_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_events, "network_type", lambda folder: "nfs4")
    with pytest.raises(NoEvents, match=r"is on a file system \(nfs4\) that does not report"):
        system_events([str(tmp_path)], follow_symlinks=False)


@pytest.mark.thorough
def test_other_systems_use_watchfiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("watchfiles", reason="needs the extra `watch`")
    monkeypatch.setattr(sys, "platform", "darwin")
    events = system_events([str(tmp_path)], follow_symlinks=False)
    assert isinstance(events, SystemEvents)
    assert not events.wait(0.01)
    (tmp_path / "a.mp3").write_text("x")
    assert events.wait(5)
    events.close()


def test_a_missing_package_is_reported_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(ExtraMissing, match=r"watchfiles is not installed; run: pip install 'emotag\[watch\]'"):
        system_events([str(tmp_path)], follow_symlinks=False)

"""Low-level file operations follow no links, and systems without an operation are no errors."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from tagger.io import disk


@pytest.mark.parametrize("has_directory_handles", [True, False])
def test_links_and_other_files_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_directory_handles: bool
) -> None:
    if not has_directory_handles:  # as on Windows
        monkeypatch.setattr(disk, "O_NOFOLLOW", 0)
    folder = tmp_path.resolve()
    file, link, fifo = folder / "file", folder / "link", folder / "fifo"
    file.write_bytes(b"content")
    link.symlink_to(file)
    os.mkfifo(fifo)
    handle = disk.open_without_links(str(file), os.O_RDONLY)
    assert os.read(handle, 100) == b"content"
    os.close(handle)
    handles = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for path in (link, fifo, folder / "missing"):
        with pytest.raises(OSError):
            disk.open_without_links(str(path), os.O_RDONLY)
    if handles:
        assert len(os.listdir("/proc/self/fd")) == handles, "handles of refused files are closed"


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    (folder / "real").mkdir()
    (folder / "real" / "file").touch()
    (folder / "linked").symlink_to("real")
    with pytest.raises(OSError):
        disk.open_without_links(str(folder / "linked" / "file"), os.O_RDONLY)


def test_a_locked_file_is_not_locked_twice(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="Windows has no such locks")
    with (tmp_path / "a").open("wb") as first, (tmp_path / "a").open("rb") as second:
        disk.lock(first.fileno())
        with pytest.raises(BlockingIOError):
            disk.lock(second.fileno())


def test_a_system_without_locks_locks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with (tmp_path / "a").open("wb") as first, (tmp_path / "a").open("rb") as second:
        disk.lock(first.fileno())
        disk.lock(second.fileno())


def test_names_that_cannot_be_exchanged_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("first")
    second.write_text("second")

    def refuse(first: str, second: str) -> bool:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("tagger.io.exchange.exchange", refuse)
    assert not disk.exchange_names(str(first), str(second))
    assert (first.read_text(), second.read_text()) == ("first", "second")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not exchange names")
def test_the_exchange_with_a_missing_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(FileNotFoundError):
        disk.exchange_names(str(tmp_path / "a"), str(tmp_path / "b"))


@pytest.mark.parametrize(("number", "is_error"), [(errno.EIO, True), (errno.ENOSPC, True), (errno.EINVAL, False)])
def test_a_failed_flush_is_an_error_and_a_missing_operation_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_error: bool
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    if is_error:
        with pytest.raises(OSError, match=os.strerror(number)):
            disk.flush_folder(str(tmp_path))
    else:
        disk.flush_folder(str(tmp_path))


def test_a_private_folder_is_entered_by_its_owner_only(tmp_path: Path) -> None:
    new, existing = tmp_path / "a" / "new", tmp_path / "existing"
    existing.mkdir(mode=0o755)
    for folder in (new, existing):
        disk.make_private_folder(str(folder))
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_or_a_file_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to("theirs")
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(NotADirectoryError):
            disk.make_private_folder(str(tmp_path / name))
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_not_private(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(PermissionError, match="another user's folder"):
        disk.make_private_folder(str(tmp_path / "theirs"))

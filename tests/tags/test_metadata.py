"""A written file has the owner, mode, attributes and flags that it had, and nobody else can read its copy."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger import tags
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.io import disk
from tagger.tags import in_place, metadata
from tagger.tags.write_record import WriteRecord

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"


def run(*command: str | Path) -> None:
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this file system cannot do that: {done.stderr.strip()}")


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444 | 0o200, 0o777, 0o4755, 0o2755, 0o6755, 0o2640])
@pytest.mark.parametrize("linked", [False, True])
def test_every_mode_bit_is_kept(fresh: Callable[[str], Path], mode: int, linked: bool) -> None:
    path = fresh(".flac")
    if linked:
        os.link(path, path.with_name("twin"))
    path.chmod(mode)
    tags.write(str(path), EMOTION, MAKER)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_default_acl_of_folder_is_not_applied(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    path.chmod(0o640)
    run("setfacl", "-d", "-m", "u:daemon:rwx,g:daemon:rwx,o::rwx", path.parent)
    tags.write(str(path), EMOTION, MAKER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert attributes(path) == {}
    tags.revert(str(path), lambda _: None, lambda *_: None)
    assert attributes(path) == {}


def test_acl_of_file_is_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    run("setfacl", "-m", "u:daemon:r,g::-,m::r", path)
    run("setfacl", "-d", "-m", "u:nobody:rwx", path.parent)
    before = attributes(path), path.stat().st_mode
    assert ACCESS in before[0]
    tags.write(str(path), EMOTION, MAKER)
    assert (attributes(path), path.stat().st_mode) == before


def test_the_copy_can_never_be_read_by_others(fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The access control list and the mode are checked after every change of the metadata."""
    path = fresh(".flac")
    path.chmod(0o600)
    run("setfacl", "-d", "-m", "u:daemon:rwx,o::rwx", path.parent)
    modes: list[int] = []

    def looked(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            result = real(*arguments, **options)
            modes.extend(p.stat().st_mode for p in path.parent.iterdir() if p.name.startswith(".emotag-"))
            return result

        monkeypatch.setattr(os, name, call)

    for name in ("open", "fchmod", "fchown", "removexattr", "setxattr", "utime", "fsync", "rename"):
        looked(name)
    tags.write(str(path), EMOTION, MAKER)
    assert modes
    assert {stat.S_IMODE(mode) for mode in modes} == {0o600}


def test_user_attributes_are_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    try:
        os.setxattr(path, "user.rating", b"5")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    tags.write(str(path), EMOTION, MAKER)
    assert attributes(path) == {"user.rating": b"5"}


@pytest.mark.parametrize(("letter", "why"), [("i", "immutable"), ("a", "append-only")])
def test_immutable_and_append_only_files_are_refused(fresh: Callable[[str], Path], letter: str, why: str) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    run("chattr", f"+{letter}", path)
    try:
        with pytest.raises(TagError, match=why):
            tags.write(str(path), EMOTION, MAKER)
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]
    finally:
        run("chattr", f"-{letter}", path)


def test_other_flags_are_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    run("chattr", "+dA", path)
    tags.write(str(path), EMOTION, MAKER)
    handle = os.open(path, os.O_RDONLY)
    try:
        assert metadata.file_flags(handle) & 0xC0 == 0xC0
    finally:
        os.close(handle)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give files away")
@pytest.mark.parametrize("call", ["fchown", "setxattr", "fchmod"])
def test_file_with_metadata_that_cannot_be_copied_is_written_in_place(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = fresh(".flac")
    os.chown(path, 65534, 65534)
    path.chmod(0o2755)
    run("setfattr", "-n", "user.rating", "-v", "5", path)
    before, real = path.stat(), getattr(os, call)

    def refused(handle: int, *arguments: object) -> None:
        if call != "fchmod":
            raise PermissionError(errno.EPERM, "Operation not permitted")
        real(handle, 0o755)  # the system clears bits for users outside the group

    monkeypatch.setattr(os, call, refused)
    tags.write(str(path), EMOTION, MAKER)
    after = path.stat()
    assert (after.st_ino, after.st_uid, after.st_gid) == (before.st_ino, 65534, 65534)
    assert attributes(path) == {"user.rating": b"5"}
    assert tags.read(str(path)).moods == EMOTION.moods


@pytest.mark.parametrize("number", sorted(disk.CANNOT_FLUSH))
@pytest.mark.parametrize("linked", [False, True])
def test_folder_that_cannot_be_flushed_is_no_failure(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, number: int, linked: bool
) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    if linked:
        os.link(path, path.with_name("twin"))
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    records: list[WriteRecord] = []
    tags.write(str(path), EMOTION, MAKER, save_record=records.append)
    assert tags.read(str(path)).moods == EMOTION.moods
    tags.revert(str(path), {records[0].after: records[0]}.get, lambda *_: None)
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == ["song.flac", "twin"][: 1 + linked]


@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL])
def test_no_failure_is_reported_after_replacement(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = fresh(".flac")
    real = disk.exchange_names

    def exchange(one: str, other: str) -> bool:
        done = real(one, other)

        def fail(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fail)
        monkeypatch.setattr(os, "unlink", fail)
        return done

    monkeypatch.setattr(disk, "exchange_names", exchange)
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == EMOTION.moods


def test_disk_failure_during_overwrite_is_incomplete_write(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh(".mp3")
    os.link(path, path.with_name("twin"))

    def copy_content(copy: int, target: int) -> None:
        os.pwrite(target, os.pread(copy, 5000, 0), 0)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(in_place, "copy_content", copy_content)
    with pytest.raises(tags.IncompleteWrite, match="the next scan or undo finishes it"):
        tags.write(str(path), EMOTION, MAKER)

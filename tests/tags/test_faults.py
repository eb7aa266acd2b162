"""A write is complete or absent, whatever fails and whenever the process is killed."""

from __future__ import annotations

import errno
import itertools
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tagger import tags
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.io import disk, library_paths
from tagger.tags import atomic, recovery
from tests.tags.conftest import KINDS

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
OTHER = Emotion(0.3, -0.1, ("happy-pleased",), (0.1, 0.7, 0.2, 0.1, 0.1, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
CALLS = ("open", "os.rename", "os.remove", "os.utime", "os.chmod", "os.chown", "os.setxattr", "os.listdir", "os.mkdir")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)


class Faults:
    """Fails one of the next system calls of this process: those with an audit event, and fsync."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.error = 0
        self.folder = ""
        self.failed_at: set[str] = set()
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        # Only calls of the writer count, not imports or reads of other files.
        if self.left is not None and event in CALLS and self.concerned(arguments[0]):
            self.failed_at.add(event)
            self.count()

    def concerned(self, path: Any) -> bool:
        places = (self.folder, "/proc/self/fd/", library_paths.default_journal())
        return isinstance(path, int) or os.fsdecode(path).startswith(places)

    def count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise OSError(self.error, os.strerror(self.error))


faults = Faults()


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def flaky_call(*arguments: Any) -> Any:
            faults.count()
            return call(*arguments)

        return flaky_call

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(os, "posix_fallocate", counted(os.posix_fallocate))
    monkeypatch.setattr(disk, "exchange_names", counted(disk.exchange_names))
    yield faults
    faults.left = None


def leftovers(folder: Path) -> list[str]:
    return [str(path) for path in folder.iterdir() if path.name.startswith(".emotag-")]


def recover_all(folder: Path) -> list[str]:
    """Recover as a scan does before it begins; return its messages."""
    messages = [result.message for result in recovery.recover(library_paths.default_journal())]
    return messages + atomic.remove_leftovers(leftovers(folder))


@pytest.mark.thorough
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("suffix", KINDS)
def test_any_system_call_may_fail(originals: Path, tmp_path: Path, flaky: Faults, suffix: str, linked: bool) -> None:
    flaky.folder, flaky.failed_at = str(tmp_path), set()
    path = tmp_path / f"song{suffix}"
    old = (originals / path.name).read_bytes()
    shutil.copy(originals / path.name, path)
    tags.write(str(path), EMOTION, MAKER)
    new = path.read_bytes()
    if linked:
        os.link(path, tmp_path / "song.twin")
    for number in itertools.count():
        path.write_bytes(old)
        flaky.error, flaky.left = ERRORS[number % 3], number
        begun = False
        try:
            tags.write(str(path), EMOTION, MAKER)
            failed = False
        except TagError as error:
            failed, begun = True, isinstance(error, tags.IncompleteWrite)
            assert "\n" not in str(error)
        untouched, flaky.left = flaky.left is not None, None
        if begun:
            assert linked
            recover_all(tmp_path)
            assert path.read_bytes() in (old, new), number
        else:
            # A completed write is never reported as failed.
            assert path.read_bytes() == (old if failed else new), number
            recover_all(tmp_path)
            assert path.read_bytes() == (old if failed else new), number
        assert leftovers(tmp_path) == []
        if untouched:
            break
    assert {"open", "os.rename", "os.remove"} <= flaky.failed_at
    assert not list(Path(library_paths.default_journal()).glob("*")) if linked else "os.chmod" in flaky.failed_at


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".m4a", ".ogg", ".wv"])
def test_full_disk_at_any_byte(originals: Path, tmp_path: Path, suffix: str) -> None:
    path = Path(shutil.copy(originals / f"song{suffix}", tmp_path))
    old = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (0, 1, 100, len(old) // 2, len(old) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            with pytest.raises(TagError, match="cannot be tagged"):
                tags.write(str(path), EMOTION, MAKER)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert path.read_bytes() == old
        assert os.listdir(tmp_path) == [path.name]


def test_full_file_system(originals: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        path = Path(shutil.copy(originals / "song.wav", disk))
        old = path.read_bytes()
        with pytest.raises(TagError, match="No space left"):
            tags.write(str(path), EMOTION, MAKER)
        assert path.read_bytes() == old
        assert os.listdir(disk) == [path.name]
        os.link(path, disk / "twin.wav")
        with pytest.raises(TagError, match="No space left"):
            tags.write(str(path), EMOTION, MAKER)
        assert path.read_bytes() == old
    finally:
        subprocess.run(["umount", disk], check=True)


def as_nobody(path: Path, original: Path) -> str:
    """Write tags as an unprivileged user; return the error message."""
    warm = shutil.copy(original, path.parents[1] / "warm.flac")
    code = f"""
import os, sys
from tagger import tags
from tagger.emotions import Emotion
from tagger.errors import TagError
emotion = Emotion(0.0, 0.0, ("sad-lonely",), (0.1,) * 6)
tags.write({str(warm)!r}, emotion, "{MAKER}")  # imports modules that the unprivileged user cannot read
if os.getuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    tags.write({str(path)!r}, emotion, "{MAKER}")
except TagError as error:
    sys.exit(str(error))
"""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
    own = path.parents[1] / "data"
    own.mkdir(exist_ok=True)
    own.chmod(0o777)
    environment["EMOTAG_STORE"] = str(own / "library.sqlite")
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    ).stderr.strip()


def test_read_only_files_and_folders(originals: Path, tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    folder = tmp_path / "music"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    path = Path(shutil.copy(originals / "song.flac", folder))
    old = path.read_bytes()
    path.chmod(0o444)
    other = originals / "song.flac"
    assert as_nobody(path, other) == "cannot be tagged (it is read-only)"
    path.chmod(0o666)
    folder.chmod(0o555)
    assert as_nobody(path, other) == "cannot be tagged (Permission denied)"
    assert path.read_bytes() == old
    folder.chmod(0o777)
    # The writer is not the owner: the file keeps its owner and is overwritten in place.
    inode = path.stat().st_ino
    assert as_nobody(path, other) == ""
    assert tags.read(str(path)).moods == ("sad-lonely",)
    assert path.stat().st_uid == os.getuid()
    if os.getuid() == 0:
        assert path.stat().st_ino == inode
    assert os.listdir(folder) == [path.name]


def test_open_file_can_be_read_to_its_end(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    old = path.read_bytes()
    with path.open("rb") as reader:
        start = reader.read(1000)
        tags.write(str(path), EMOTION, MAKER)
        assert start + reader.read() == old


def test_extended_attributes_are_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    try:
        os.setxattr(path, "user.rating", b"5")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    tags.write(str(path), EMOTION, MAKER)
    assert os.getxattr(path, "user.rating") == b"5"


WRITER = """
import itertools, os, sys, time
from tests.tags.test_faults import EMOTION, MAKER, OTHER
from tagger import tags
from tagger.tags import in_place
whole = in_place.copy_content
def copy_content(copy, target):  # in small pieces first, and announced, so that many kills interrupt it
    os.write(1, b"+")
    size = os.fstat(copy).st_size
    for offset in range(0, size, max(4096, size // 30)):
        os.pwrite(target, os.pread(copy, max(4096, size // 30), offset), offset)
        time.sleep(0.01)
    whole(copy, target)
in_place.copy_content = copy_content
os.write(1, b".")
for emotion in itertools.cycle((EMOTION, OTHER)):
    for path in sys.argv[1:]:
        tags.write(path, emotion, MAKER)
"""


def test_killed_at_any_moment(originals: Path, tmp_path: Path) -> None:
    """Kill writers at random times; a nightly run sets EMOTAG_KILLS to 200."""
    states: dict[str, set[bytes]] = {}
    for suffix in KINDS:
        path = Path(shutil.copy(originals / f"song{suffix}", tmp_path))
        states[path.name] = {path.read_bytes()}
        for emotion in (EMOTION, OTHER) * 3:
            tags.write(str(path), emotion, MAKER)
            states[path.name].add(path.read_bytes())
        os.link(path, tmp_path / f"linked{suffix}")
        states[f"linked{suffix}"] = states[path.name]
    rng = random.Random(0)
    paths = [str(path) for path in tmp_path.glob("song*")]
    kills, interrupted = int(os.environ.get("EMOTAG_KILLS", "4")), 0
    for _ in range(kills):
        rng.shuffle(paths)
        for suffix in KINDS:
            # Half of the files have a second name and are therefore overwritten in place.
            (tmp_path / f"linked{suffix}").unlink(missing_ok=True)
            if rng.random() < 0.5:
                os.link(tmp_path / f"song{suffix}", tmp_path / f"linked{suffix}")
        writer = subprocess.Popen([sys.executable, "-c", WRITER, *paths], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        output = writer.stdout.fileno()
        assert os.read(output, 1) == b"."
        time.sleep(rng.uniform(0, 1.5))
        if rng.random() < 0.5:
            # Half of the kills are aimed at the next write in place.
            os.set_blocking(output, False)
            with suppress(BlockingIOError):
                while os.read(output, 1 << 16):
                    pass
            os.set_blocking(output, True)
            os.read(output, 1)
            time.sleep(rng.uniform(0, 0.05))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        interrupted += sum(sentence.startswith("finished") for sentence in recover_all(tmp_path))
        assert leftovers(tmp_path) == []
        for path in tmp_path.iterdir():
            assert path.read_bytes() in states[path.name], path.name
    print(f"{interrupted} of {kills} kills were in the middle of a write in offset")
    assert interrupted >= 30 or kills < 200


def test_copy_of_running_writer_is_not_removed(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    with atomic.exclusive_lock(str(path)) as held, atomic.temporary_copy(str(path), held) as copy:
        assert atomic.remove_leftovers([copy.path]) == []
        assert os.path.exists(copy.path)
    unrelated = path.with_name(".emotag-mine")
    unrelated.touch()
    atomic.remove_leftovers([str(unrelated)])
    assert unrelated.exists()

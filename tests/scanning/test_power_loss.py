"""Whenever the power fails during a scan, undo gives back the very bytes.

A model of a disk watches a real scan: what was written is on it once it was flushed, a name once its folder was. At
every step an image is taken of what a power loss would leave. EMOTAG_POWER_LOSSES says how many are tried.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tagger import cli
from tagger.io import disk, library_paths
from tagger.library.store import Store
from tagger.scanning import pipeline
from tagger.scanning.options import ScanOptions
from tagger.scanning.session import ScanSession
from tagger.scanning.workers import Task
from tests.sounds import song

FULL = 2
Image = dict[str, tuple[int, bytes]]
"""Inode and content of every file by its path."""


class InlineRunner:
    """Runs the tasks in this process, where the model of the disk sees them."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        for task in tasks:
            yield task, task.function(*task.arguments)


class InlineSession(ScanSession):
    """A scan without worker processes."""

    def _start_runner(self) -> AbstractContextManager[InlineRunner]:
        return nullcontext(InlineRunner())


class Disk:
    """What of some folders is on the disk."""

    def __init__(self, folders: list[Path], rng: random.Random) -> None:
        self.rng = rng
        self.folders = [str(folder) for folder in folders]
        self.contents = {os.stat(path).st_ino: Path(path).read_bytes() for path in self.files()}
        self.names = {folder: self.listed(folder) for folder in self.folders}
        self.images: list[Image] = []
        self.held: dict[int, int] = {}

    def files(self) -> list[str]:
        return [e.path for folder in self.folders if os.path.isdir(folder) for e in os.scandir(folder) if e.is_file()]

    def listed(self, folder: str) -> dict[str, int]:
        if not os.path.isdir(folder):
            return {}
        return {e.name: e.inode() for e in os.scandir(folder) if e.is_file(follow_symlinks=False)}

    def flushed(self, handle: int) -> None:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            for folder in self.folders:
                if os.path.isdir(folder) and os.path.samestat(os.stat(folder), status):
                    self.names[folder] = self.listed(folder)
        else:
            self.contents[status.st_ino] = Path(f"/proc/self/fd/{handle}").read_bytes()

    def committed(self, store: Store) -> None:
        """SQLite flushes its files and their folder at a commit, if it was told to."""
        if store.database.execute("PRAGMA synchronous").fetchone()[0] == FULL:
            folder = os.path.dirname(store.path)
            for end in ("", "-wal"):
                if os.path.exists(store.path + end):
                    self.contents[os.stat(store.path + end).st_ino] = Path(store.path + end).read_bytes()
                    self.names[folder][os.path.basename(store.path + end)] = os.stat(store.path + end).st_ino

    def step(self) -> None:
        """Take an image: of each folder the names that are durable, or those of the moment."""
        image: Image = {}
        for path in self.files():
            # As long as a file is open no other one gets its inode.
            if (inode := os.stat(path).st_ino) not in self.held:
                self.held[inode] = os.open(path, os.O_RDONLY)
        for folder in self.folders:
            now = self.listed(folder)
            names = dict(self.names[folder])
            for name in sorted(now.keys() | names.keys()):
                if "sqlite" not in name and self.rng.random() < 0.5 and now.get(name) != names.get(name):
                    # The system may have written it of its own accord.
                    if name in now:
                        names[name] = now[name]
                    else:
                        del names[name]
            for name, inode in names.items():
                image[os.path.join(folder, name)] = inode, self.content(os.path.join(folder, name), inode)
        self.images.append(image)

    def content(self, path: str, inode: int) -> bytes:
        """Return what is on the disk of a file: pages that were not flushed may be there or not."""
        durable = self.contents.get(inode, b"")
        if "sqlite" in os.path.basename(path) or inode not in self.contents:
            return durable
        try:
            if os.stat(path).st_ino != inode:
                return durable
            now = Path(path).read_bytes()
        except OSError:
            return durable
        size = self.rng.choice([len(durable), len(now)])
        old, new = (each.ljust(size, b"\0")[:size] for each in (durable, now))
        pages = range(0, size, 4096)
        return b"".join((old, new)[self.rng.random() < 0.5][page : page + 4096] for page in pages)


def closed(disk_: Disk) -> None:
    for handle in disk_.held.values():
        os.close(handle)


def restore(disk_: Disk, image: Image) -> None:
    """Make the folders what an image says; inodes are other ones then, which records of the journal name."""
    for folder in disk_.folders:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, 0o700)
    made: dict[int, str] = {}
    for path, (inode, content) in image.items():
        if inode in made:
            os.link(made[inode], path)
        else:
            Path(path).write_bytes(content)
            made[inode] = path
    inodes = {inode: os.stat(path).st_ino for inode, path in made.items()}
    for path in image:
        if path.endswith(".fill") and Path(path).read_bytes():
            record = json.loads(Path(path).read_bytes())
            record["inode"] = inodes.get(record["inode"], 0)
            Path(path).write_text(json.dumps(record))


def watched(call: Callable[..., Any], disk_: Disk, *, flush: bool = False) -> Callable[..., Any]:
    def step(*arguments: Any, **options: Any) -> Any:
        disk_.step()
        result = call(*arguments, **options)
        if flush:
            disk_.flushed(arguments[0])
        disk_.step()
        return result

    return step


@pytest.mark.thorough
def test_undo_is_exact_after_any_power_loss(
    tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    music, folder = tmp_path / "music", own_store.parent
    music.mkdir()
    for number, suffix in enumerate((".mp3", ".flac", ".ogg", ".m4a")):
        song(music / f"{number}{suffix}", 5, rate=22050, seed=number)
    for number, suffix in enumerate((".mp3", ".ogg")):
        made = song(music / f"linked{number}{suffix}", 5, rate=22050, seed=9 + number)
        os.link(made, music / f"twin{number}{suffix}")
    before = {path.name: path.read_bytes() for path in music.iterdir()}
    assert cli.run(["scan", "-q", "-j", "1", "--csv", os.devnull, str(music)]) == 0
    notes = library_paths.journal_dir(str(own_store))
    os.makedirs(notes, 0o700, exist_ok=True)
    rng = random.Random(int(os.environ.get("EMOTAG_SEED", "0")))
    watch = Disk([music, folder, Path(notes)], rng)
    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "posix_fallocate", "ftruncate"):
            patch.setattr(os, name, watched(getattr(os, name), watch))
        patch.setattr(os, "fsync", watched(os.fsync, watch, flush=True))
        patch.setattr(disk, "exchange_names", watched(disk.exchange_names, watch))
        commit = Store.commit

        def committed(store: Store) -> None:
            commit(store)
            watch.committed(store)
            watch.step()

        patch.setattr(Store, "commit", committed)
        patch.setattr(pipeline, "COMMIT_AFTER", 0.0)
        with Store(str(own_store)) as store:
            watch.committed(store)
        with InlineSession([str(music)], ScanOptions(), store=str(own_store)) as session:
            results = list(session.run())
    assert [result.error for result in results] == [None] * len(before)
    after = {path.name: path.read_bytes() for path in music.iterdir()}
    assert all(after[name] != before[name] for name in before)
    closed(watch)
    steps = len(watch.images)
    assert steps > 50
    tried = min(steps, int(os.environ.get("EMOTAG_POWER_LOSSES", "8")))
    interrupted = 0
    for number in sorted(rng.sample(range(steps), tried)):
        restore(watch, watch.images[number])
        capsys.readouterr()
        status = cli.run(["undo", str(music)])
        stderr = capsys.readouterr().err
        assert status == 0, (number, stderr)
        interrupted += "interrupted" in stderr
        left = {path.name: path.read_bytes() for path in music.iterdir()}
        assert left == before, (number, stderr, [name for name in left if left[name] != before.get(name)])
    print(f"{tried} power losses at {steps} steps, {interrupted} in the middle of a write in place")

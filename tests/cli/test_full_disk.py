"""A disk that is full at any stage, of the music, the library or temporary files, costs no tag and no undo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sounds import song

PAGE = 4096
FREE = [0, 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128]
"""Pages that are free: a song of the test has about twenty."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path, pages: int) -> None:
    """Leave so many pages free."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "filling").write_bytes(bytes(max(0, free - pages * PAGE)))


def emotag(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=300
    )


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    for number, suffix in enumerate((".mp3", ".flac", ".wav")):
        song(folder / f"{number}{suffix}", 5, rate=8000 if suffix != ".mp3" else 22050, seed=number)
    return folder


@pytest.mark.thorough
@pytest.mark.parametrize("full", ["music", "store", "temporary"])
def test_a_full_disk_costs_nothing(songs: Path, tmp_path: Path, small: Path, full: str) -> None:
    music, store, temporary = ((small if full == name else tmp_path) / name for name in ("music", "store", "temporary"))
    for folder in (music, store, temporary):
        folder.mkdir()
    shutil.copytree(songs, music, dirs_exist_ok=True)
    os.link(music / "0.mp3", music / "twin.mp3")
    before = {path.name: path.read_bytes() for path in music.iterdir()}
    named = {"EMOTAG_STORE": str(store / "library.sqlite"), "TMPDIR": str(temporary)}
    assert emotag("scan", "-q", "-j", "1", "--csv", os.devnull, music, **named).returncode == 0
    stages = FREE if os.environ.get("EMOTAG_EXAMPLES") else FREE[::4]
    for pages in stages:
        fill(small, pages)
        scanned = emotag("scan", "-j", "1", music, **named)
        assert "Traceback" not in scanned.stderr, scanned.stderr
        (small / "filling").unlink()
        done = emotag("undo", music, **named)
        assert done.returncode == 0, (pages, scanned.stderr, done.stderr)
        assert "without a record" not in done.stderr, (pages, scanned.stderr, done.stderr)
        assert {path.name: path.read_bytes() for path in music.iterdir()} == before, (
            pages,
            scanned.stderr,
            done.stderr,
        )
    fill(small, 200)
    assert emotag("scan", "-q", "-j", "1", music, **named).returncode == 0
    (small / "filling").unlink()
    assert emotag("undo", music, **named).returncode == 0
    assert {path.name: path.read_bytes() for path in music.iterdir()} == before

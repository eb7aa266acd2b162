"""``emotag undo`` after ``emotag scan``, on real files."""

from __future__ import annotations

import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mutagen
import pytest

from tests.sounds import song

SUFFIXES = (".mp3", ".flac", ".ogg", ".m4a")


def emotag(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    for i, suffix in enumerate(SUFFIXES):
        song(folder / f"{i}{suffix}", 6, rate=22050, seed=i)
    return folder


@pytest.fixture
def music(songs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(songs, tmp_path / "music"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_is_as_before(music: Path) -> None:
    before = contents(music)
    emotag("scan", music)
    after = contents(music)
    assert all(after[name] != before[name] for name in before)
    dry = emotag("undo", "--dry-run", music)
    assert "  valence: " in dry.stderr
    assert "-> (none)" in dry.stderr
    assert "4 would be restored" in dry.stderr
    assert contents(music) == after
    run = emotag("undo", music)
    assert (run.returncode, run.stderr) == (0, "4 restored, 0 unchanged, 0 failed\n")
    assert contents(music) == before
    assert "4 unchanged" in emotag("undo", music).stderr
    # What was undone is known, but no longer held to be tagged.
    assert "0 analysed, 4 tagged" in emotag("scan", music).stderr


def test_copies_and_links_of_one_song_may_be_written_at_the_same_moment(music: Path, songs: Path) -> None:
    for i in range(12):
        shutil.copy(songs / "0.mp3", music / f"copy{i}.mp3")
        os.link(music / "1.flac", music / f"link{i}.flac")
    before = contents(music)
    run = emotag("scan", "-j", "4", music)
    assert "0 failed" in run.stderr, run.stderr
    assert len({path.stat().st_ino for path in music.glob("link*")}) == 1
    assert len({path.read_bytes() for path in music.glob("copy*")}) == 1
    assert "0 failed" in emotag("undo", music).stderr
    assert contents(music) == before


def test_after_a_move_and_without_a_store(music: Path) -> None:
    before = contents(music)
    emotag("scan", music)
    music = music.rename(music.with_name("elsewhere"))
    emotag("undo", music / "0.mp3")
    assert (music / "0.mp3").read_bytes() == before["0.mp3"]
    assert "3 restored" in emotag("undo", "--no-store", music).stderr
    for path in music.iterdir():
        assert not any("EMOTAG" in str(key).upper() for key in mutagen.File(path).tags or ())


def test_a_killed_scan_can_be_undone_and_leaves_no_litter(music: Path, songs: Path, own_store: Path) -> None:
    for i in range(24):
        shutil.copy(songs / f"{i % 4}{SUFFIXES[i % 4]}", music / f"copy{i}{SUFFIXES[i % 4]}")
    before = contents(music)
    emotag("scan", "--csv", os.devnull, music)
    journal = Path(f"{own_store}.journal")
    process = subprocess.Popen([sys.executable, "-m", "tagger", "scan", str(music)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(journal.glob("*[0-9a-f]")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    # The workers notice, and end: they hold the other end of the pipe.
    process.communicate(timeout=120)
    emotag("scan", music)
    assert not list(journal.iterdir())
    assert {path.name for path in music.iterdir()} == before.keys()
    emotag("undo", music)
    assert contents(music) == before


def test_a_dry_run_reports_what_would_change(music: Path) -> None:
    before = contents(music)
    run = emotag("scan", "--dry-run", "--csv", "-", music)
    rows = list(csv.DictReader(io.StringIO(run.stdout, newline="")))
    assert [row["field"] for row in rows[:4]] == ["moods", "valence", "arousal", "marker"]
    assert {row["path"] for row in rows} == {str(music / name) for name in before}
    assert all(row["old"] == "" and row["new"] for row in rows)
    assert contents(music) == before

"""``emotag undo`` after ``emotag scan``, on real files."""

from __future__ import annotations

import csv
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
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


def test_undo_restores_all_bytes(music: Path) -> None:
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


@pytest.mark.thorough
def test_copies_and_links_of_one_song_are_written_concurrently(music: Path, songs: Path) -> None:
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


@pytest.mark.thorough
def test_undo_after_a_move_and_without_a_store(music: Path) -> None:
    before = contents(music)
    emotag("scan", music)
    music = music.rename(music.with_name("elsewhere"))
    emotag("undo", music / "0.mp3")
    assert (music / "0.mp3").read_bytes() == before["0.mp3"]
    assert "3 restored" in emotag("undo", "--no-store", music).stderr
    for path in music.iterdir():
        assert not any("EMOTAG" in str(key).upper() for key in mutagen.File(path).tags or ())


@pytest.mark.thorough
def test_a_killed_scan_is_undone_and_leaves_no_temporary_files(music: Path, songs: Path, own_store: Path) -> None:
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


@pytest.mark.thorough
def test_a_dry_run_reports_what_would_change(music: Path) -> None:
    before = contents(music)
    run = emotag("scan", "--dry-run", "--csv", "-", music)
    rows = list(csv.DictReader(io.StringIO(run.stdout, newline="")))
    assert [row["field"] for row in rows[:4]] == ["moods", "valence", "arousal", "marker"]
    assert {row["path"] for row in rows} == {str(music / name) for name in before}
    assert all(row["old"] == "" and row["new"] for row in rows)
    assert contents(music) == before


@pytest.mark.thorough
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("suffix", [".mp3", ".flac"])
def test_undo_of_a_copy_does_not_prevent_undo_of_the_original(
    songs: Path, tmp_path: Path, suffix: str, when: str
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    first = Path(shutil.copy(songs / f"{SUFFIXES.index(suffix)}{suffix}", music / f"first{suffix}"))
    before = first.read_bytes()
    if when == "before":
        second = Path(shutil.copy(first, music / f"second{suffix}"))
    emotag("scan", music)
    if when == "after":
        second = Path(shutil.copy(first, music / f"second{suffix}"))
    backup = Path(shutil.copy(first, tmp_path / f"backup{suffix}"))
    for path in (second, first):
        assert emotag("undo", path).stderr == "1 restored, 0 unchanged, 0 failed\n"
        assert path.read_bytes() == before
    # It went away, and comes back as it was after the scan.
    first.unlink()
    emotag("scan", "--csv", os.devnull, music)
    backup.rename(first)
    assert emotag("undo", first).stderr == "1 restored, 0 unchanged, 0 failed\n"
    assert first.read_bytes() == before


@pytest.mark.thorough
def test_edited_copies_are_undone_independently(songs: Path, tmp_path: Path) -> None:
    """Value by value: both have the audio and the marker, but had other tags before."""
    music = tmp_path / "music"
    music.mkdir()
    epic, plain = (Path(shutil.copy(songs / "1.flac", music / name)) for name in ("epic.flac", "plain.flac"))
    retag(epic, MOOD=["Epic"], VALENCE=["0.9"])
    emotag("scan", "--moods", "replace", music)
    later = Path(shutil.copy(plain, music / "later.flac"))
    moved = epic.rename(music / "moved.flac")
    for path in (moved, plain, later):
        retag(path, TITLE=["edited since"])
    for path in (moved, later, plain):
        assert emotag("undo", path).stderr == "1 restored, 0 unchanged, 0 failed\n"
        tags = {key.upper(): value for key, value in mutagen.File(path).tags.as_dict().items()}
        assert tags.pop("TITLE") == ["edited since"]
        tags.pop("ENCODER", None)
        assert tags == ({"MOOD": ["Epic"], "VALENCE": ["0.9"]} if path == moved else {})


@pytest.mark.thorough
def test_files_that_became_identical_are_restored_to_their_own_bytes(songs: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    paths = [Path(shutil.copy(songs / "1.flac", music / name)) for name in ("a.flac", "b.flac")]
    for path, mood in zip(paths, ("Epic", "Dark"), strict=True):
        retag(path, MOOD=[mood])
    before = [path.read_bytes() for path in paths]
    emotag("scan", "--moods", "replace", music)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    emotag("undo", music)
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.thorough
def test_undo_restores_the_state_before_the_last_scan(songs: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(songs / "1.flac", tmp_path / "a.flac"))
    for mood in ("Epic", "Dark", "Epic"):
        retag(path, MOOD=[mood])
        before = path.read_bytes()
        emotag("scan", "--moods", "replace", path)
        assert emotag("undo", path).stderr == "1 restored, 0 unchanged, 0 failed\n"
        assert path.read_bytes() == before
        assert "1 unchanged" in emotag("undo", path).stderr


@pytest.mark.thorough
def test_missing_and_damaged_records_are_reported(songs: Path, tmp_path: Path, own_store: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    path = Path(shutil.copy(songs / "1.flac", music / "a.flac"))
    for damage in ("DELETE FROM written", "UPDATE written SET record = '{}'", "UPDATE written SET record = '[' || 5"):
        retag(path, MOOD=["Epic"])
        emotag("scan", "--moods", "replace", music)
        with closing(sqlite3.connect(own_store)) as database, database:
            database.execute(damage)
        run = emotag("undo", music)
        assert run.returncode == 0
        assert "a.flac: the library has no record of its earlier tags" in run.stderr
        assert run.stderr.endswith("1 restored, 0 unchanged, 0 failed; 1 without a record of the earlier tags\n")
        assert not any("EMOTAG" in key.upper() for key in mutagen.File(path).tags.as_dict())


@pytest.mark.thorough
def test_a_damaged_journal_record_is_kept_and_reported_once(music: Path, own_store: Path) -> None:
    journal = Path(f"{own_store}.journal")
    journal.mkdir()
    notes = {"0" * 32: b"", "1" * 32: b"{", "2" * 32: b"[" * 200_000, "3" * 32: b'{"path": 5}'}
    for name, content in notes.items():
        (journal / name).write_bytes(content)
    run = emotag("scan", "-q", music / "1.flac")
    assert run.stderr.count("damaged record of a tag write") == len(notes)
    assert {path.name.removesuffix(".damaged"): path.read_bytes() for path in journal.iterdir()} == notes
    assert emotag("undo", music / "1.flac").stderr == "1 restored, 0 unchanged, 0 failed\n"


@pytest.mark.thorough
def test_the_library_replaces_a_removed_marker(music: Path) -> None:
    path = music / "1.flac"
    emotag("scan", path)
    scanned = dict(mutagen.File(path).tags.as_dict())
    file = mutagen.File(path)
    file.tags["mood"] = "/".join(file.tags["mood"])
    del file.tags["emotag"]
    file.save()
    emotag("scan", path)
    assert mutagen.File(path).tags.as_dict() == scanned
    file = mutagen.File(path)
    del file.tags["emotag"]
    file.save()
    assert emotag("undo", path).stderr == "1 restored, 0 unchanged, 0 failed\n"
    assert {"mood", "valence", "arousal", "emotag"}.isdisjoint(mutagen.File(path).tags.as_dict())
    # What the owner writes after an undo is the owner's.
    retag(path, MOOD=scanned["mood"])
    assert "1 unchanged" in emotag("undo", path).stderr
    assert mutagen.File(path).tags["mood"] == scanned["mood"]


def retag(path: Path, **values: list[str]) -> None:
    file = mutagen.File(path)
    file.tags.update(values)
    file.save()


@pytest.mark.thorough
def test_a_large_cover_after_the_frames_of_ffmpeg(songs: Path, tmp_path: Path) -> None:
    """Our frames go before it, so that it moves by another distance than the audio."""
    path = tmp_path / "a.mp3"

    def frame(name: bytes, content: bytes) -> bytes:
        return name + synchsafe(len(content)) + b"\0\0" + content

    picture = frame(b"APIC", b"\3image/png\0\3\0" + random.Random(0).randbytes(2_100_000))
    frames = frame(b"TXXX", b"\3comment\0x\0") + picture + frame(b"TSSE", b"\3Lavf60\0")
    audio = (songs / "0.mp3").read_bytes()
    audio = audio[10 + sum(byte << shift for byte, shift in zip(audio[6:10], (21, 14, 7, 0), strict=True)) :]
    before = b"ID3\4\0\0" + synchsafe(len(frames)) + frames + audio
    path.write_bytes(before)
    assert "1 tagged" in emotag("scan", path).stderr
    assert emotag("undo", path).stderr == "1 restored, 0 unchanged, 0 failed\n"
    assert path.read_bytes() == before


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def test_files_that_emotag_never_wrote_are_passed_over(music: Path, tmp_path: Path) -> None:
    emotag("scan", "-q", music / "1.flac")
    (music / "damaged.mp3").write_bytes(b"ID3\4\0\0\0\0\1\0" + bytes(200))
    (music / "text.mp3").write_text("not a song")
    song(music / "no tags.mka", 1)
    run = emotag("undo", music)
    assert run.stderr == "1 restored, 3 unchanged, 0 failed; 3 skipped, because emotag never wrote to them\n"
    assert run.returncode == 0
    (tmp_path / "empty").mkdir()
    run = emotag("undo", tmp_path / "empty")
    assert run.stderr.startswith(f"emotag: No audio files found in {tmp_path}/empty.\n")
    assert run.returncode == 1


@pytest.mark.thorough
@pytest.mark.parametrize("store", [[], ["--no-store"]], ids=["store", "no store"])
def test_a_damaged_file_that_emotag_wrote_is_a_failure(music: Path, own_store: Path, store: list[str]) -> None:
    path = music / "0.mp3"
    emotag("scan", "-q", path)
    tagged = path.read_bytes()
    moved = music / "moved.mp3"
    # The marker is still there: it was tagged under another name, or by another computer.
    moved.write_bytes(tagged[:3] + b"\xff" + tagged[4:2000].replace(b"\xff", b"\0"))
    path.write_bytes(bytes(2000))  # nothing but the record of the write is left
    run = emotag("undo", *store, path, moved)
    failed = [moved] if store else [path, moved]
    assert run.returncode == 1
    assert [line.split(": ")[1] for line in run.stderr.splitlines()[:-1]] == list(map(str, failed))
    assert run.stderr.splitlines()[-1].startswith(f"0 restored, 0 unchanged, {len(failed)} failed")

"""A scan repeats no work and loses no results."""

from __future__ import annotations

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

from tagger.emotions import MOODS
from tagger.models import format
from tests.scanning.scanned_library import PATIENCE, Library, wait_until


@pytest.mark.thorough
def test_unchanged_files_are_not_opened_and_load_no_libraries(library: Library) -> None:
    assert library.summary() == "3 analysed, 3 tagged, 0 unchanged, 0 skipped, 0 failed"
    library.opened.unlink()
    code = (
        "import sys; from tagger import cli; cli.run(sys.argv[1:]);"
        "print(*({'numpy', 'av', 'sklearn', 'librosa', 'mutagen', 'joblib'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code, "scan", str(library.folder)]
    run = subprocess.run(command, capture_output=True, text=True, env=library.environment, check=True)
    assert "0 analysed, 0 tagged, 3 unchanged" in run.stderr
    assert run.stdout.strip() == ""
    assert not library.opened.exists()


def test_moved_renamed_touched_retagged_and_copied_songs_are_not_analysed_again(library: Library) -> None:
    before = {row["path"].rsplit("/", 1)[1]: row for row in library.report()}
    folder = library.folder
    (folder / "new").mkdir()
    (folder / "0.mp3").rename(folder / "new" / "moved.mp3")
    (folder / "1.mp3").rename(folder / "renamed.mp3")
    os.utime(folder / "2.mp3")
    shutil.copy(folder / "2.mp3", folder / "copy.mp3")
    tagged = mutagen.File(folder / "renamed.mp3", easy=True)
    tagged["title"] = "Another title" * 50
    tagged.save()
    after = {row["path"].rsplit("/", 1)[1]: row for row in library.report()}
    assert library.summary("--csv", os.devnull) == "0 analysed, 0 tagged, 4 unchanged, 0 skipped, 0 failed"
    same = {"moved.mp3": "0.mp3", "renamed.mp3": "1.mp3", "2.mp3": "2.mp3", "copy.mp3": "2.mp3"}
    for now, then in same.items():
        assert {**after[now], "path": ""} == {**before[then], "path": ""}
    with closing(sqlite3.connect(library.store)) as store:
        # The old names are removed, because their folder exists.
        assert store.execute("SELECT count(*) FROM file").fetchone() == (4,)
        assert store.execute("SELECT count(*) FROM audio").fetchone() == (3,)


@pytest.mark.thorough
def test_own_tags_are_no_change_and_external_edits_are_detected(library: Library) -> None:
    library.scan()
    tagged = mutagen.File(library.folder / "0.mp3")
    del tagged.tags["TMOO"]
    tagged.save()
    assert library.summary() == "0 analysed, 1 tagged, 2 unchanged, 0 skipped, 0 failed"
    assert "TMOO" in mutagen.File(library.folder / "0.mp3").tags


@pytest.mark.thorough
def test_the_same_audio_twice_is_analysed_once(library: Library) -> None:
    for i in range(5):
        shutil.copy(library.folder / "0.mp3", library.folder / f"copy{i}.mp3")
    assert library.summary("-j", "2").startswith("3 analysed, 8 tagged")


@pytest.mark.thorough
def test_a_drive_that_is_gone_loses_nothing(library: Library, tmp_path: Path) -> None:
    drive = library.folder / "drive"
    drive.mkdir()
    (library.folder / "0.mp3").rename(drive / "0.mp3")
    library.scan()
    drive.rename(tmp_path / "unplugged")
    assert "2 unchanged" in library.summary()
    (tmp_path / "unplugged").rename(drive)
    library.opened.unlink()
    assert library.summary() == "0 analysed, 0 tagged, 3 unchanged, 0 skipped, 0 failed"
    assert not library.opened.exists()


@pytest.mark.thorough
def test_failures_are_remembered_until_the_file_changes(library: Library, originals: list[Path]) -> None:
    bad = library.folder / "bad.mp3"
    bad.write_text("no audio")
    first, second = library.scan("--csv", "-"), library.scan("--csv", "-")
    assert (first.returncode, second.returncode) == (1, 0)
    assert first.stdout == second.stdout
    assert "bad.mp3" not in second.stderr
    assert "1 skipped, 0 failed" in second.stderr
    assert library.scan("--retry-failed").returncode == 1
    shutil.copy(originals[4], bad)
    assert library.summary().startswith("1 analysed, 1 tagged, 3 unchanged, 0 skipped, 0 failed")


@pytest.mark.thorough
def test_another_threshold_needs_no_analysis_and_is_written(library: Library) -> None:
    library.scan()
    library.opened.unlink()
    assert library.summary("--threshold", "0") == "0 analysed, 3 tagged, 0 unchanged, 0 skipped, 0 failed"
    assert len(mutagen.File(library.folder / "0.mp3").tags["TMOO"].text) == 6


@pytest.mark.thorough
def test_a_new_model_predicts_from_the_store(library: Library, tmp_path: Path) -> None:
    library.scan()
    library.opened.unlink()
    bundled = format.bundled("moods")
    content = {
        "kind": "moods",
        "features": {"moods": 1},
        "columns": 72,
        "labels": list(MOODS),
        "threshold": 0.0,
    }
    card = format.save(tmp_path / "new.model", {**content, "component": bundled.component}, {})
    rows = library.report("--model", str(tmp_path / "new.model"))
    assert not library.opened.exists()
    assert {row["model"].split()[0] for row in rows} == {card["name"]}
    assert {len(row["moods"].split("; ")) for row in rows} == {6}


@pytest.mark.thorough
def test_outdated_features_are_extracted_again_with_a_message(library: Library) -> None:
    library.scan()
    with closing(sqlite3.connect(library.store)) as store, store:
        # As a version with other features and models leaves them.
        store.execute("UPDATE features SET version = 0 WHERE kind = 'affect'")
        store.execute("UPDATE prediction SET model = 'before'")
        store.execute("UPDATE file SET tags_current = 'before'")
    run = library.scan()
    assert "the features have changed since the last scan: all files are analysed again" in run.stderr
    assert "3 analysed" in run.stderr
    assert library.summary() == "0 analysed, 0 tagged, 3 unchanged, 0 skipped, 0 failed"


@pytest.mark.thorough
def test_force_analyses_again_and_no_store_stores_nothing(library: Library) -> None:
    library.scan()
    assert library.summary("--force") == "3 analysed, 0 tagged, 3 unchanged, 0 skipped, 0 failed"
    assert library.summary("--no-store").startswith("3 analysed, 0 tagged")


@pytest.mark.thorough
def test_a_song_that_cannot_be_tagged_keeps_its_predictions(library: Library, originals: list[Path]) -> None:
    (library.folder / "full").mkdir()
    shutil.copy(originals[3], library.folder / "full" / "bad.mp3")
    rows = {row["path"].rsplit("/", 1)[1]: row for row in library.report("--tag")}
    assert [name for name, row in rows.items() if row["status"] == "failed"] == ["bad.mp3"]
    assert "No space left on device" in rows["bad.mp3"]["error"]
    assert all(rows["bad.mp3"][column] for column in ("duration", "valence", "arousal", "moods", "model"))


@pytest.mark.parametrize("kills", [int(os.environ.get("EMOTAG_KILLS", "1"))])
def test_a_killed_scan_is_continued(library: Library, originals: list[Path], kills: int) -> None:
    for path in originals[3:]:
        shutil.copy(path, library.folder)
    whole = library.scan("--csv", "-", "--no-store").stdout
    rng = random.Random(0)
    for _ in range(kills):
        process = library.start("--csv", os.devnull, "-j", "1")
        time.sleep(rng.uniform(0.1, 3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with closing(sqlite3.connect(library.store)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = {row[0] for row in store.execute("SELECT name FROM sqlite_master")}
            query = "SELECT path FROM file WHERE audio IS NOT NULL"
            committed = [os.path.basename(row[0]) for row in store.execute(query)] if "file" in tables else []
        library.opened.unlink(missing_ok=True)
        # What the killed worker was at may still be written; it must not be anything committed.
        process = library.start("--csv", os.devnull, "-j", "1")
        time.sleep(rng.uniform(0.1, 2))
        process.kill()
        process.communicate()
        opened = library.opened.read_text().split() if library.opened.exists() else []
        assert not {name.decode() for name in committed} & set(opened)
    assert library.scan("--csv", "-").stdout == whole


def test_workers_end_with_a_scan_that_is_killed(library: Library, originals: list[Path]) -> None:
    shutil.copy(originals[0], library.folder / "hang.mp3")
    process = library.start("--csv", os.devnull, "-j", "1")
    wait_until(library.opened_count)
    process.kill()
    # They hold the other end of the pipe, which closes when the last of them is gone.
    process.communicate(timeout=PATIENCE)


@pytest.mark.thorough
def test_ctrl_c_ends_soon_and_keeps_finished_work(library: Library, originals: list[Path]) -> None:
    songs, seconds = 40, 3  # a worker takes at least 3 s for each, on any machine
    for i in range(songs):
        shutil.copy(originals[i % 6], library.folder / f"slow{i:02}.mp3")
    shutil.copy(originals[0], library.folder / "hang.mp3")

    def begun() -> int:
        return library.opened.read_text().count("at-slow") if library.opened.exists() else 0

    # One worker hangs, and the other one analyses the slow songs after the three others.
    process = library.start("--csv", os.devnull, "-j", "2")
    wait_until(lambda: begun() >= 2)
    process.send_signal(signal.SIGINT)
    interrupted_at, begun_before = time.monotonic(), begun()
    _, stderr = process.communicate(timeout=PATIENCE)
    remaining = songs - begun()
    assert time.monotonic() - interrupted_at < seconds * remaining / 2
    assert remaining > songs / 2
    assert begun() <= begun_before + 2
    assert process.returncode == 130
    assert "interrupted; finished work is kept, and the next scan continues from there" in stderr
    assert "Traceback" not in stderr
    with closing(sqlite3.connect(library.store)) as store:
        assert store.execute("SELECT count(*) FROM file WHERE audio IS NOT NULL").fetchone()[0] >= 2


def test_two_scans_of_a_library_do_not_run_at_once(library: Library, originals: list[Path]) -> None:
    shutil.copy(originals[0], library.folder / "hang.mp3")
    process = library.start("--csv", os.devnull)
    lock = Path(f"{library.store}.lock")
    wait_until(lambda: library.opened_count() and lock.exists())
    run = library.scan()
    process.kill()
    process.communicate()
    assert run.returncode == 75
    assert "another emotag process is using this library" in run.stderr


@pytest.mark.thorough
def test_a_log_has_all_messages_and_quiet_prints_only_failures(library: Library, tmp_path: Path) -> None:
    (library.folder / "bad.mp3").touch()
    run = library.scan("-q", "--log", str(tmp_path / "log"), "--nice", "5")
    assert run.stdout == ""
    assert run.stderr.splitlines() == [f"emotag: {library.folder}/bad.mp3: empty: the file has no bytes"]
    assert "3 analysed, 3 tagged" in (tmp_path / "log").read_text()
    assert library.scan("-q").stderr == ""


@pytest.mark.thorough
def test_damaged_newer_and_foreign_stores_are_reported_and_not_changed(library: Library) -> None:
    library.scan()
    with closing(sqlite3.connect(library.store)) as store, store:
        store.execute("PRAGMA user_version = 99")
    assert "made by a newer emotag" in library.scan().stderr
    for leftover in library.store.parent.glob("library.sqlite-*"):
        leftover.unlink()
    library.store.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    content = library.store.read_bytes()
    run = library.scan()
    assert run.returncode == 2
    assert "damaged" in run.stderr
    assert library.store.read_bytes() == content
    library.store.unlink()
    with closing(sqlite3.connect(library.store)) as store, store:
        store.execute("CREATE TABLE mine (x)")
    assert "not emotag's" in library.scan().stderr

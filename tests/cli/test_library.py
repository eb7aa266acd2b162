"""The library database: contents, check for damage, and removal of entries whose files are gone."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tagger import cli
from tagger.library.records import FeatureBlob
from tagger.library.store import Store
from tagger.library.walk import file_stat


@pytest.fixture
def filled(tmp_path: Path, own_store: Path) -> Path:
    """Put two songs into the store, of which one is in two files, and a file that failed."""
    with Store(str(own_store)) as store:
        songs = [store.add_audio(i, 60.0, {"moods": FeatureBlob(1, 1, bytes(288))}) for i in ("ab", "cd")]
        for name, song in (("a.mp3", 0), ("copy of a.mp3", 0), ("b.mp3", 1)):
            (tmp_path / name).touch()
            store.set_file(os.fsencode(tmp_path / name), file_stat(str(tmp_path / name)), songs[song])
        store.set_failure(os.fsencode(tmp_path / "bad.mp3"), file_stat("bad.mp3"), "damaged", "damaged")
        (tmp_path / "bad.mp3").touch()
    return tmp_path


def test_info_counts(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["library", "info"]) == 0
    text = capsys.readouterr().out
    assert "4 (1 failed)" in text
    assert "2 (2 analysed)" in text


def test_prune_removes_files_and_songs_that_are_gone(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (filled / "copy of a.mp3").unlink()
    (filled / "b.mp3").unlink()
    assert cli.run(["library", "prune"]) == 0
    assert capsys.readouterr().out == "Removed 2 files and 1 song.\n"
    assert cli.run(["library", "prune"]) == 0
    assert capsys.readouterr().out == "Removed 0 files and 0 songs.\n"


def test_prune_keeps_files_whose_folders_are_missing(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled.rename(filled.with_name("unplugged"))
    assert cli.run(["library", "prune"]) == 0
    assert capsys.readouterr().out == "Removed 0 files and 0 songs.\n"


def test_check_finds_damage(filled: Path, own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["library", "check"]) == 0
    with closing(sqlite3.connect(own_store)) as database, database:
        database.execute("DELETE FROM audio WHERE audio_hash = 'ab'")
    assert cli.run(["library", "check"]) == 1
    assert "refers to a missing audio" in capsys.readouterr().out


def test_a_missing_library_database_is_reported(own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("info", "check", "prune"):
        assert cli.run(["library", command]) == 2
        assert "no library database; run `emotag scan` first" in capsys.readouterr().err
    assert not own_store.exists()

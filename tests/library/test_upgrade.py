"""A library of version 0.1.0 is migrated, scanned on and undone to the byte."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from tagger import cli
from tagger.io import library_paths
from tagger.library.schema import SCHEMA
from tagger.library.store import Store

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "v0.1.0"


def load(dump: str, path: Path) -> Path:
    """Make a database of a dump."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FIXTURES / dump).read_text("utf-8"))
    return path


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_store_of_each_schema_version_is_migrated_with_all_it_holds(version: int, tmp_path: Path) -> None:
    path = load(f"store-{version}.sql", tmp_path / "library.sqlite")
    with Store(str(path)) as store:
        assert store.database.execute("PRAGMA user_version").fetchone()[0] == len(SCHEMA)
        rows = store.files([b"/music/a.mp3", b"/music/b.mp3"])
        assert rows[b"/music/a.mp3"].tags_current == "moods-1 affect-1 None merge"
        assert rows[b"/music/b.mp3"].failure == "not-audio"
        (file,) = store.predicted_files()
        assert (file.path, file.duration, file.model) == (b"/music/a.mp3", 200.5, "moods-1 affect-1")
        assert (file.prediction.valence, file.prediction.arousal) == (0.25, -0.5)
        assert (file.artist, file.title) == (None, None)
        assert file.prediction.probabilities == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
        assert store.audio_id("00112233445566778899aabbccddeeff") == 1
        assert len(store.writes_resulting_in("bb" * 16)) == (version > 1)
        assert store.check() == []


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The folder of music of version 0.1.0's library, with its store and the note of a killed scan."""
    content = json.loads((FIXTURES / "library.json").read_text("utf-8"))
    music = tmp_path / "music"
    music.mkdir()
    for name, file in content["files"].items():
        (music / name).write_bytes(zlib.decompress(base64.b85decode(file["tagged"])))
    store = load("library.sql", tmp_path / "library.sqlite")
    old, new = content["folder"], str(music)
    with closing(sqlite3.connect(store)) as database, database:
        for table in ("file", "written"):
            for (path,) in database.execute(f"SELECT path FROM {table}").fetchall():
                moved = os.fsencode(os.fsdecode(path).replace(old, new))
                database.execute(f"UPDATE {table} SET path = ? WHERE path = ?", (moved, path))
        for key, record in database.execute("SELECT id, record FROM written").fetchall():
            database.execute(
                "UPDATE written SET record = ? WHERE id = ?", (record.replace(old.encode(), new.encode()), key)
            )
        for name in content["files"]:
            status = (music / name).stat()
            database.execute(
                "UPDATE file SET size = ?, mtime_ns = ?, inode = ? WHERE path = ? AND mtime_ns <> 0",
                (status.st_size, status.st_mtime_ns, status.st_ino, os.fsencode(music / name)),
            )
    notes = Path(library_paths.journal_dir(str(store)))
    notes.mkdir(exist_ok=True)
    for name, record in content["journal"].items():
        (notes / name).write_text(record.replace(old, new))
    return music


def test_a_library_is_undone_to_the_byte(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((FIXTURES / "library.json").read_text("utf-8"))
    assert cli.run(["undo", "--store", str(library.parent / "library.sqlite"), str(library)]) == 0
    assert "4 restored" in capsys.readouterr().err
    for name, file in content["files"].items():
        assert hashlib.sha256((library / name).read_bytes()).hexdigest() == file["original_sha256"], name


def test_a_library_is_not_analysed_again_for_the_models_that_it_has_features_for(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(library.parent / "library.sqlite")
    assert cli.run(["scan", "-j", "1", "--store", store, "--model", "classical", str(library)]) == 0
    assert "0 analysed, 1 tagged, 3 unchanged" in capsys.readouterr().err
    # What the killed scan had written is emotag's: it is exchanged, not doubled, and undone with the rest.
    assert cli.run(["undo", "--store", store, str(library)]) == 0
    content = json.loads((FIXTURES / "library.json").read_text("utf-8"))
    for name, file in content["files"].items():
        assert hashlib.sha256((library / name).read_bytes()).hexdigest() == file["original_sha256"], name


def test_a_library_without_the_features_of_new_models_is_analysed_once_more(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scan", "-j", "1", "--store", str(library.parent / "library.sqlite"), str(library)]
    message = "the features have changed since the last scan: all files are analysed again"
    assert cli.run(arguments) == 0
    first = capsys.readouterr().err
    assert message in first
    assert "0 failed" in first
    assert cli.run(arguments) == 0
    second = capsys.readouterr().err
    assert message not in second
    assert "0 analysed, 0 tagged" in second
    assert cli.run(["undo", *arguments[3:]]) == 0
    content = json.loads((FIXTURES / "library.json").read_text("utf-8"))
    for name, file in content["files"].items():
        assert hashlib.sha256((library / name).read_bytes()).hexdigest() == file["original_sha256"], name

"""Stores of each earlier version are migrated; other databases are not changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tagger.errors import StoreError
from tagger.library.schema import APPLICATION_ID, SCHEMA, migrate


def tables(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.fixture
def newest() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as database:
        migrate(database, "new")
        return tables(database)


@pytest.mark.parametrize("version", range(1, len(SCHEMA) + 1))
def test_migration_keeps_audio(version: int, newest: list[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for script in SCHEMA[:version]:
            database.executescript(script)
        database.execute(f"PRAGMA application_id = {0x656D6F74}")
        database.execute(f"PRAGMA user_version = {version}")
        database.execute("INSERT INTO audio VALUES (1, 'ab', 2.5)")
        migrate(database, "old")
        assert tables(database) == newest
        assert database.execute("PRAGMA user_version").fetchone() == (len(SCHEMA),)
        assert database.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"emot", "big"),)
        assert database.execute("SELECT * FROM audio").fetchall() == [(1, "ab", 2.5)]


def test_write_ahead_log(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store")) as database:
        migrate(database, "new")
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    ("application", "version", "why"),
    [
        (0, 0, "not emotag's"),
        (APPLICATION_ID, len(SCHEMA) + 1, "newer emotag"),
        (APPLICATION_ID, -1, r"damaged library database \(schema version -1\)"),
    ],
)
def test_other_databases_are_not_changed(tmp_path: Path, application: int, version: int, why: str) -> None:
    path = tmp_path / "theirs.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE theirs (x)")
        database.execute(f"PRAGMA application_id = {application}")
        database.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as database, pytest.raises(StoreError, match=why):
        migrate(database, str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE VIEW other AS SELECT * FROM file", "it has a view that emotag did not create"),
        ("CREATE TRIGGER other AFTER INSERT ON file BEGIN DELETE FROM file; END", "it has a trigger that"),
        ("CREATE VIRTUAL TABLE other USING fts5(x)", "it has a table that"),
        ("CREATE INDEX other ON file (size)", "it has a index that"),
        ("DROP INDEX file_audio", "index file_audio is missing or different"),
        ("ALTER TABLE file ADD COLUMN other", "table file is missing or different"),
        ("DROP TABLE written", "written[_a-z]* is missing or different"),
    ],
)
def test_database_with_altered_tables_is_refused(sql: str, why: str) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, "store")
        database.execute(sql)
        with pytest.raises(StoreError, match=rf"^store: not a library database \(.*{why}"):
            migrate(database, "store")


def test_additional_tables_of_other_programs_are_allowed(newest: list[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, "store")
        database.executescript("CREATE TABLE other (x UNIQUE); CREATE INDEX other_x ON other (x);")
        migrate(database, "store")
        assert set(newest) < set(tables(database))

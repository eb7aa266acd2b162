"""The tables of the library store, and the way from each version of them to the next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

from tagger.errors import StoreError

APPLICATION_ID = 0x656D6F74
"""``emot``: tells a store from other databases."""

SCHEMA = (
    """
    -- A song's audio: `identity` is a hash of its packets, which tags do not change.
    CREATE TABLE audio (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, duration REAL NOT NULL);
    -- A file as it was when it was last seen: its audio, or why it has none (`failure`, `message`).
    -- `tagged`: with which models and settings its tags agree.
    CREATE TABLE file (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        audio INTEGER REFERENCES audio (id), failure TEXT, message TEXT, tagged TEXT, seen REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX file_audio ON file (audio);
    -- Features of an audio's excerpts: float32, little-endian, an excerpt after the other.
    CREATE TABLE features (
        audio INTEGER NOT NULL REFERENCES audio (id), kind TEXT NOT NULL, version INTEGER NOT NULL,
        excerpts INTEGER NOT NULL, vectors BLOB NOT NULL, PRIMARY KEY (audio, kind)
    );
    -- What a pair of models said of an audio; `threshold` is the moods model's own.
    CREATE TABLE prediction (
        audio INTEGER NOT NULL REFERENCES audio (id), model TEXT NOT NULL,
        valence REAL NOT NULL, arousal REAL NOT NULL, threshold REAL NOT NULL,
        amazed_surprised REAL NOT NULL, happy_pleased REAL NOT NULL, relaxing_calm REAL NOT NULL,
        quiet_still REAL NOT NULL, sad_lonely REAL NOT NULL, angry_aggressive REAL NOT NULL,
        PRIMARY KEY (audio, model)
    ) WITHOUT ROWID;
    """,
    """
    -- Writes of tags, to be taken back, and their undoing, in their order: `path` was the file, `identity` its audio,
    -- `after` the hash of the whole file as the write left it (empty for an undoing); `record` is JSON
    -- (`tagger.findings.Written`). They stay after an undoing: a copy or a backup of the written file may need them.
    CREATE TABLE written (
        id INTEGER PRIMARY KEY, after TEXT NOT NULL, identity TEXT NOT NULL, path BLOB NOT NULL, record BLOB NOT NULL
    );
    CREATE INDEX written_after ON written (after);
    CREATE INDEX written_identity ON written (identity);
    """,
    """
    -- When it was said, in seconds since 1970.
    ALTER TABLE prediction ADD COLUMN told REAL NOT NULL DEFAULT 0;
    """,
    """
    -- How sure it was: standard deviations, where the model tells them.
    ALTER TABLE prediction ADD COLUMN valence_sd REAL;
    ALTER TABLE prediction ADD COLUMN arousal_sd REAL;
    """,
    """
    -- How many scans a file failed in, as it is now, for a reason that may not be its own.
    ALTER TABLE file ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- Plain names: `audio_hash` is the hash of the audio packets, `tags_current` the models and options that the tags
    -- of the file agree with, `predicted_at` the time of the prediction.
    ALTER TABLE audio RENAME COLUMN identity TO audio_hash;
    ALTER TABLE written RENAME COLUMN identity TO audio_hash;
    DROP INDEX written_identity;
    CREATE INDEX written_audio_hash ON written (audio_hash);
    ALTER TABLE file RENAME COLUMN tagged TO tags_current;
    ALTER TABLE prediction RENAME COLUMN told TO predicted_at;
    """,
)
"""Scripts that migrate each version of the schema to the next; `user_version` counts the scripts that were run.

Never edit a released script: the check of a store compares it with the result of these scripts.
"""


def migrate(database: sqlite3.Connection, path: str) -> None:
    """Bring a new or an older store to today's schema.

    Raises
    ------
    StoreError
        If it is a newer emotag's, or something else.
    """
    # Nothing that stands in the file may run functions of ours, or run for ever.
    database.execute("PRAGMA trusted_schema = OFF")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path}: a database, but not emotag's; name another with --store")
    if version < 0:
        raise StoreError(f"{path}: a damaged library store (schema version {version}); restore it from a backup")
    if version > len(SCHEMA):
        raise StoreError(f"{path}: made by a newer emotag; update this one, or name another with --store")
    if tables:
        _check(database, path, version)
    database.execute("PRAGMA journal_mode = WAL")
    # What is committed must be on the disk: the notes of the journal that it replaces are removed next.
    database.execute("PRAGMA synchronous = FULL")
    for number, script in enumerate(SCHEMA[version:], version + 1):
        steps = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number};"
        database.executescript(f"BEGIN IMMEDIATE; {script} {steps} COMMIT;")


def _check(database: sqlite3.Connection, path: str, version: int) -> None:
    """Refuse a store whose tables are not emotag's own: a view or a trigger in it can run for ever, or say anything.

    Tables of others beside ours are left alone; nothing reads them.
    """
    own = _made(version)
    found = {(row[0], row[1]): row[2:] for row in database.execute(OBJECTS)}
    tables = {name for kind, name in own if kind == "table"}
    for (kind, name), (table, sql) in found.items():
        strange = kind in ("view", "trigger") or (table in tables and sql and (kind, name) not in own)
        if strange or _words(sql).startswith("create virtual"):
            raise StoreError(
                f"{path}: not a library store of emotag's (it has a {kind} that emotag did not make); "
                "move it away and scan again, or name another with --store"
            )
    for key, (_, sql) in own.items():
        if _words(found.get(key, ("", ""))[1]) != _words(sql):
            raise StoreError(
                f"{path}: not a library store of emotag's ({key[0]} {key[1]} is missing or another one); "
                "move it away and scan again, or name another with --store"
            )


OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master"


@cache
def _made(version: int) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return what a version of the schema consists of."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for script in SCHEMA[: max(version, 0)]:
            database.executescript(script)
        return {(row[0], row[1]): row[2:] for row in database.execute(OBJECTS)}


def _words(sql: str | None) -> str:
    return " ".join(str(sql or "").lower().split())

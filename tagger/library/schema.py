"""The tables of the library database, and the migration of older stores.

============== =======================================================================================================
Table          A row is
============== =======================================================================================================
``audio``      the audio of a song: hash of the audio packets (`audio_hash`) and duration in seconds; copies of a song
               share it, and changes of tags do not affect it
``file``       a file as it was when it was last seen (`size`, `mtime_ns`, `inode`; time: `seen`), with its state
``features``   a feature set (`kind`, `version`) of an audio: an array of shape (`excerpts`, columns) in row order, as
               little-endian float32 (`vectors`)
``prediction`` the prediction of a pair of models (`model`) for an audio: mean valence and arousal, their standard
               deviations if the model predicts them, the threshold of the moods model, the probability of each mood,
               the time of the prediction (`predicted_at`), and the user's own moods, if a model of them was used
               (`own_moods`: name, probability and threshold of each, as JSON)
``written``    a write of tags or an undo, in their order: the file (`path`), its `audio_hash`, the hash of the whole
               file after the write (`after`, empty for an undo), and the record as JSON (`tagger.tags.write_record`);
               rows stay after an undo, because a copy or a backup of the written file may need them
``consent``    a folder (or file) in which the user has allowed emotag to write tags, and when (`given_at`)
``rating``     the user's own rating of an audio: valence, arousal, and when (`rated_at`)
============== =======================================================================================================

Times are in seconds since 1970, unless the name says otherwise. The state of a file is in the columns of its row:

================ ========= =========== ================ =============================================================
State            `audio`   `failure`   `tags_current`   The next scan
================ ========= =========== ================ =============================================================
not in the store no row    no row      no row           analyses the file
analysed         id        null        null             writes the tags
tagged           id        null        settings         skips the file if its own settings (models, threshold and
                                                        policy for moods) are the same; else writes the tags
failed           null      kind        null             skips the file; failures that may be the fault of the machine
                                                        are tried again, in as many scans as `attempts` allows
changed          any       any         null             checks the file again, because `mtime_ns` is 0
================ ========= =========== ================ =============================================================

A row counts only if the size, modification time and inode of the file are unchanged.

The tags `title`, `artist`, `album` and `genre` of a file are a cache for queries, playlists and pages. A worker reads
them with the audio, and again when the file has changed. Tags of files that were scanned by an older version are null
until a command needs them; it reads them then and adds them (`tagger.library.songs.with_tags`). A scan of unchanged
files neither reads nor writes them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

from tagger.errors import StoreError

APPLICATION_ID = 0x656D6F74
"""``emot`` in ASCII; identifies an SQLite file as a library database."""

SCHEMA = (
    """
    -- The audio of a song: `identity` is the hash of its packets.
    CREATE TABLE audio (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, duration REAL NOT NULL);
    -- A file when it was last seen: its audio, or why it could not be analysed (`failure`, `message`).
    -- `tagged`: models and options that its tags agree with.
    CREATE TABLE file (
        path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        audio INTEGER REFERENCES audio (id), failure TEXT, message TEXT, tagged TEXT, seen REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX file_audio ON file (audio);
    -- Features of the excerpts of an audio, as little-endian float32.
    CREATE TABLE features (
        audio INTEGER NOT NULL REFERENCES audio (id), kind TEXT NOT NULL, version INTEGER NOT NULL,
        excerpts INTEGER NOT NULL, vectors BLOB NOT NULL, PRIMARY KEY (audio, kind)
    );
    -- The prediction of a pair of models; `threshold` is that of the moods model.
    CREATE TABLE prediction (
        audio INTEGER NOT NULL REFERENCES audio (id), model TEXT NOT NULL,
        valence REAL NOT NULL, arousal REAL NOT NULL, threshold REAL NOT NULL,
        amazed_surprised REAL NOT NULL, happy_pleased REAL NOT NULL, relaxing_calm REAL NOT NULL,
        quiet_still REAL NOT NULL, sad_lonely REAL NOT NULL, angry_aggressive REAL NOT NULL,
        PRIMARY KEY (audio, model)
    ) WITHOUT ROWID;
    """,
    """
    -- Writes of tags and undos, in their order: `path` is the file, `identity` the hash of its audio, `after` the hash
    -- of the whole file after the write (empty for an undo), and `record` is JSON (`tagger.tags.write_record`).
    CREATE TABLE written (
        id INTEGER PRIMARY KEY, after TEXT NOT NULL, identity TEXT NOT NULL, path BLOB NOT NULL, record BLOB NOT NULL
    );
    CREATE INDEX written_after ON written (after);
    CREATE INDEX written_identity ON written (identity);
    """,
    """
    -- Time of the prediction, in seconds since 1970.
    ALTER TABLE prediction ADD COLUMN told REAL NOT NULL DEFAULT 0;
    """,
    """
    -- Standard deviations of valence and arousal, if the model predicts them.
    ALTER TABLE prediction ADD COLUMN valence_sd REAL;
    ALTER TABLE prediction ADD COLUMN arousal_sd REAL;
    """,
    """
    -- Number of scans in a row in which the file failed for a reason that may be the fault of the machine.
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
    """
    -- Tags that queries, playlists and pages show, as they were when the file was last read. Null: not read yet; empty:
    -- the file has no such tag. Several genres are separated by newlines.
    ALTER TABLE file ADD COLUMN artist TEXT;
    ALTER TABLE file ADD COLUMN title TEXT;
    ALTER TABLE file ADD COLUMN album TEXT;
    ALTER TABLE file ADD COLUMN genre TEXT;
    -- The user's own moods, if a model predicts them, as JSON: a list of name, probability and threshold.
    ALTER TABLE prediction ADD COLUMN own_moods TEXT;
    -- Folders in which the user has allowed emotag to write tags.
    CREATE TABLE consent (folder BLOB PRIMARY KEY, given_at REAL NOT NULL) WITHOUT ROWID;
    -- The user's own ratings of valence and arousal, from -1 to 1. Null: not rated.
    CREATE TABLE rating (
        audio INTEGER PRIMARY KEY REFERENCES audio (id), valence REAL, arousal REAL, rated_at REAL NOT NULL
    );
    """,
)
"""Scripts that migrate each version of the schema to the next; `PRAGMA user_version` counts the scripts that were run.

Do not edit a released script: `migrate` compares the tables of a store with the result of these scripts.
"""

LIST_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master"


def migrate(database: sqlite3.Connection, path: str) -> None:
    """Create the tables of a new store, or migrate an older one to the newest schema.

    Parameters
    ----------
    database : sqlite3.Connection
        The open store, in autocommit mode.
    path : str
        Path of the store, for messages.

    Raises
    ------
    StoreError
        If the database is not a library database, is damaged, or was made by a newer version.
    """
    # SQL in an untrusted file must not run functions.
    database.execute("PRAGMA trusted_schema = OFF")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    objects = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if objects and application != APPLICATION_ID:
        raise StoreError(f"{path}: a database, but not emotag's; name another file with --store")
    if version < 0:
        raise StoreError(f"{path}: damaged library database (schema version {version}); restore it from a backup")
    if version > len(SCHEMA):
        raise StoreError(f"{path}: made by a newer emotag; update this one, or name another file with --store")
    if objects:
        _check(database, path, version)
    database.execute("PRAGMA journal_mode = WAL")
    # A commit must be on disk before the journal entries that it replaces are removed.
    database.execute("PRAGMA synchronous = FULL")
    for number, script in enumerate(SCHEMA[version:], version + 1):
        pragmas = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number};"
        database.executescript(f"BEGIN IMMEDIATE; {script} {pragmas} COMMIT;")


def _check(database: sqlite3.Connection, path: str, version: int) -> None:
    """Refuse a store with views, triggers, virtual tables or altered tables, which could return anything or never end.

    Additional tables of other programs are allowed; emotag does not read them.
    """
    expected = _expected_objects(version)
    actual = {(row[0], row[1]): row[2:] for row in database.execute(LIST_OBJECTS)}
    tables = {name for kind, name in expected if kind == "table"}
    for (kind, name), (table, sql) in actual.items():
        unexpected = kind in ("view", "trigger") or (table in tables and sql and (kind, name) not in expected)
        if unexpected or _normalized(sql).startswith("create virtual"):
            raise StoreError(
                f"{path}: not a library database (it has a {kind} that emotag did not create); "
                "move it away and scan again, or name another file with --store"
            )
    for key, (_, sql) in expected.items():
        if _normalized(actual.get(key, ("", ""))[1]) != _normalized(sql):
            raise StoreError(
                f"{path}: not a library database ({key[0]} {key[1]} is missing or different); "
                "move it away and scan again, or name another file with --store"
            )


@cache
def _expected_objects(version: int) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return table name and SQL of the tables and indices of a schema version, by type and name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for script in SCHEMA[:version]:
            database.executescript(script)
        return {(row[0], row[1]): row[2:] for row in database.execute(LIST_OBJECTS)}


def _normalized(sql: str | None) -> str:
    return " ".join(str(sql or "").lower().split())

"""The library store: what is known of every file and of every audio, in one SQLite database.

Files point to audio, which is told apart by the hash of its packets: a file that moved, or whose tags
somebody edited, is the same audio, and nothing of it is computed again. Any tool that reads SQLite
reads the store; the tables are described in `tagger.library.schema`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from itertools import groupby
from math import isfinite
from operator import methodcaller

from tagger.emotions import Prediction
from tagger.errors import StoreError
from tagger.io import regular
from tagger.io.disk import flush_folder
from tagger.library.records import AudioRow, FeatureBlob, FileRow, FileStat, StoreSize
from tagger.library.schema import migrate

MAX_MESSAGE = 200
"""Characters of a message of SQLite's, which may quote what is in the file."""

MAX_VARIABLES = 900
"""Values in one query: old builds of SQLite take 999."""


PREDICTION_COLUMNS = (
    "valence, arousal, threshold, valence_sd, arousal_sd,"
    " amazed_surprised, happy_pleased, relaxing_calm, quiet_still, sad_lonely, angry_aggressive"
)
"""Columns of a prediction, as `_prediction` takes them."""

FILE = "path, size, mtime_ns, inode, audio, failure, message, tags_current, seen, attempts"
"""Columns of a file."""


class Store:
    """The library store, open for one writer.

    Parameters
    ----------
    path : str
        The database; it and its folder are made if need be. An empty name is a store that is gone
        when it is closed.

    Raises
    ------
    StoreError
        If the file is damaged, of a newer emotag, or something else; it is left as it is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with _store_errors(path):
            if path:
                os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
                with suppress(FileNotFoundError):
                    regular.check(path)
            new = bool(path) and not os.path.exists(path)
            self.database = sqlite3.connect(path, isolation_level=None, timeout=30)
            migrate(self.database, path)
            if new:
                with suppress(OSError):
                    flush_folder(os.path.dirname(os.path.abspath(path)))
        self.committed = time.monotonic()

    def close(self) -> None:
        """Commit and close."""
        with suppress(StoreError):
            self.commit()
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self) -> None:
        """Make what was recorded durable."""
        with _store_errors(self.path):
            if self.database.in_transaction:
                self.database.execute("COMMIT")
        self.committed = time.monotonic()

    def commit_after(self, seconds: float) -> bool:
        """Commit if the last time is so long ago: what a crash costs at most; tell whether it was."""
        due = time.monotonic() - self.committed > seconds
        if due:
            self.commit()
        return due

    def _rows(self, query: str, values: Sequence[object], *before: object) -> Iterator[tuple]:
        """Run a query with ``{}`` for a list of values, as often as it takes."""
        with _store_errors(self.path):
            for start in range(0, len(values), MAX_VARIABLES):
                part = values[start : start + MAX_VARIABLES]
                marks = ",".join("?" * len(part))
                yield from self.database.execute(query.format(marks), (*before, *part))

    def _write(self, query: str, *values: object) -> sqlite3.Cursor:
        with _store_errors(self.path):
            if not self.database.in_transaction:
                self.database.execute("BEGIN IMMEDIATE")
            return self.database.execute(query, values)

    def files(self, keys: Iterable[bytes]) -> dict[bytes, FileRow]:
        """Return what is known of files, by their absolute paths as bytes."""
        wanted = set(keys)
        query = (
            "SELECT path, size, mtime_ns, inode, audio, failure, message, tags_current, attempts"
            " FROM file WHERE path BETWEEN ? AND ?"
        )
        return {row[0]: FileRow._make(row) for row in self._of_folders(query, wanted) if row[0] in wanted}

    def files_with_current_tags(self, keys: Iterable[bytes], tagged: str) -> set[tuple[bytes, int, int, int]]:
        """Return the files whose tags agree with some settings, as path, size, mtime_ns and inode; others may be there.

        This is all that a scan needs to know of most files of a library that it knows.
        """
        query = "SELECT path, size, mtime_ns, inode FROM file WHERE tags_current = ? AND path BETWEEN ? AND ?"
        return set(self._of_folders(query, keys, tagged))

    def _of_folders(self, query: str, keys: Iterable[bytes], *before: object) -> Iterator[tuple]:
        """Run a query on the files of `keys`, and on what else lies between the first and the last of a folder.

        A folder's files lie side by side in the store: it is twice as quick to pass over them all as to seek each.
        """
        with _store_errors(self.path):
            for _, group in groupby(sorted(keys), lambda key: key[: key.rfind(b"/")]):
                folder = list(group)
                yield from self.database.execute(query, (*before, folder[0], folder[-1]))

    def predictions(self, audio: Iterable[int], model: str) -> dict[int, AudioRow]:
        """Return what a pair of models said, by audio."""
        query = (
            f"SELECT audio, audio_hash, duration, {PREDICTION_COLUMNS}"
            " FROM prediction JOIN audio ON audio.id = audio WHERE model = ? AND audio IN ({})"
        )
        rows = self._rows(query, sorted(set(audio)), model)
        return {row[0]: AudioRow(row[1], row[2], _prediction(row[3:], self.path)) for row in rows}

    def predicted_files(
        self, model: str = "", root: bytes = b""
    ) -> Iterator[tuple[bytes, int, float, str, Prediction]]:
        """Yield path, audio, duration, models and prediction of every file that has one, in the order of the paths.

        Parameters
        ----------
        model : str
            The models; by default, of each song those that told it last.
        root : bytes
            A file, or a folder: only what is in it; by default all files.
        """
        query = (
            f"SELECT file.path, file.audio, duration, model, {PREDICTION_COLUMNS}"
            " FROM file JOIN audio ON audio.id = file.audio JOIN prediction ON prediction.audio = file.audio"
            " WHERE model = coalesce(nullif(?, ''), (SELECT model FROM prediction AS other"
            " WHERE other.audio = file.audio ORDER BY predicted_at DESC, model LIMIT 1))"
            " AND file.path >= ? AND file.path < ? ORDER BY file.path"
        )
        for row in self._in(root, query, model):
            yield row[0], row[1], row[2], row[3], _prediction(row[4:], self.path)

    def failures(self, root: bytes = b"") -> Iterator[tuple[bytes, str]]:
        """Yield path and reason of every file that failed, in the order of the paths; `root` as for `told`."""
        query = "SELECT path, message FROM file WHERE failure IS NOT NULL AND path >= ? AND path < ? ORDER BY path"
        yield from self._in(root, query)

    def _in(self, root: bytes, query: str, *before: object) -> Iterator[tuple]:
        """Run a query on a file, or on the files in a folder."""
        folder = root.rstrip(b"/")
        with _store_errors(self.path):
            # Among the files from `folder` to the last in it are such as `folder.mp3`, too.
            for row in self.database.execute(query, (*before, folder, folder + b"0")):
                if row[0] == folder or row[0].startswith(folder + b"/"):
                    yield row

    def features(self, audio: Iterable[int], versions: Mapping[str, int]) -> dict[int, dict[str, FeatureBlob]]:
        """Return features by audio and kind, of those audio alone that have all kinds in these versions."""
        found: dict[int, dict[str, FeatureBlob]] = {}
        query = "SELECT audio, kind, version, excerpts, vectors FROM features WHERE audio IN ({})"
        for key, kind, *rest in self._rows(query, sorted(set(audio))):
            vectors = FeatureBlob(*rest)
            if versions.get(kind) == vectors.version:
                vectors.check(self.path)
                found.setdefault(key, {})[kind] = vectors
        return {key: kinds for key, kinds in found.items() if len(kinds) == len(versions)}

    def has_outdated_features(self, versions: Mapping[str, int]) -> bool:
        """Tell whether there are features of other versions."""
        with _store_errors(self.path):
            return any(
                self.database.execute("SELECT 1 FROM features WHERE kind = ? AND version <> ? LIMIT 1", item).fetchone()
                for item in versions.items()
            )

    def audio_id(self, audio_hash: str) -> int | None:
        """Return the audio of an identity, if there is one."""
        with _store_errors(self.path):
            row = self.database.execute("SELECT id FROM audio WHERE audio_hash = ?", (audio_hash,)).fetchone()
        return row[0] if row else None

    def add_audio(self, audio_hash: str, duration: float, features: Mapping[str, FeatureBlob]) -> int:
        """Record an audio with its features."""
        self._write("INSERT OR IGNORE INTO audio (audio_hash, duration) VALUES (?, ?)", audio_hash, duration)
        key = self.audio_id(audio_hash)
        assert key is not None
        # What was predicted from the same numbers stays true, and stays there if the next model turns out to be no use.
        there = {
            row[0]: row[1:]
            for row in self._rows("SELECT kind, version, excerpts, vectors FROM features WHERE audio IN ({})", [key])
        }
        changed = any(there.get(kind) != tuple(vectors) for kind, vectors in features.items())
        for kind, vectors in features.items():
            self._write("REPLACE INTO features VALUES (?, ?, ?, ?, ?)", key, kind, *vectors)
        if changed:
            self._write("DELETE FROM prediction WHERE audio = ?", key)
        return key

    def add_prediction(self, audio: int, model: str, prediction: Prediction) -> None:
        """Record what a pair of models said of an audio."""
        point = (prediction.valence, prediction.arousal, prediction.threshold)
        marks = ",".join("?" * 14)
        deviations = (prediction.valence_sd, prediction.arousal_sd)
        values = (audio, model, *point, *prediction.probabilities, time.time(), *deviations)
        self._write(f"REPLACE INTO prediction VALUES ({marks})", *values)

    def set_file(self, key: bytes, stat: FileStat, audio: int) -> None:
        """Record that a file holds an audio; its tags are to be looked at again."""
        query = f"REPLACE INTO file ({FILE}) VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL, ?, 0)"
        self._write(query, key, *stat, audio, time.time())

    def mark_changed(self, key: bytes) -> None:
        """Record that a file is to be looked at again."""
        self._write("UPDATE file SET mtime_ns = 0, tags_current = NULL WHERE path = ?", key)

    def set_failure(self, key: bytes, stat: FileStat, kind: str, message: str, attempts: int = 0) -> None:
        """Record why a file holds none, and in how many scans it has failed if it is to be tried again."""
        self._write(
            f"REPLACE INTO file ({FILE}) VALUES (?, ?, ?, ?, NULL, ?, ?, NULL, ?, ?)",
            *(key, *stat, kind, message, time.time(), attempts),
        )

    def set_tags_current(self, key: bytes, stat: FileStat, tagged: str) -> None:
        """Record a file as it is after its tags were written or found right."""
        self._write(
            "UPDATE file SET size = ?, mtime_ns = ?, inode = ?, tags_current = ?, seen = ? WHERE path = ?",
            *(*stat, tagged, time.time(), key),
        )

    def add_write(self, after: str, audio_hash: str, path: bytes, record: bytes) -> None:
        """Record a write of tags, or its undoing, as the last one; one that is recorded already moves there."""
        self._write("DELETE FROM written WHERE after = ? AND path = ? AND record = ?", after, path, record)
        query = "INSERT INTO written (after, audio_hash, path, record) VALUES (?, ?, ?, ?)"
        self._write(query, after, audio_hash, path, record)

    def writes_resulting_in(self, after: str) -> list[tuple[bytes, bytes]]:
        """Return path and record of the writes that left a file as the hash tells, in their order."""
        with _store_errors(self.path):
            query = "SELECT path, record FROM written WHERE after = ? ORDER BY id"
            return self.database.execute(query, (after,)).fetchall()

    def writes_to_audio(self, audio_hash: str) -> list[tuple[bytes, bytes]]:
        """Return path and record of the writes to files of an audio, in their order."""
        with _store_errors(self.path):
            query = "SELECT path, record FROM written WHERE audio_hash = ? ORDER BY id"
            return self.database.execute(query, (audio_hash,)).fetchall()

    def audio_hash(self, key: bytes) -> str | None:
        """Return the identity of the audio that a file held when it was last seen."""
        query = "SELECT audio_hash FROM file JOIN audio ON audio.id = file.audio WHERE path = ?"
        with _store_errors(self.path):
            row = self.database.execute(query, (key,)).fetchone()
        return row[0] if row else None

    def remove_missing_files(self, root: bytes, seen: Set[bytes] = frozenset()) -> int:
        """Forget files below a folder that are gone while the folder they were in is there.

        A drive that is not plugged in has no folders, and loses nothing. What is known of the audio stays,
        for files that come back under another name. `seen` are files of the store that are known to be there.
        """
        prefix = root.rstrip(b"/") + b"/"
        below = (prefix, prefix[:-1] + b"0")
        with _store_errors(self.path):
            count = self.database.execute("SELECT count(*) FROM file WHERE path > ? AND path < ?", below).fetchone()[0]
            if count == sum(map(methodcaller("startswith", prefix), seen)):
                return 0
            rows = self.database.execute("SELECT path FROM file WHERE path > ? AND path < ?", below)
            unseen = [path for (path,) in rows if path not in seen]
        gone = [path for path in unseen if _is_gone(path)]
        for path in gone:
            self._write("DELETE FROM file WHERE path = ?", path)
        return len(gone)

    def prune(self) -> tuple[int, int]:
        """Forget files that are gone, and audio that no file holds any more; return how many of each."""
        files = self.remove_missing_files(b"/")
        orphans = "SELECT id FROM audio WHERE id NOT IN (SELECT audio FROM file WHERE audio IS NOT NULL)"
        for table in ("features", "prediction"):
            self._write(f"DELETE FROM {table} WHERE audio IN ({orphans})")
        self._write(f"DELETE FROM written WHERE audio_hash IN (SELECT audio_hash FROM audio WHERE id IN ({orphans}))")
        audio = self._write(f"DELETE FROM audio WHERE id IN ({orphans})").rowcount
        self.commit()
        with _store_errors(self.path):
            self.database.execute("VACUUM")
        return files, audio

    def size(self) -> StoreSize:
        """Count what the store holds."""
        counts = (
            "SELECT count(*) FROM file",
            "SELECT count(*) FROM file WHERE failure IS NOT NULL",
            "SELECT count(*) FROM audio",
            "SELECT count(DISTINCT audio) FROM features",
            "SELECT count(*) FROM prediction",
        )
        with _store_errors(self.path):
            files, failed, audio, analysed, told = (self.database.execute(q).fetchone()[0] for q in counts)
        return StoreSize(files, failed, audio, analysed, told, os.path.getsize(self.path) if self.path else 0)

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the database, and references that lead nowhere."""
        with _store_errors(self.path):
            integrity = [row[0] for row in self.database.execute("PRAGMA integrity_check") if row[0] != "ok"]
            dangling = self.database.execute("PRAGMA foreign_key_check").fetchall()
        return integrity + [f"a row of {table} refers to a missing {parent}" for table, _, parent, _ in dangling]


def _is_gone(path: bytes) -> bool:
    """Tell whether there is no such file in a folder that is there; one that cannot be looked at is not gone."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return os.path.isdir(os.path.dirname(path))
    except OSError:
        return False
    return False


def _prediction(columns: tuple, path: str) -> Prediction:
    """Return what the columns of `PREDICTED` hold."""
    valence, arousal, threshold, valence_sd, arousal_sd, *probabilities = columns
    for value in (valence, arousal, threshold, valence_sd or 0.0, arousal_sd or 0.0, *probabilities):
        if not isinstance(value, int | float) or not isfinite(value):
            raise StoreError(
                f"{path}: a damaged library store (a prediction that is not a number); restore it from a backup"
            )
    return Prediction(valence, arousal, threshold, tuple(probabilities), valence_sd, arousal_sd)


@contextmanager
def _store_errors(path: str) -> Iterator[None]:
    """Turn what SQLite and the system raise into `StoreError`, in one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: the library store cannot be used ({str(error)[:MAX_MESSAGE]})") from None
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path}: not a library store, or a damaged one ({str(error)[:MAX_MESSAGE]}); it was left as it is: "
            "restore it from a backup, or move it away and scan again"
        ) from None
    except OSError as error:
        raise StoreError(f"{path}: the library store cannot be used ({error.strerror})") from None

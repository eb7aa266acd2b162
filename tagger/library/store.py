"""The library database: files, audio, features, predictions and tag writes in one SQLite file.

Files refer to audio, which is identified by the hash of its packets. A file that was moved, or whose tags were edited,
has the same audio, so nothing is computed again. `tagger.library.schema` describes the tables and the states of a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from operator import methodcaller
from typing import TYPE_CHECKING

from tagger.emotions import Prediction
from tagger.library.connection import StoreConnection, store_errors
from tagger.library.records import (
    NO_CONDITION,
    AudioRow,
    Condition,
    FeatureBlob,
    FileRow,
    FileStat,
    PredictedFile,
    StoreSize,
    tag_values,
    to_prediction,
)

if TYPE_CHECKING:
    from tagger.tags.basic_tags import BasicTags

PREDICTION_COLUMNS = (
    "valence, arousal, threshold, valence_sd, arousal_sd,"
    " amazed_surprised, happy_pleased, relaxing_calm, quiet_still, sad_lonely, angry_aggressive"
)
"""Columns of a prediction, in the order that `to_prediction` reads."""

FILE_COLUMNS = "path, size, mtime_ns, inode, audio, failure, message, tags_current, seen, attempts"

TAG_COLUMNS = "title, artist, album, genre"
"""Columns of the cached tags of a file, in the order of `tagger.tags.basic_tags.BasicTags`."""

TAG_VALUES = ", ".join(f"CAST({column} AS TEXT)" for column in TAG_COLUMNS.split(", "))
"""The values of these columns, as text also in a damaged store."""


class Store(StoreConnection):
    """The library database, open for one writer.

    Changes become durable with `commit` and `commit_after`. All methods raise `StoreError` if the database cannot be
    used. Keys are absolute paths as bytes.

    Parameters
    ----------
    path : str
        Path of the database; the file and its folder are created if they do not exist. An empty path opens a temporary
        store, which is deleted when it is closed.

    Raises
    ------
    StoreError
        If the file is damaged, made by a newer version, or not a library database. It is not changed then.
    """

    def files(self, keys: Iterable[bytes]) -> dict[bytes, FileRow]:
        """Return the rows of files, by key; files that are not in the store are left out."""
        wanted = set(keys)
        query = (
            "SELECT path, size, mtime_ns, inode, audio, failure, message, tags_current, attempts"
            " FROM file WHERE path BETWEEN ? AND ?"
        )
        return {row[0]: FileRow._make(row) for row in self.read_siblings(query, wanted) if row[0] in wanted}

    def files_with_current_tags(self, keys: Iterable[bytes], settings: str) -> set[tuple[bytes, int, int, int]]:
        """Return the files whose tags agree with some settings; for most files, a scan needs no more than this.

        Parameters
        ----------
        keys : iterable of bytes
            Files to look up.
        settings : str
            Models and options, as `set_tags_current` recorded them.

        Returns
        -------
        set of tuple
            Key, size, mtime_ns and inode of each file. Other files of the same folders may be among them.
        """
        query = "SELECT path, size, mtime_ns, inode FROM file WHERE tags_current = ? AND path BETWEEN ? AND ?"
        return set(self.read_siblings(query, keys, settings))

    def predictions(self, audio: Iterable[int], model: str) -> dict[int, AudioRow]:
        """Return the predictions of a pair of models, by audio id; audio without one are left out."""
        query = (
            f"SELECT audio, audio_hash, duration, {PREDICTION_COLUMNS}"
            " FROM prediction JOIN audio ON audio.id = audio WHERE model = ? AND audio IN ({})"
        )
        rows = self.read_batches(query, sorted(set(audio)), model)
        return {row[0]: AudioRow(row[1], row[2], to_prediction(row[3:], self.path)) for row in rows}

    def predicted_files(
        self, model: str = "", root: bytes = b"", condition: Condition = NO_CONDITION
    ) -> Iterator[PredictedFile]:
        """Yield the files that have a prediction, in the order of their paths.

        Parameters
        ----------
        model : str
            Names of the models; by default those of the newest prediction of each audio.
        root : bytes
            Key of a file, or of a folder with all files below it; by default all files.
        condition : Condition
            Which of them; by default all.

        Yields
        ------
        PredictedFile
        """
        query = (
            f"SELECT file.path, file.audio, duration, model, {TAG_VALUES}, {PREDICTION_COLUMNS}"
            " FROM file JOIN audio ON audio.id = file.audio JOIN prediction ON prediction.audio = file.audio"
            " WHERE CASE ? WHEN '' THEN NOT EXISTS (SELECT 1 FROM prediction AS other WHERE other.audio = file.audio"
            " AND other.model <> prediction.model"
            " AND (other.predicted_at, prediction.model) > (prediction.predicted_at, other.model))"
            f" ELSE prediction.model = ? END AND {condition.sql}"
            " AND file.path >= ? AND file.path < ? ORDER BY file.path"
        )
        for row in self.read_below(query, root, model, model, *condition.values):
            yield PredictedFile._make((*row[:8], to_prediction(row[8:], self.path)))

    def failures(self, root: bytes = b"") -> Iterator[tuple[bytes, str]]:
        """Yield key and reason of the files that could not be analysed, in the order of their paths.

        Parameters
        ----------
        root : bytes
            Key of a file, or of a folder with all files below it; by default all files.

        Yields
        ------
        tuple of bytes and str
        """
        query = "SELECT path, message FROM file WHERE failure IS NOT NULL AND path >= ? AND path < ? ORDER BY path"
        yield from self.read_below(query, root)

    def features(self, audio: Iterable[int], versions: Mapping[str, int]) -> dict[int, dict[str, FeatureBlob]]:
        """Return features by audio id and feature set.

        Parameters
        ----------
        audio : iterable of int
            Audio ids.
        versions : mapping of str to int
            Feature sets and their versions. Audio that lack one of them are left out.

        Returns
        -------
        dict of int to dict of str to FeatureBlob
        """
        blobs: dict[int, dict[str, FeatureBlob]] = {}
        query = "SELECT audio, kind, version, excerpts, vectors FROM features WHERE audio IN ({})"
        for key, kind, *values in self.read_batches(query, sorted(set(audio))):
            blob = FeatureBlob(*values)
            if versions.get(kind) == blob.version:
                blob.check(self.path)
                blobs.setdefault(key, {})[kind] = blob
        return {key: kinds for key, kinds in blobs.items() if len(kinds) == len(versions)}

    def has_outdated_features(self, versions: Mapping[str, int]) -> bool:
        """Return whether the library has songs, but not all of the given feature sets in the given versions."""
        other = "SELECT 1 FROM features WHERE kind = ? AND version <> ? LIMIT 1"
        current = "SELECT 1 FROM features WHERE kind = ? AND version = ? LIMIT 1"
        return bool(self.read("SELECT 1 FROM features LIMIT 1")) and any(
            self.read(other, kind, version) or not self.read(current, kind, version)
            for kind, version in versions.items()
        )

    def audio_id(self, audio_hash: str) -> int | None:
        """Return the id of an audio, or None if the store does not have it."""
        rows = self.read("SELECT id FROM audio WHERE audio_hash = ?", audio_hash)
        return int(rows[0][0]) if rows else None

    def audio_hash(self, key: bytes) -> str | None:
        """Return the hash of the audio that a file had when it was last seen, or None if that is unknown."""
        rows = self.read("SELECT audio_hash FROM file JOIN audio ON audio.id = file.audio WHERE path = ?", key)
        return str(rows[0][0]) if rows else None

    def audio_facts(self, audio: Iterable[int]) -> dict[int, tuple[str, float]]:
        """Return the hash and the duration in seconds of audio, by id."""
        query = "SELECT id, audio_hash, duration FROM audio WHERE id IN ({})"
        return {row[0]: (row[1], row[2]) for row in self.read_batches(query, sorted(set(audio)))}

    def add_audio(self, audio_hash: str, duration: float, features: Mapping[str, FeatureBlob]) -> int:
        """Add an audio, or replace its features; predictions from other features are deleted.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets.
        duration : float
            Duration in seconds.
        features : mapping of str to FeatureBlob
            By feature set.

        Returns
        -------
        int
            Id of the audio.
        """
        self.write("INSERT OR IGNORE INTO audio (audio_hash, duration) VALUES (?, ?)", audio_hash, duration)
        audio = self.audio_id(audio_hash)
        assert audio is not None
        rows = self.read("SELECT kind, version, excerpts, vectors FROM features WHERE audio = ?", audio)
        stored = {row[0]: row[1:] for row in rows}
        # Predictions from equal features stay valid; a user may also go back to the models that made them.
        changed = any(stored.get(kind) != tuple(blob) for kind, blob in features.items())
        for kind, blob in features.items():
            self.write("REPLACE INTO features VALUES (?, ?, ?, ?, ?)", audio, kind, *blob)
        if changed:
            self.write("DELETE FROM prediction WHERE audio = ?", audio)
        return audio

    def add_prediction(self, audio: int, model: str, prediction: Prediction) -> None:
        """Add or replace the prediction of a pair of models for an audio."""
        point = (prediction.valence, prediction.arousal, prediction.threshold)
        deviations = (prediction.valence_sd, prediction.arousal_sd)
        values = (audio, model, *point, *prediction.probabilities, time.time(), *deviations)
        self.write(f"REPLACE INTO prediction VALUES ({','.join('?' * len(values))})", *values)

    def set_file(self, key: bytes, stat: FileStat, audio: int, tags: BasicTags | None = None) -> None:
        """Record a file with its audio; emotag's tags in it have to be checked.

        Parameters
        ----------
        key : bytes
            The file.
        stat : FileStat
            The file when it was read.
        audio : int
            Id of its audio.
        tags : BasicTags, optional
            Its title, artist, album and genres; by default they are read when a command needs them.
        """
        columns = f"{FILE_COLUMNS}, {TAG_COLUMNS}"
        query = f"REPLACE INTO file ({columns}) VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL, ?, 0, ?, ?, ?, ?)"
        self.write(query, key, *stat, audio, time.time(), *tag_values(tags))

    def set_tags(self, key: bytes, tags: BasicTags) -> None:
        """Record title, artist, album and genres of a file that the store has."""
        query = f"UPDATE file SET ({TAG_COLUMNS}) = (?, ?, ?, ?) WHERE path = ?"
        self.write(query, *tag_values(tags), key)

    def set_failure(self, key: bytes, stat: FileStat, kind: str, message: str, attempts: int = 0) -> None:
        """Record a file that could not be analysed.

        Parameters
        ----------
        key : bytes
            The file.
        stat : FileStat
            The file when it failed.
        kind, message : str
            As in `tagger.errors.Failure`.
        attempts : int
            Number of scans in a row in which it failed, for failures that are tried again.
        """
        query = f"REPLACE INTO file ({FILE_COLUMNS}) VALUES (?, ?, ?, ?, NULL, ?, ?, NULL, ?, ?)"
        self.write(query, key, *stat, kind, message, time.time(), attempts)

    def set_tags_current(self, key: bytes, stat: FileStat, settings: str) -> None:
        """Record that the tags of a file agree with some settings.

        Parameters
        ----------
        key : bytes
            The file.
        stat : FileStat
            The file after its tags were written.
        settings : str
            Models and options.
        """
        query = "UPDATE file SET size = ?, mtime_ns = ?, inode = ?, tags_current = ?, seen = ? WHERE path = ?"
        self.write(query, *stat, settings, time.time(), key)

    def mark_changed(self, key: bytes) -> None:
        """Record that a file has changed, so that the next scan checks it again."""
        self.write("UPDATE file SET mtime_ns = 0, tags_current = NULL WHERE path = ?", key)

    def add_write(self, after: str, audio_hash: str, path: bytes, record: bytes) -> None:
        """Record a write of tags, or an undo, as the last one; an equal record is moved to the end.

        Parameters
        ----------
        after : str
            Hash of the whole file after the write; empty for an undo.
        audio_hash : str
            Hash of its audio packets.
        path : bytes
            Key of the file.
        record : bytes
            The `WriteRecord` as JSON.
        """
        self.write("DELETE FROM written WHERE after = ? AND path = ? AND record = ?", after, path, record)
        query = "INSERT INTO written (after, audio_hash, path, record) VALUES (?, ?, ?, ?)"
        self.write(query, after, audio_hash, path, record)

    def writes_resulting_in(self, after: str) -> list[tuple[bytes, bytes]]:
        """Return key and record of the writes after which the whole file had a hash, in their order."""
        rows = self.read("SELECT path, record FROM written WHERE after = ? ORDER BY id", after)
        return [(path, record) for path, record in rows]

    def writes_to_audio(self, audio_hash: str) -> list[tuple[bytes, bytes]]:
        """Return key and record of the writes to all files of an audio, in their order."""
        rows = self.read("SELECT path, record FROM written WHERE audio_hash = ? ORDER BY id", audio_hash)
        return [(path, record) for path, record in rows]

    def written_paths(self) -> set[bytes]:
        """Return the keys of all files with records of writes."""
        return {path for (path,) in self.read("SELECT DISTINCT path FROM written")}

    def remove_missing_files(self, root: bytes, seen: Set[bytes] = frozenset()) -> int:
        """Remove the files below a folder that no longer exist, although the folder they were in does.

        Files of a drive that is not mounted stay, because their folders do not exist either. Audio, features and
        predictions stay, for files that come back under another name.

        Parameters
        ----------
        root : bytes
            Key of the folder.
        seen : set of bytes
            Keys of files of the store that are known to exist.

        Returns
        -------
        int
            Number of removed files.
        """
        prefix = root.rstrip(b"/") + b"/"
        below = (prefix, prefix[:-1] + b"0")
        count = self.read("SELECT count(*) FROM file WHERE path > ? AND path < ?", *below)[0][0]
        if count == sum(map(methodcaller("startswith", prefix), seen)):
            return 0
        with store_errors(self.path):
            rows = self.database.execute("SELECT path FROM file WHERE path > ? AND path < ?", below)
            unseen = [path for (path,) in rows if path not in seen]
        missing = [path for path in unseen if _is_missing(path)]
        for path in missing:
            self.write("DELETE FROM file WHERE path = ?", path)
        return len(missing)

    def prune(self) -> tuple[int, int]:
        """Remove the files that no longer exist, and then the audio that no file has; return the numbers of both."""
        files = self.remove_missing_files(b"/")
        orphans = "SELECT id FROM audio WHERE id NOT IN (SELECT audio FROM file WHERE audio IS NOT NULL)"
        for table in ("features", "prediction"):
            self.write(f"DELETE FROM {table} WHERE audio IN ({orphans})")
        self.write(f"DELETE FROM written WHERE audio_hash IN (SELECT audio_hash FROM audio WHERE id IN ({orphans}))")
        audio = self.write(f"DELETE FROM audio WHERE id IN ({orphans})")
        self.commit()
        self.read("VACUUM")
        return files, audio

    def size(self) -> StoreSize:
        """Return the numbers of entries and the size of the database file."""
        queries = (
            "SELECT count(*) FROM file",
            "SELECT count(*) FROM file WHERE failure IS NOT NULL",
            "SELECT count(*) FROM audio",
            "SELECT count(DISTINCT audio) FROM features",
            "SELECT count(*) FROM prediction",
        )
        files, failed, audio, analysed, predictions = (self.read(query)[0][0] for query in queries)
        with store_errors(self.path):
            file_size = os.path.getsize(self.path) if self.path else 0
        return StoreSize(files, failed, audio, analysed, predictions, file_size)

    def check(self) -> list[str]:
        """Check the integrity of the database; return a message for each problem."""
        problems = [str(row[0]) for row in self.read("PRAGMA integrity_check") if row[0] != "ok"]
        dangling = self.read("PRAGMA foreign_key_check")
        return problems + [f"a row of {table} refers to a missing {parent}" for table, _, parent, _ in dangling]


def _is_missing(path: bytes) -> bool:
    """Return whether a file does not exist in a folder that exists; False if the folder cannot be searched."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return os.path.isdir(os.path.dirname(path))
    except OSError:
        return False
    return False

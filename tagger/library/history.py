"""The records of emotag's tag writes, from which undo restores a file.

Each write of tags makes one `WriteRecord`: hashes of the whole file before and after the write, the values of emotag's
tag fields before and after it, and a delta from the new file to the old one. Undo uses the records in two ways:

By content, to restore a file to the byte (`History.write_finder`). A record applies to a file if the hash of the whole
file equals the record's `after`. If several records apply, those of one group are used, the first that is not empty:

1. records whose path is that of the file;
2. records whose path no longer exists: the file has been moved;
3. all other records: the file is a copy.

By audio, to restore emotag's fields one by one if another program has changed the file since
(`History.fields_matching_file`). The records of all files with the same audio are grouped by path. The records of the
file's own path apply. If there are none, those of a path that no longer exists apply, or else those of another file:
they must include a write with the same valence, arousal and marker as the file has now. If the records of several paths
do and lead to different earlier values, none applies.

Records stay in the store after an undo, because a copy or a backup of the file may still need them. An undo is recorded
as one more write, whose new fields have no marker.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from tagger.errors import StoreError, TagError
from tagger.library import journal
from tagger.library.store import Store
from tagger.tags.write_record import FieldHistory, FieldValues, WriteRecord

COMMIT_SECONDS = 2.0
"""Seconds of recorded undos that a crash may lose."""


class _AudioRecords(NamedTuple):
    """The records of all files with the same audio, each list in the order of the writes.

    Attributes
    ----------
    own : list of WriteRecord
        Records of the file itself.
    missing : list of list of WriteRecord
        Records of each path that no longer exists and whose last write has not been undone.
    existing : list of list of WriteRecord
        Records of each other path that exists.
    """

    own: list[WriteRecord]
    missing: list[list[WriteRecord]]
    existing: list[list[WriteRecord]]


class History:
    """The records of a store and of its journal.

    Parameters
    ----------
    store : Store
        The library database.
    folder : str
        Directory of the journal; empty for none.

    Attributes
    ----------
    uncommitted_entries : list of str
        Names of journal entries that the store has received and that the next commit makes superfluous.
    unmatched : bool
        Whether the last call of `fields_matching_file` found no record of a marked file, or none of its first write.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self.store, self.folder = store, folder
        self.uncommitted_entries: list[str] = []
        self.unmatched = False
        # The last file that `fields_matching_file` was called for; `record_undo` uses them.
        self._audio_hash = ""
        self._moved_from: str | None = None
        self._written_paths: set[bytes] | None = None

    def recover_journal(self) -> list[str]:
        """Move the journal entries of an interrupted scan into the store.

        Returns
        -------
        list of str
            A message for each damaged entry.

        Raises
        ------
        StoreError
            If the journal cannot be read.
        """
        messages = []
        try:
            for name, data in journal.pending(self.folder):
                try:
                    self.add(WriteRecord.from_bytes(data), data)
                except ValueError:
                    kept = journal.quarantine(self.folder, name)
                    messages.append(f"{kept}: damaged record of a tag write, kept under this name; undo cannot use it")
                else:
                    self.uncommitted_entries.append(name)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot use the journal ({error.strerror or error})") from None
        self.store.commit()
        self.discard_committed()
        return messages

    def add(self, record: WriteRecord, data: bytes) -> None:
        """Add a record to the store.

        Parameters
        ----------
        record : WriteRecord
            The record.
        data : bytes
            The record as `WriteRecord.to_bytes` or an earlier version encoded it.
        """
        self.store.add_write(record.after, record.audio_hash, os.fsencode(record.path), data)

    def discard_committed(self) -> None:
        """Remove from the journal the entries that the store has; call it after a commit."""
        for name in self.uncommitted_entries:
            journal.discard(self.folder, name)
        self.uncommitted_entries.clear()

    def write_finder(self, path: str) -> Callable[[str], WriteRecord | None]:
        """Return a function that finds the write that made the content of a file.

        Parameters
        ----------
        path : str
            The file; symbolic links are followed.

        Returns
        -------
        callable
            From the hash of the whole file to a record with a delta, or None.
        """
        key = os.fsencode(os.path.realpath(path))

        def find(content_hash: str) -> WriteRecord | None:
            rows = _decode(self.store.writes_resulting_in(content_hash))
            restorable = [(record_key, record) for record_key, record in rows if record.delta]
            groups = (
                [record for record_key, record in restorable if record_key == key],
                [record for record_key, record in restorable if not os.path.lexists(record_key)],
                [record for _, record in restorable],
            )
            records = next(filter(None, groups), [])
            # A write to a file without a marker leads to the original in one step.
            first_writes = [record for record in records if not record.old["marker"]]
            return (first_writes or records)[-1] if records else None

        return find

    def fields_matching_file(self, audio_hash: str, path: str) -> FieldHistory | None:
        """Return emotag's fields before its first write to a file and after the write that the file shows.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets of the file.
        path : str
            Absolute path of the file, without symbolic links.

        Returns
        -------
        FieldHistory or None
            None if no record matches the file, or if its tags cannot be read.
        """
        from tagger.tags.reader import read_fields

        self._audio_hash, self._moved_from = audio_hash, None
        try:
            current = read_fields(path)
        except TagError:
            return None
        if not current["marker"]:
            return self.latest_fields(audio_hash, os.fsencode(path))
        records = self._records_of_audio(audio_hash, os.fsencode(path))
        history = _matching_history(records.own, current)
        if history is None:
            for groups in (records.missing, records.existing):
                histories = {group[0].path: _matching_history(group, current, exact=True) for group in groups}
                # Groups with the same earlier values count as one.
                sources = {repr(sorted(found.before.items())): path for path, found in histories.items() if found}
                if len(sources) == 1:
                    (source,) = sources.values()
                    history = histories[source]
                    self._moved_from = source if groups is records.missing else None
                    break
        self.unmatched = history is None or bool(history.before["marker"])
        return history

    def latest_fields(self, audio_hash: str, key: bytes) -> FieldHistory | None:
        """Return emotag's fields before its first write to a file and after its last one, from the records alone.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets of the file.
        key : bytes
            Absolute path of the file, without symbolic links.

        Returns
        -------
        FieldHistory or None
            None if there is no record, or if the last write has been undone.
        """
        own, missing, _ = self._records_of_audio(audio_hash, key)
        records = own or (missing[0] if len(missing) == 1 else [])
        if not records or not records[-1].new["marker"]:
            return None
        return _matching_history(records, records[-1].new)

    def may_be_unmarked(self, path: str) -> bool:
        """Return whether emotag may have written to a file that has no marker.

        Parameters
        ----------
        path : str
            Absolute path of the file, without symbolic links.
        """
        key = os.fsencode(path)
        audio_hash = self.store.audio_hash(key)
        return audio_hash is None or self.latest_fields(audio_hash, key) is not None

    def has_write(self, path: str) -> bool:
        """Return whether the store has the record of a write to a file.

        Parameters
        ----------
        path : str
            The file; symbolic links are followed.
        """
        if self._written_paths is None:
            self._written_paths = self.store.written_paths()
        return os.fsencode(os.path.realpath(path)) in self._written_paths

    def record_undo(self, path: str, undone: Sequence[WriteRecord], old: FieldValues, new: FieldValues) -> None:
        """Record that the writes to a file were undone, and that the next scan is to check its tags.

        Parameters
        ----------
        path : str
            The file, for which `fields_matching_file` was called last, if at all.
        undone : sequence of WriteRecord
            Writes that were undone to the byte.
        old, new : dict of str to tuple of str
            Values of emotag's fields before and after the undo.
        """
        target = os.path.realpath(path)
        audio_hash = undone[0].audio_hash if undone else self._audio_hash
        if audio_hash and not new["marker"]:
            for recorded_path in dict.fromkeys((target, self._moved_from or target)):
                record = WriteRecord(recorded_path, audio_hash, "", "", old, new, b"")
                self.store.add_write("", audio_hash, os.fsencode(recorded_path), record.to_bytes())
        self._audio_hash, self._moved_from = "", None
        for known_path in {os.path.abspath(path), target}:
            self.store.mark_changed(os.fsencode(known_path))
        self.store.commit_after(COMMIT_SECONDS)

    def _records_of_audio(self, audio_hash: str, key: bytes) -> _AudioRecords:
        """Return the records of an audio, grouped by path; the other paths are not looked up if `own` has records."""
        groups: dict[bytes, list[WriteRecord]] = {}
        for record_key, record in _decode(self.store.writes_to_audio(audio_hash)):
            groups.setdefault(record_key, []).append(record)
        own = groups.pop(key, [])
        missing_keys = set() if own else {other for other in groups if not os.path.lexists(other)}
        # An undo that was recorded under a path that is missing happened where the file was moved to.
        missing = [groups[other] for other in groups if other in missing_keys and groups[other][-1].new["marker"]]
        return _AudioRecords(own, missing, [groups[other] for other in groups if other not in missing_keys])


def _decode(rows: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, WriteRecord]]:
    """Return the records of rows of path and data; damaged ones are left out."""
    records = []
    for key, data in rows:
        with suppress(ValueError):
            records.append((key, WriteRecord.from_bytes(data)))
    return records


def _matching_history(
    records: Sequence[WriteRecord], current: FieldValues, *, exact: bool = False
) -> FieldHistory | None:
    """Return emotag's fields before the first and after the last of the writes that led to the current fields.

    The last write is the most recent one that set the current valence, arousal and marker; else, unless `exact`, the
    most recent one that set the current marker; else the most recent one. From there the writes are followed back: each
    is preceded by the most recent earlier write that set the marker that it found.

    Parameters
    ----------
    records : sequence of WriteRecord
        The writes to one file, in their order.
    current : dict of str to tuple of str
        Values of emotag's fields in the file.
    exact : bool
        Require a write that set the current valence, arousal and marker.
    """
    writes = [i for i, record in enumerate(records) if record.new["marker"]]
    same_values = [
        i for i in writes if all(records[i].new[field] == current[field] for field in ("valence", "arousal", "marker"))
    ]
    same_marker = [i for i in writes if records[i].new["marker"] == current["marker"]]
    candidates = same_values or ([] if exact else same_marker or writes)
    if not candidates:
        return None
    first = last = candidates[-1]
    while records[first].old["marker"]:
        earlier = [i for i in range(first) if records[i].new["marker"] == records[first].old["marker"]]
        if not earlier:
            break
        first = earlier[-1]
    return FieldHistory(records[first].old, records[last].new)

"""What the library knows of emotag's writes: which bytes a file had before, and which of its values are emotag's.

A record belongs to the bytes that a write left, not to the audio: copies of one song are undone each for itself.
Records stay when a write was undone, because a copy or a backup of the file may still need them; the undoing is
recorded behind them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from tagger.errors import StoreError, TagError
from tagger.library import journal
from tagger.library.store import Store
from tagger.tags.write_record import FieldValues, WriteRecord

FieldSpan = tuple[FieldValues, FieldValues]
"""Our fields before the first write and after the last."""


class History:
    """The writes that a store and its journal have.

    Parameters
    ----------
    store : Store
        The store.
    folder : str
        Its journal; empty for none.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self.store, self.folder = store, folder
        self.noted: list[str] = []
        self._identity = ""
        self._moved_from: str | None = None
        self.unknown = False

    def recover_journal(self) -> list[str]:
        """Take into the store what a scan that was stopped left in the journal; return sentences about damaged notes.

        Raises
        ------
        StoreError
            If the journal cannot be used.
        """
        sentences = []
        try:
            for name, record in journal.pending(self.folder):
                try:
                    self.add(WriteRecord.from_bytes(record), record)
                except ValueError:
                    kept = journal.quarantine(self.folder, name)
                    sentences.append(f"{kept}: a damaged record of a write, kept under this name; undo cannot use it")
                else:
                    self.noted.append(name)
        except OSError as error:
            raise StoreError(f"{self.folder}: the journal cannot be used ({error.strerror or error})") from None
        self.store.commit()
        self.discard_committed()
        return sentences

    def add(self, written: WriteRecord, record: bytes) -> None:
        """Record a write in the store."""
        self.store.add_write(written.after, written.audio_hash, os.fsencode(written.path), record)

    def discard_committed(self) -> None:
        """Remove from the journal what is committed."""
        for name in self.noted:
            journal.discard(self.folder, name)
        self.noted.clear()

    def write_finder(self, path: str) -> Callable[[str], WriteRecord | None]:
        """Return what finds, for a file, the write that left it with the content of a hash."""
        key = os.fsencode(os.path.realpath(path))

        def found(after: str) -> WriteRecord | None:
            rows = [(place, record) for place, record in _loaded(self.store.writes_resulting_in(after)) if record.delta]
            places = (
                [record for place, record in rows if place == key],
                # Moved from where it was written; where that file is still there, this one is rather a copy.
                [record for place, record in rows if not os.path.lexists(place)],
                [record for _, record in rows],
            )
            records = next(filter(None, places), [])
            # The shortest way back: to a file that emotag had not written to.
            first = [record for record in records if not record.old["marker"]]
            return (first or records)[-1] if records else None

        return found

    def field_span(self, audio_hash: str, path: str) -> FieldSpan | None:
        """Return our fields before the first write to a file and after the last that it shows."""
        from tagger.tags.reader import read_fields

        self._identity, self._moved_from = audio_hash, None
        try:
            now = read_fields(path)
        except TagError:
            return None
        own, gone, others = self._records(audio_hash, os.fsencode(path))
        if not now["marker"]:
            return self.last_span(audio_hash, os.fsencode(path))
        found = _span(own, now)
        if found is None:
            for group in (gone, others):
                spans = {records[0].path: _span(records, now, exactly=True) for records in group}
                different = {repr(sorted(span[0].items())): path for path, span in spans.items() if span is not None}
                if len(different) == 1:
                    (path,) = different.values()
                    found = spans[path]
                    self._moved_from = path if group is gone else None
                    break
        self.unknown = found is None or bool(found[0]["marker"])
        return found

    def last_span(self, audio_hash: str, key: bytes) -> FieldSpan | None:
        """Return our fields before the first write to a file and after the last one, unless that was undone."""
        own, gone, _ = self._records(audio_hash, key)
        records = own or (gone[0] if len(gone) == 1 else [])
        if not records or not records[-1].new["marker"]:
            return None
        return _span(records, records[-1].new)

    def may_be_unmarked(self, path: str) -> bool:
        """Tell whether emotag may have written to a file that has no marker."""
        key = os.fsencode(path)
        audio_hash = self.store.audio_hash(key)
        return audio_hash is None or self.last_span(audio_hash, key) is not None

    def _records(
        self, audio_hash: str, key: bytes
    ) -> tuple[list[WriteRecord], list[list[WriteRecord]], list[list[WriteRecord]]]:
        """Return the writes of an audio: to a file, to each that is gone, and to each that is there."""
        of: dict[bytes, list[WriteRecord]] = {}
        for place, record in _loaded(self.store.writes_of(audio_hash)):
            of.setdefault(place, []).append(record)
        own = of.pop(key, [])
        there = {place: os.path.lexists(place) for place in of} if not own else {}
        gone = [
            records
            for place, records in of.items()
            if not there.get(place, True) and records[-1].new["marker"]  # not undone where it was moved to
        ]
        return own, gone, [records for place, records in of.items() if there.get(place, True)]

    def record_undo(self, path: str, undone: Sequence[WriteRecord], old: FieldValues, new: FieldValues) -> None:
        """Record that the writes to a file were taken back, and that its tags agree with nothing any more."""
        target = os.path.realpath(path)
        audio_hash = undone[0].audio_hash if undone else self._identity
        if audio_hash and not new["marker"]:
            for place in dict.fromkeys((target, self._moved_from or target)):
                record = WriteRecord(place, audio_hash, "", "", old, new, b"")
                self.store.add_write("", audio_hash, os.fsencode(place), record.to_bytes())
        self._identity, self._moved_from = "", None
        for each in {os.path.abspath(path), target}:
            self.store.set_changed(os.fsencode(each))
        self.store.commit_after(2)


def _loaded(rows: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, WriteRecord]]:
    """Return the records that can be read."""
    found = []
    for place, record in rows:
        with suppress(ValueError):
            found.append((place, WriteRecord.from_bytes(record)))
    return found


def _span(records: Sequence[WriteRecord], now: FieldValues, *, exactly: bool = False) -> FieldSpan | None:
    """Return our fields before the first and after the last of the writes that led to what a file shows.

    Parameters
    ----------
    records : sequence of Written
        The writes to one file, in their order.
    now : Values
        Its fields.
    exactly : bool
        Only where the fields but for the moods are those of a write.
    """
    rest = ("valence", "arousal", "marker")
    written = [n for n, record in enumerate(records) if record.new["marker"]]
    alike = [n for n in written if all(records[n].new[field] == now[field] for field in rest)]
    marked = [n for n in written if records[n].new["marker"] == now["marker"]]
    chosen = alike or ([] if exactly else marked or written)
    if not chosen:
        return None
    first = last = chosen[-1]
    while records[first].old["marker"]:
        earlier = [n for n in range(first) if records[n].new["marker"] == records[first].old["marker"]]
        if not earlier:
            break
        first = earlier[-1]
    return records[first].old, records[last].new

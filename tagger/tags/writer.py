"""Write the tags of a file, completely or not at all, and undo it.

A hidden copy next to the file is changed and checked, and only then replaces the file. Whatever interrupts a write, the
file has its old or its new content. Changes that another program makes in the meantime are never lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from tagger.emotions import Emotion
from tagger.errors import AudioError, TagError
from tagger.io import disk
from tagger.tags import atomic, delta, metadata, ownership
from tagger.tags.container import Container, tag_errors
from tagger.tags.containers import open_container
from tagger.tags.delta import content_hash
from tagger.tags.delta_matching import BLOCK
from tagger.tags.planning import Change, change_between, plan_change
from tagger.tags.prepared_copy import PreparedCopy
from tagger.tags.reader import container_fields
from tagger.tags.write_record import FieldHistory, FieldValues, WriteRecord

FindRecord = Callable[[str], WriteRecord | None]
"""Returns the write after which a file had a content hash, if it is known."""

FindHistory = Callable[[str, str], FieldHistory | None]
"""Returns the recorded writes to a file, by audio hash and absolute path."""


def write(
    path: str,
    emotion: Emotion,
    maker: str,
    *,
    policy: str = "merge",
    preserve_mtime: bool = False,
    audio_hash: str | None = None,
    save_record: Callable[[WriteRecord], object] | None = None,
    history: FieldHistory | None = None,
    journal: str = "",
) -> Change:
    """Write an emotion into the tags of a file, unless they contain it already.

    Parameters
    ----------
    path : str
        The file; a symbolic link is followed.
    emotion : Emotion
        The moods, valence and arousal to write.
    maker : str
        Tool and models, for the marker.
    policy : str
        How to treat moods of other programs: ``merge`` adds emotag's after them, ``replace`` removes them,
        ``keep`` adds none if there are any.
    preserve_mtime : bool
        Keep the modification time.
    audio_hash : str, optional
        Hash of the file's audio, if it is known.
    save_record : callable, optional
        Called with the record for undo before the file is changed.
    history : FieldHistory, optional
        The recorded writes to this file, from the library: emotag's moods are then recognised even if another program
        dropped the marker.
    journal : str
        Folder for the record of a write in place; by default that of the user's own library.

    Returns
    -------
    Change

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    IncompleteWrite
        If the file is written in part; a later scan finishes the write.
    TagError
        For any other reason; the file is unchanged.
    """
    real_path = os.path.realpath(path)
    with tag_errors(), atomic.exclusive_lock(real_path) as handle:
        status = metadata.check_writable(real_path, handle)
        container = open_container(real_path)
        change = plan_change(container, path, emotion, maker, policy, history)
        if not change.changed:
            return change
        with atomic.temporary_copy(real_path, handle) as copy:
            # Plan again from the copy: the file may have changed since it was opened.
            container = container.reopen(copy.open_path)
            change = plan_change(container, path, emotion, maker, policy, history)
            if not change.changed:
                return change
            audio = _edit_copy(container, copy, real_path, change.new, audio_hash)
            prepared = PreparedCopy(copy, real_path, handle, status, preserve_mtime, journal)
            if save_record is not None:
                old = change.old
                if history is not None and not old["marker"] and ownership.split_moods(old, history).ours:
                    old["marker"] = history.after["marker"]  # another program dropped it
                undo_delta = prepared.undo_delta()
                record = WriteRecord(real_path, audio, copy.before, prepared.after, old, change.new, undo_delta)
                save_record(record)
            prepared.install()
    return change


def revert(
    path: str,
    find_record: FindRecord,
    find_history: FindHistory,
    *,
    may_be_unmarked: Callable[[str], bool] = lambda path: False,
    dry_run: bool = False,
    preserve_mtime: bool = False,
    journal: str = "",
) -> tuple[Change, list[WriteRecord]]:
    """Undo `write`: byte for byte if the file was not changed since, otherwise field by field.

    Parameters
    ----------
    path : str
        The file; a symbolic link is followed.
    find_record : callable
        Returns the write after which a file had a content hash, if it is known.
    find_history : callable
        Returns the recorded writes to a file, by audio hash and absolute path. If there are none, the moods that the
        marker names are removed.
    may_be_unmarked : callable
        Returns whether emotag may have written to a file (absolute path) that has no marker.
    dry_run : bool
        Return the change without writing it.
    preserve_mtime : bool
        Keep the modification time.
    journal : str
        As for `write`.

    Returns
    -------
    Change
        Without changes if emotag did not write to the file.
    list of WriteRecord
        The writes that were undone byte for byte.

    Raises
    ------
    NotTaggable, IncompleteWrite, TagError
        As for `write`.
    """
    from tagger.audio.decode import hash_audio

    real_path = os.path.realpath(path)
    with tag_errors(), atomic.exclusive_lock(real_path) as handle:
        container = open_container(real_path)
        old = container_fields(container)
        unchanged = change_between(path, old, old)
        marked = bool(old["marker"])
        if not marked and not (any(old.values()) and may_be_unmarked(real_path)):
            return unchanged, []
        try:
            audio = hash_audio(real_path)
        except AudioError as error:
            if not marked:
                return unchanged, []
            raise TagError(f"not undone: {error}") from None
        if not marked and find_history(audio, real_path) is None:
            return unchanged, []
        status = metadata.check_writable(real_path, handle)
        with atomic.temporary_copy(real_path, handle) as copy:
            undone = _restore_bytes(copy, audio, find_record)
            container = container.reopen(copy.open_path)
            new = container_fields(container)
            fields_written = new["marker"] or not undone or undone[-1].old["marker"]
            history = find_history(audio, real_path) if fields_written else None
            if not (new["marker"] or history or undone):
                return unchanged, []
            if new["marker"] or history:
                new = ownership.fields_without_ours(new, history)
                if not undone and new == old:
                    return unchanged, []
                _edit_copy(container, copy, real_path, new, audio)
            if not dry_run:
                PreparedCopy(copy, real_path, handle, status, preserve_mtime, journal).install()
    return change_between(path, old, new), undone


def _restore_bytes(copy: atomic.TemporaryCopy, audio: str, find_record: FindRecord) -> list[WriteRecord]:
    """Undo writes byte for byte, from the last one, as long as the copy has the content that a write produced."""
    from tagger.audio.decode import hash_audio

    undone: list[WriteRecord] = []
    contents = {copy.before}
    while (record := find_record(undone[-1].before if undone else copy.before)) and record.delta:
        if record.before in contents:
            break
        earlier = f"{copy.path}.earlier"
        try:
            # Like the copy, it can be read only by the user who runs emotag.
            os.close(os.open(earlier, os.O_CREAT | os.O_EXCL | os.O_WRONLY | disk.O_BINARY, 0o600))
            delta.apply_delta(record.delta, copy.open_path, earlier)
            if content_hash(earlier) != record.before or hash_audio(earlier) != audio:
                break
            with open(earlier, "rb") as source, open(copy.open_path, "r+b") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                target.truncate()
        except (ValueError, AudioError):  # a damaged record; the caller continues field by field
            break
        finally:
            with suppress(FileNotFoundError):
                os.unlink(earlier)
        undone.append(record)
        contents.add(record.before)
    return undone


def _edit_copy(
    container: Container, copy: atomic.TemporaryCopy, path: str, values: FieldValues, audio_hash: str | None
) -> str:
    """Write values into a copy and check the result; return the hash of the audio."""
    other_tags = container.other_tags()
    _write_values(container, copy.open_path, values)
    return _check(container.reopen(copy.open_path), copy.open_path, path, values, other_tags, audio_hash)


def _write_values(container: Container, copy: str, values: Mapping[str, tuple[str, ...]]) -> None:
    for field, new in values.items():
        container.put(field, new)
    container.save(copy)


def _check(
    written: Container,
    copy: str,
    path: str,
    values: Mapping[str, tuple[str, ...]],
    other_tags: object,
    audio_hash: str | None,
) -> str:
    """Raise an error if a copy's audio or other tags differ from the file's, or its fields from the values."""
    from tagger.audio.decode import hash_audio

    if any(written.get(field) != new for field, new in values.items()):
        raise TagError("not tagged: the container did not keep the values written")
    if written.other_tags() != other_tags:
        raise TagError("not tagged: other tags would have changed")
    try:
        audio = audio_hash or hash_audio(path)
        if hash_audio(copy) != audio:
            raise TagError("not tagged: the audio would have changed")
    except AudioError as error:
        raise TagError(f"not tagged: {error}") from None
    return audio

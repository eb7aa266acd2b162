"""Finish the writes in place that a crash interrupted.

Only writes with a record in the user's own journal (`tagger.tags.in_place`) are finished, links are not followed, and
the file must have its old content, its new content, or a mixture of both. Files in a folder of music are not trusted.
"""

from __future__ import annotations

import base64
import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, NamedTuple

from tagger.io import disk
from tagger.tags import delta, metadata
from tagger.tags.atomic import descriptor_hash, descriptor_path
from tagger.tags.delta_matching import BLOCK
from tagger.tags.in_place import RECORD_SUFFIX, JournalRecord, copy_content, discard_record

DAMAGED_SUFFIX = ".damaged"
"""Suffix of damaged records, which are kept."""

PAGE = 4096
"""Bytes that a system writes to a disk in one piece, at most."""

MAX_RECORD_BYTES = 2 * delta.MAX_DELTA_BYTES


class Recovered(NamedTuple):
    """The result of recovering an interrupted write.

    Attributes
    ----------
    path : str
        The file.
    changed : bool
        Whether its content was changed.
    message : str
        A sentence for the user.
    """

    path: str
    changed: bool
    message: str


def recover(journal: str) -> list[Recovered]:
    """Finish the writes that have a record in a journal, if the result is certain to be right.

    Parameters
    ----------
    journal : str
        The folder; ignored if it does not exist or belongs to another user.

    Returns
    -------
    list of Recovered
        The writes that were finished, and those that could not be.
    """
    try:
        names = [name for name in sorted(os.listdir(journal)) if name.endswith((RECORD_SUFFIX, f"{RECORD_SUFFIX}.tmp"))]
        if not names:
            return []
        disk.make_private_folder(journal)
    except OSError:
        return []
    results = []
    for name in names:
        path = os.path.join(journal, name)
        with suppress(OSError):
            handle = disk.open_without_links(path, os.O_RDWR)
            try:
                if _try_lock(handle):
                    results += _recover_record(path, handle)
            finally:
                os.close(handle)
    return results


def _try_lock(handle: int) -> bool:
    """Lock a file; return whether no writer has it. Without locks no writer can run, since only one scan runs."""
    try:
        disk.lock(handle)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)
    return True


def _recover_record(path: str, handle: int) -> list[Recovered]:
    """Finish the write of one record."""
    if path.endswith(".tmp"):
        os.unlink(path)
        return []
    try:
        with open(handle, "rb", closefd=False) as file:
            file.seek(0)
            record = JournalRecord.from_bytes(file.read(MAX_RECORD_BYTES))
        undo_delta = base64.b64decode(record.difference, validate=True)
    except ValueError:
        os.rename(path, path + DAMAGED_SUFFIX)
        return [Recovered(path + DAMAGED_SUFFIX, False, "a damaged record of the journal; kept under this name")]
    target = _open_target(record)
    if target is None:
        if not os.path.isdir(os.path.dirname(record.target)):
            return []  # the drive may not be connected
        if not os.path.lexists(record.copy):
            os.unlink(path)
            return []
        return [_not_finished(record, "the file was moved or replaced")]
    try:
        if not _try_lock(target):
            return []
        return _finish_write(path, record, undo_delta, target)
    finally:
        os.close(target)


def _not_finished(record: JournalRecord, reason: str) -> Recovered:
    message = f"an interrupted write was not finished ({reason}); the finished copy is {record.copy}"
    return Recovered(record.target, False, message)


def _open_target(record: JournalRecord) -> int | None:
    """Open the file of a record, by its name or by another name in its folder."""
    folder = os.path.dirname(record.target)
    names = [record.target]
    with suppress(OSError), os.scandir(folder) as entries:
        names += [entry.path for entry in entries if entry.inode() == record.inode and entry.path != record.copy]
    for name in names:
        with suppress(OSError):
            handle = disk.open_without_links(name, os.O_RDWR)
            status = os.fstat(handle)
            same_file = (status.st_ino, status.st_uid) == (record.inode, record.owner)
            # The device number may be another one after a drive is connected again: then the name must be the same.
            if same_file and (status.st_dev == record.device or name == record.target):
                return handle
            os.close(handle)
    return None


def _finish_write(path: str, record: JournalRecord, undo_delta: bytes, target: int) -> list[Recovered]:
    """Finish a write, if the file and the copy are those of the record."""
    current = descriptor_hash(target)
    complete = current in (record.before, record.after)
    try:
        copy = disk.open_without_links(record.copy, os.O_RDONLY)
    except FileNotFoundError:
        os.unlink(path)
        if complete:
            return []
        reason = "the finished copy is gone; check that the song is complete"
        return [Recovered(record.target, False, f"an interrupted write could not be finished ({reason})")]
    except OSError:
        return [_not_finished(record, "the copy is not a regular file")]
    try:
        user = os.geteuid() if hasattr(os, "geteuid") else None
        if user is not None and os.fstat(copy).st_uid != user:
            return [_not_finished(record, "the copy belongs to another user")]
        if descriptor_hash(copy) != record.after:
            return [_not_finished(record, "the copy is not what was written")]
        if not complete:
            if not _is_partly_written(target, copy, record, undo_delta):
                return [_not_finished(record, "the file was changed since")]
            status = os.fstat(target)
            copy_content(copy, target)
            metadata.restore_mode(target, status)
        discard_record(record.copy, path)
    finally:
        os.close(copy)
    return [] if complete else [Recovered(record.target, True, "finished a write that was interrupted")]


def _is_partly_written(target: int, copy: int, record: JournalRecord, undo_delta: bytes) -> bool:
    """Return whether each page of a file is from its old or its new content, as after an interrupted write."""
    copy_path = descriptor_path(copy, record.copy)
    with (
        open(target, "rb", closefd=False) as current,
        open(copy, "rb", closefd=False) as new,
        open(copy_path, "rb") as base,
    ):
        current.seek(0)
        new.seek(0)
        try:
            if delta.restored_hash(undo_delta, copy_path) != record.before:
                return False
            sizes = sum(len(part) for part in delta.restore(undo_delta, base)), os.fstat(copy).st_size
            if not min(sizes) <= os.fstat(target).st_size <= max(sizes):
                return False
            return _is_mixture(current, new, _ZeroPaddedReader(delta.restore(undo_delta, base)))
        except ValueError:
            return False


class _ZeroPaddedReader:
    """Reads parts as if they were a file that is followed by zeros."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts, self.data = parts, b""

    def read(self, length: int) -> bytes:
        """Return the next bytes."""
        while len(self.data) < length:
            part = next(self.parts, None)
            if part is None:
                self.data += bytes(length - len(self.data))
            else:
                self.data += part
        data, self.data = self.data[:length], self.data[length:]
        return data


def _is_mixture(current: IO[bytes], new: IO[bytes], old: _ZeroPaddedReader) -> bool:
    """Return whether each page of a file is that of its new or its old content, or a torn page."""
    while block := current.read(BLOCK):
        new_block, old_block = new.read(len(block)), old.read(len(block))
        if block in (new_block, old_block):
            continue
        for start in range(0, len(block), PAGE):
            page, new_page, old_page = (data[start : start + PAGE] for data in (block, new_block, old_block))
            if page not in (new_page, old_page) and not _is_torn(page, new_page, old_page):
                return False
    return True


def _is_torn(page: bytes, new: bytes, old: bytes) -> bool:
    """Return whether a page begins with the new content and continues with the old one."""
    equal = next((n for n, (a, b) in enumerate(zip(page, new, strict=False)) if a != b), min(len(page), len(new)))
    return page[equal:] == old[equal:]

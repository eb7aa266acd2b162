"""Finish the writes into files that a crash interrupted.

Only what a record in the user's own journal says is finished (`tagger.tags.in_place`), no link is followed, and only if
the file is its old self, its new self, or partly written. Nothing in a folder of music is believed.
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
from tagger.tags.atomic import handle_hash
from tagger.tags.in_place import ENDING, Record, copy_into, discard_record

ASIDE = ".damaged"
"""How records end that cannot be read; they are kept."""

PAGE = 4096
"""Bytes that a system writes to a disk in one piece, at most."""

LONGEST_RECORD = 2 * delta.MAX_DELTA_BYTES


class Recovered(NamedTuple):
    """What became of an interrupted write: the file, whether its content changed, and a sentence for the user."""

    path: str
    mended: bool
    sentence: str


def recover(folder: str) -> list[Recovered]:
    """Finish the writes that the journal in a folder has records of, as far as that is certainly right.

    Parameters
    ----------
    folder : str
        The journal; one that is not there, or another user's, is left alone.
    """
    try:
        names = [name for name in sorted(os.listdir(folder)) if name.endswith((ENDING, f"{ENDING}.tmp"))]
        if not names:
            return []
        disk.make_private_folder(folder)
    except OSError:
        return []
    found = []
    for name in names:
        path = os.path.join(folder, name)
        with suppress(OSError):
            handle = disk.open_without_links(path, os.O_RDWR)
            try:
                if _locked(handle):
                    found += _recovered(path, handle)
            finally:
                os.close(handle)
    return found


def _locked(handle: int) -> bool:
    """Lock a file; tell whether its writer is dead, as it must be where there are no locks (one scan at a time)."""
    try:
        disk.lock(handle)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)
    return True


def _recovered(path: str, handle: int) -> list[Recovered]:
    if path.endswith(".tmp"):
        os.unlink(path)
        return []
    try:
        with open(handle, "rb", closefd=False) as file:
            file.seek(0)
            record = Record.loaded(file.read(LONGEST_RECORD))
        difference = base64.b64decode(record.difference, validate=True)
    except ValueError:
        os.rename(path, path + ASIDE)
        return [Recovered(path + ASIDE, False, "a record of the journal that cannot be read; kept under this name")]
    target = _opened_target(record)
    if target is None:
        if not os.path.isdir(os.path.dirname(record.target)):
            return []  # a drive that is not plugged in
        if not os.path.lexists(record.copy):
            os.unlink(path)
            return []
        return [_left(record, "the file was moved or replaced")]
    try:
        if not _locked(target):
            return []
        return _finished(path, record, difference, target)
    finally:
        os.close(target)


def _left(record: Record, why: str) -> Recovered:
    return Recovered(
        record.target, False, f"an interrupted write was not finished ({why}); the finished copy is {record.copy}"
    )


def _opened_target(record: Record) -> int | None:
    """Open the file of a record, by its name or by another one in its folder."""
    folder = os.path.dirname(record.target)
    names = [record.target]
    with suppress(OSError), os.scandir(folder) as entries:
        names += [entry.path for entry in entries if entry.inode() == record.inode and entry.path != record.copy]
    for name in names:
        with suppress(OSError):
            handle = disk.open_without_links(name, os.O_RDWR)
            status = os.fstat(handle)
            same = (status.st_ino, status.st_uid) == (record.inode, record.owner)
            # Device numbers change when a drive is plugged in again: then the name must be the same.
            if same and (status.st_dev == record.device or name == record.target):
                return handle
            os.close(handle)
    return None


def _finished(path: str, record: Record, difference: bytes, target: int) -> list[Recovered]:
    """Finish a write, if the file and the copy are what the record says."""
    now = handle_hash(target)
    try:
        copy = disk.open_without_links(record.copy, os.O_RDONLY)
    except FileNotFoundError:
        os.unlink(path)
        if now in (record.before, record.after):
            return []
        why = "the finished copy is gone; check that the song is whole"
        return [Recovered(record.target, False, f"an interrupted write could not be finished ({why})")]
    except OSError:
        return [_left(record, "the copy is not a regular file")]
    try:
        user = os.geteuid() if hasattr(os, "geteuid") else None
        if user is not None and os.fstat(copy).st_uid != user:
            return [_left(record, "the copy is another user's")]
        if handle_hash(copy) != record.after:
            return [_left(record, "the copy is not what was written")]
        if now not in (record.before, record.after):
            if not _partly_written(target, copy, record, difference):
                return [_left(record, "the file was changed since")]
            status = os.fstat(target)
            copy_into(copy, target)
            metadata.restore_mode(target, status)
        discard_record(record.copy, path)
    finally:
        os.close(copy)
    if now in (record.before, record.after):
        return []
    return [Recovered(record.target, True, "finished a write that was interrupted")]


def _partly_written(target: int, copy: int, record: Record, difference: bytes) -> bool:
    """Tell whether each page of a file is the old one's or the new one's, as an interrupted write leaves it."""
    with (
        open(target, "rb", closefd=False) as now,
        open(copy, "rb", closefd=False) as new,
        open(_reopened(record.copy, copy), "rb") as base,
    ):
        now.seek(0)
        new.seek(0)
        try:
            if delta.restored_hash(difference, _reopened(record.copy, copy)) != record.before:
                return False
            sizes = sum(len(part) for part in delta.restore(difference, base)), os.fstat(copy).st_size
            size = os.fstat(target).st_size
            if not min(sizes) <= size <= max(sizes):
                return False
            return _mixed(now, new, _Parts(delta.restore(difference, base)))
        except ValueError:
            return False


def _reopened(path: str, handle: int) -> str:
    own = f"/proc/self/fd/{handle}"
    return own if os.path.exists(own) else path


class _Parts:
    """Reads what is yielded in parts as if it were a file, followed by zeros."""

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


def _mixed(now: IO[bytes], new: IO[bytes], old: _Parts) -> bool:
    while block := now.read(delta.BLOCK):
        fresh, former = new.read(len(block)), old.read(len(block))
        if block in (fresh, former):
            continue
        for start in range(0, len(block), PAGE):
            page, written, kept = (each[start : start + PAGE] for each in (block, fresh, former))
            if page not in (written, kept) and not _begun(page, written, kept):
                return False
    return True


def _begun(page: bytes, written: bytes, kept: bytes) -> bool:
    """Tell whether a page begins as the new one and goes on as the old one."""
    equal = next(
        (n for n, (a, b) in enumerate(zip(page, written, strict=False)) if a != b), min(len(page), len(written))
    )
    return page[equal:] == kept[equal:]

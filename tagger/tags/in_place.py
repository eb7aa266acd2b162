"""Overwrite a file that cannot be replaced.

A file with several names (hard links), or one whose owner, mode or attributes cannot be copied, is overwritten with
the bytes of a finished copy. Before that, a record is written to the journal, a private folder of the user: the
paths of the file and the copy, and the hashes of the old and the new content. `tagger.tags.recovery` finishes an
interrupted write from this record.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, fields

from tagger.errors import TagError
from tagger.io import disk
from tagger.io.library_paths import default_journal
from tagger.tags import metadata
from tagger.tags.atomic import CHANGED_MESSAGE, TemporaryCopy, check_unchanged
from tagger.tags.delta_matching import BLOCK

RECORD_SUFFIX = ".fill"
"""Suffix of records in the journal."""


class IncompleteWrite(TagError):
    """A write that was interrupted by an error; the next scan finishes it, and it is recorded for undo."""


@dataclass(frozen=True)
class JournalRecord:
    """The record of a write in place. The names of the attributes are the keys of the JSON.

    Attributes
    ----------
    target, copy : str
        Absolute paths of the file and of the finished copy in its folder.
    device, inode, owner : int
        Of the file.
    before, after : str
        Hashes of the file's old and new content; the copy has the new one.
    difference : str
        Delta that restores the old content from the new one (`tagger.tags.delta`), in base64.
    """

    target: str
    copy: str
    device: int
    inode: int
    owner: int
    before: str
    after: str
    difference: str

    @classmethod
    def from_bytes(cls, data: bytes) -> JournalRecord:
        """Parse a record.

        Parameters
        ----------
        data : bytes
            JSON.

        Returns
        -------
        JournalRecord

        Raises
        ------
        ValueError
            If the record is damaged.
        """
        try:
            values = json.loads(data)
            record = cls(**values)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
        types = {"str": str, "int": int}
        if any(type(values[field.name]) is not types[str(field.type)] for field in fields(cls)):
            raise ValueError("a damaged record (a value of another type)")
        if not (os.path.isabs(record.target) and os.path.isabs(record.copy)):
            raise ValueError("a damaged record (a path that is not absolute)")
        return record


def overwrite_in_place(
    copy: TemporaryCopy,
    path: str,
    held: int,
    status: os.stat_result,
    after: str,
    delta: bytes,
    *,
    times: os.stat_result | None = None,
    journal: str = "",
) -> None:
    """Overwrite a file with the bytes of a finished copy that is flushed to disk; all its names keep the file.

    Parameters
    ----------
    copy : TemporaryCopy
        The copy, in the file's folder.
    path : str
        The file.
    held : int
        Descriptor of the file.
    status : os.stat_result
        Its metadata when it was read.
    after : str
        Hash of the copy.
    delta : bytes
        Restores the file from the copy.
    times : os.stat_result, optional
        The access and modification times to set.
    journal : str
        Folder for the record. The default, also if the folder does not exist on this machine, is `default_journal`.

    Raises
    ------
    IncompleteWrite
        If an error occurred after the first byte was written.
    TagError, OSError
        If an error occurred earlier; the file is unchanged.
    """
    encoded = base64.b64encode(delta).decode()
    recorded_path = copy.path_with_suffix(".whole")
    record = JournalRecord(
        path, recorded_path, status.st_dev, status.st_ino, status.st_uid, copy.before, after, encoded
    )
    record_path, record_handle = _create_record(
        record, journal if journal and os.path.isdir(journal) else default_journal()
    )
    begun = False
    try:
        copy.rename(recorded_path)
        disk.flush_folder(os.path.dirname(path))
        handle = disk.open_without_links(path, os.O_RDWR)
        try:
            if not os.path.samestat(os.fstat(handle), os.fstat(held)):
                raise TagError(CHANGED_MESSAGE)
            check_unchanged(path, held, status, copy.before)
            _reserve_space(handle, os.fstat(copy.handle).st_size, status)
            begun = True
            copy_content(copy.handle, handle)
            metadata.restore_mode(handle, status)
        finally:
            os.close(handle)
        if times is not None:
            with suppress(OSError):
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        discard_record(copy.path, record_path)
        copy.path = ""
    except OSError as error:
        if not begun:
            raise
        copy.path = ""
        reason = error.strerror or error
        raise IncompleteWrite(f"its tags are written in part ({reason}); the next scan or undo finishes it") from None
    except BaseException:
        if begun:
            copy.path = ""
        raise
    finally:
        if not begun:
            discard_record(copy.path, record_path)
            copy.path = ""
        os.close(record_handle)


def _create_record(record: JournalRecord, journal: str) -> tuple[str, int]:
    """Write a record to the journal and flush it to disk; return its path and its descriptor, which is locked."""
    path = os.path.join(journal, f"{secrets.token_hex(8)}{RECORD_SUFFIX}")
    temporary_path = f"{path}.tmp"
    try:
        disk.make_private_folder(journal)
        handle = os.open(temporary_path, os.O_CREAT | os.O_EXCL | os.O_RDWR | disk.O_BINARY, 0o600)
        try:
            with suppress(OSError):
                disk.lock(handle)
            with open(handle, "wb", closefd=False) as file:
                file.write(json.dumps(asdict(record)).encode())
            disk.flush_handle(handle)
            os.rename(temporary_path, path)
            disk.flush_folder(journal)
        except OSError:
            os.close(handle)
            for name in (temporary_path, path):
                with suppress(OSError):
                    os.unlink(name)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise TagError(
            f"not tagged: it must be written in place, and the journal {journal} cannot be used ({reason})"
        ) from None
    return path, handle


def _reserve_space(handle: int, needed: int, status: os.stat_result) -> None:
    """Allocate the disk space of the new content, so that a full disk is noticed before the first byte is changed."""
    size = os.fstat(handle).st_size
    if needed > size and hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(handle, size, needed - size)
        except OSError as error:
            os.ftruncate(handle, size)
            with suppress(OSError):
                os.utime(handle, ns=(status.st_atime_ns, status.st_mtime_ns))
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                raise


def copy_content(copy: int, target: int) -> None:
    """Overwrite an open file with the content of an open copy, and flush it to disk.

    Parameters
    ----------
    copy, target : int
        Descriptors of the copy and of the file.
    """
    with open(copy, "rb", closefd=False) as source, open(target, "r+b", closefd=False) as file:
        source.seek(0)
        file.seek(0)
        while block := source.read(BLOCK):
            file.write(block)
        file.truncate()
        file.flush()
        disk.flush_handle(file.fileno())


def discard_record(copy: str, record: str) -> None:
    """Remove the copy of a write that is finished or was not begun, and then its record.

    If the copy cannot be removed, the record stays, and the next scan removes both.

    Parameters
    ----------
    copy, record : str
        Paths of the copy and of the record.
    """
    try:
        with suppress(FileNotFoundError):
            os.unlink(copy)
        with suppress(OSError):
            disk.flush_folder(os.path.dirname(copy))
        os.unlink(record)
    except OSError:
        return

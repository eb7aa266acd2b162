"""Write into a file that cannot be replaced.

A file with several names (hard links), or one whose owner, mode or attributes a new file cannot be given, stays the
same file: a finished copy's bytes are written over its own. Before that, a record is made in a private folder of the
user, the journal: which file, which copy, and the hashes of the old and the new content. `tagger.tags.recovery`
finishes such a write after a crash.
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
from tagger.tags import delta, metadata
from tagger.tags.atomic import Copy, check_unchanged

ENDING = ".fill"
"""How records in the journal end."""


class Unfinished(TagError):
    """A write that was begun and could not be finished; the next scan finishes it, and it is recorded for undo."""


@dataclass(frozen=True)
class Record:
    """A write into a file, as the journal has it.

    Attributes
    ----------
    target, copy : str
        The file, and the finished copy in its folder; absolute.
    device, inode, owner : int
        Of the file.
    before, after : str
        Hashes of the file's old content, and of its new one, which the copy has.
    difference : str
        What turns the new content into the old one (`tagger.tags.delta`), in base64.
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
    def loaded(cls, data: bytes) -> Record:
        """Read a record; ValueError if it is none."""
        try:
            values = json.loads(data)
            record = cls(**values)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"a damaged record ({error})") from None
        kinds = {"str": str, "int": int}
        if any(type(values[each.name]) is not kinds[str(each.type)] for each in fields(cls)):
            raise ValueError("a damaged record (a value of another kind)")
        if not (os.path.isabs(record.target) and os.path.isabs(record.copy)):
            raise ValueError("a damaged record (a path that is not absolute)")
        return record


def default_journal() -> str:
    """Return the journal for writes without a library: that of the user's own library."""
    store = os.environ.get("EMOTAG_STORE")
    if not store:
        from platformdirs import user_data_dir

        store = os.path.join(user_data_dir("emotag", appauthor=False), "library.sqlite")
    return f"{store}.journal"


def overwrite(
    copy: Copy,
    target: str,
    held: int,
    status: os.stat_result,
    after: str,
    difference: bytes,
    *,
    times: os.stat_result | None = None,
    folder: str = "",
) -> None:
    """Write a finished, durable copy's bytes into a file, which stays the same file under all its names.

    Parameters
    ----------
    copy : Copy
        In the file's folder.
    target : str
        The file.
    held : int
        The file, open.
    status : os.stat_result
        Its state when it was read.
    after : str
        Hash of the copy.
    difference : bytes
        What turns the copy into the file.
    times : os.stat_result, optional
        Whose times the file is to have.
    folder : str
        The journal; by default, and where it is on another machine, the user's own.

    Raises
    ------
    Unfinished
        If the file was begun to be changed.
    TagError, OSError
        If it was not.
    """
    encoded = base64.b64encode(difference).decode()
    whole = copy.renamed(".whole")
    record = Record(target, whole, status.st_dev, status.st_ino, status.st_uid, copy.before, after, encoded)
    name, journal = _noted(record, folder if folder and os.path.isdir(folder) else default_journal())
    begun = False
    try:
        copy.rename(whole)
        disk.flush_folder(os.path.dirname(target))
        handle = disk.open_without_links(target, os.O_RDWR)
        try:
            if not os.path.samestat(os.fstat(handle), os.fstat(held)):
                raise TagError("not tagged: another program changed the file meanwhile")
            check_unchanged(target, held, status, copy.before)
            _make_room(handle, os.fstat(copy.handle).st_size, status)
            begun = True
            copy_into(copy.handle, handle)
            metadata.restore_mode(handle, status)
        finally:
            os.close(handle)
        if times is not None:
            with suppress(OSError):
                os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
        discard_record(copy.path, name)
        copy.path = ""
    except OSError as error:
        if not begun:
            raise
        copy.path = ""
        reason = error.strerror or error
        raise Unfinished(f"its tags are written in part ({reason}); the next scan or undo finishes it") from None
    except BaseException:
        if begun:
            copy.path = ""
        raise
    finally:
        if not begun:
            discard_record(copy.path, name)
            copy.path = ""
        os.close(journal)


def _noted(record: Record, folder: str) -> tuple[str, int]:
    """Put a record into the journal, durably; return its name, and it open and locked."""
    name = os.path.join(folder, f"{secrets.token_hex(8)}{ENDING}")
    try:
        disk.make_private_folder(folder)
        handle = os.open(f"{name}.tmp", os.O_CREAT | os.O_EXCL | os.O_RDWR | disk.O_BINARY, 0o600)
        try:
            with suppress(OSError):
                disk.lock(handle)
            with open(handle, "wb", closefd=False) as file:
                file.write(json.dumps(asdict(record)).encode())
            disk.flush_handle(handle)
            os.rename(f"{name}.tmp", name)
            disk.flush_folder(folder)
        except OSError:
            os.close(handle)
            for each in (f"{name}.tmp", name):
                with suppress(OSError):
                    os.unlink(each)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise TagError(
            f"not tagged: it must be written in place, and the journal {folder} cannot be used ({reason})"
        ) from None
    return name, handle


def _make_room(handle: int, needed: int, status: os.stat_result) -> None:
    """Let the disk be full before the first byte is changed, or not at all."""
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


def copy_into(copy: int, target: int) -> None:
    """Write the content of an open copy over an open file, durably."""
    with open(copy, "rb", closefd=False) as source, open(target, "r+b", closefd=False) as file:
        source.seek(0)
        file.seek(0)
        while block := source.read(delta.BLOCK):
            file.write(block)
        file.truncate()
        file.flush()
        disk.flush_handle(file.fileno())


def discard_record(copy: str, record: str) -> None:
    """Remove the copy of a write that is finished or was not begun, and then its record; it stays as long as that."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(copy)
        with suppress(OSError):
            disk.flush_folder(os.path.dirname(copy))
        os.unlink(record)
    except OSError:
        return  # the next scan removes them

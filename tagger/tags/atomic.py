"""Replace a file atomically by a changed copy, and remove copies that a crash left behind.

A copy is a hidden file ``.emotag-RANDOM.tmp`` next to the music file, locked while its writer runs. When finished, it
is renamed to ``.emotag-RANDOM-BEFORE-AFTER.swap``, which contains the hashes of the file's old and new content, and
the two names are exchanged. The old file then has this name, and is removed once it is known to have the content that
was read. Where the system cannot exchange names, the copy is renamed over the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tagger.errors import TagError
from tagger.io import disk, regular
from tagger.tags.delta import stream_hash
from tagger.tags.delta_matching import BLOCK

LEFTOVER_NAME = re.compile(
    r"\.emotag-[0-9a-f]{12}(?:"
    r"(?P<copy>\.tmp(?:\.earlier)?)|-(?P<before>[0-9a-f]{32})-(?P<after>[0-9a-f]{32})\.swap|(?P<recorded>\.whole)|"
    r"(?P<legacy>-[0-9]+\.fill))"
)
"""Names of emotag's files next to music: copies, finished copies, copies with a record in the journal, and the records
of version 0.1.0, which are not trusted."""

CHANGED_MESSAGE = "not tagged: another program changed the file meanwhile"


@dataclass
class TemporaryCopy:
    """A copy of a file.

    Attributes
    ----------
    path : str
        Its path; empty once the copy must not be removed.
    handle : int
        Descriptor, open for reading and writing.
    before : str
        Hash of the file that was copied.
    """

    path: str
    handle: int
    before: str

    @property
    def open_path(self) -> str:
        """A path that leads to the open copy even if it was renamed, where the system supports that."""
        return descriptor_path(self.handle, self.path)

    def content_hash(self) -> str:
        """Hash the current content of the copy.

        Returns
        -------
        str
            As from `tagger.tags.delta.content_hash`.
        """
        return descriptor_hash(self.handle)

    def path_with_suffix(self, suffix: str) -> str:
        """Return the path of the copy with another suffix than ``.tmp``.

        Parameters
        ----------
        suffix : str
            The new suffix.

        Returns
        -------
        str
        """
        return self.path.removesuffix(".tmp") + suffix

    def rename(self, path: str) -> None:
        """Rename the copy.

        Parameters
        ----------
        path : str
            The new path, in the same folder.
        """
        os.rename(self.path, path)
        self.path = path


def descriptor_path(handle: int, path: str) -> str:
    """Return a path that leads to an open file even if it was renamed or replaced.

    Parameters
    ----------
    handle : int
        Descriptor of the file.
    path : str
        Its path, which is returned on systems without ``/proc``.

    Returns
    -------
    str
    """
    proc_path = f"/proc/self/fd/{handle}"
    return proc_path if os.path.exists(proc_path) else path


def descriptor_hash(handle: int) -> str:
    """Hash all of an open file.

    Parameters
    ----------
    handle : int
        Descriptor of the file.

    Returns
    -------
    str
        As from `tagger.tags.delta.content_hash`.
    """
    with open(handle, "rb", closefd=False) as file:
        file.seek(0)
        return stream_hash(file)


@contextmanager
def exclusive_lock(path: str) -> Iterator[int]:
    """Lock a file against other writers of emotag, whatever name of the file they use.

    Parameters
    ----------
    path : str
        The file; waits until no other writer has it.

    Yields
    ------
    int
        Descriptor of the file, open for reading.

    Raises
    ------
    TagError
        If it is not a regular file.
    """
    while True:
        handle = regular.open_descriptor(path, os.O_RDONLY | disk.O_NOFOLLOW | disk.O_BINARY)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise TagError("cannot be tagged (it is not a regular file)")
            with suppress(OSError):  # a file system without locks
                disk.lock(handle, wait=True)
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                yield handle
                return
        finally:
            os.close(handle)
        # The writer that held the lock has replaced the file: lock the new one.


@contextmanager
def temporary_copy(path: str, source: int) -> Iterator[TemporaryCopy]:
    """Copy an open file to a hidden file in the same folder, which is removed afterwards.

    Only the user who runs emotag can read the copy.

    Parameters
    ----------
    path : str
        The file.
    source : int
        Descriptor of the file.

    Yields
    ------
    TemporaryCopy
    """
    copy_path = os.path.join(os.path.dirname(path), f".emotag-{secrets.token_hex(6)}.tmp")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | disk.O_NOFOLLOW | disk.O_BINARY
    copy = TemporaryCopy(copy_path, os.open(copy_path, flags, 0o600), "")
    try:
        with suppress(OSError):
            disk.lock(copy.handle)
        hasher = hashlib.blake2b(digest_size=16)
        with open(source, "rb", closefd=False) as reader, open(copy.handle, "wb", closefd=False) as writer:
            reader.seek(0)
            while block := reader.read(BLOCK):
                hasher.update(block)
                writer.write(block)
        copy.before = hasher.hexdigest()
        yield copy
    finally:
        os.close(copy.handle)
        if copy.path:
            with suppress(FileNotFoundError):
                os.unlink(copy.path)


def check_unchanged(path: str, handle: int, status: os.stat_result, before: str) -> None:
    """Check that a file is the one that was read, by its metadata and its content.

    Parameters
    ----------
    path : str
        The file.
    handle : int
        Descriptor of the file that was read.
    status : os.stat_result
        Its metadata when it was read.
    before : str
        Hash of its content when it was read.

    Raises
    ------
    TagError
        If another program changed or replaced it.
    """
    # The metadata once more after the content, which another program may change while it is hashed.
    for with_content in (True, False):
        current = os.stat(path, follow_symlinks=False)
        if _identity(current) != _identity(status) or current.st_ctime_ns != status.st_ctime_ns:
            raise TagError(CHANGED_MESSAGE)
        if with_content and descriptor_hash(handle) != before:
            raise TagError(CHANGED_MESSAGE)


def install(copy: TemporaryCopy, path: str, handle: int, status: os.stat_result, after: str) -> None:
    """Replace a file by a finished copy that is flushed to disk.

    Parameters
    ----------
    copy : TemporaryCopy
        The copy.
    path : str
        The file.
    handle : int
        Descriptor of the file.
    status : os.stat_result
        Its metadata when it was read.
    after : str
        Hash of the copy.

    Raises
    ------
    TagError
        If another program changed the file; that version then stays.
    """
    copy.rename(copy.path_with_suffix(f"-{copy.before}-{after}.swap"))
    check_unchanged(path, handle, status, copy.before)
    if not disk.exchange_names(copy.path, path):
        os.replace(copy.path, path)
        copy.path = ""
    elif not _exchanged_original(copy, handle, status):
        _undo_exchange(copy, path, after)
    # The file is replaced, even if the folder cannot be flushed.
    with suppress(OSError):
        disk.flush_folder(os.path.dirname(path))
    if copy.path:
        with suppress(OSError):
            os.unlink(copy.path)
        copy.path = ""


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _exchanged_original(copy: TemporaryCopy, handle: int, status: os.stat_result) -> bool:
    """Return whether the file that was exchanged for the copy is the one that was read."""
    try:
        current = os.stat(copy.path, follow_symlinks=False)
        return _identity(current) == _identity(status) and descriptor_hash(handle) == copy.before
    except OSError:
        return False


def _undo_exchange(copy: TemporaryCopy, path: str, after: str) -> None:
    """Exchange the names again, so that the file that another program changed has its own name."""
    other_version = copy.path
    try:
        exchanged = disk.exchange_names(other_version, path)
    except OSError:
        exchanged = False
    if not exchanged or copy.content_hash() != after:
        copy.path = ""  # both files may contain changes of other programs
        raise TagError(f"{CHANGED_MESSAGE}; the other version is kept as {other_version}")
    raise TagError(CHANGED_MESSAGE)


def remove_leftovers(paths: Iterable[str]) -> list[str]:
    """Remove copies that interrupted writers left behind.

    Only regular files of the current user are removed, links are not followed, and no leftover is copied into a song.

    Parameters
    ----------
    paths : iterable of str
        Files that may be leftovers; others are ignored.

    Returns
    -------
    list of str
        Messages about leftovers that were not removed.
    """
    return [message for path in paths if (message := _remove_leftover(path))]


def _remove_leftover(path: str) -> str:
    name = LEFTOVER_NAME.fullmatch(os.path.basename(path))
    if name is None:
        return ""
    if name["legacy"]:
        return (
            f"{path}: left by an interrupted write of an earlier version; not used. Remove it if the song is complete"
        )
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or not _belongs_to_user(status, path):
            return ""
        handle = os.open(path, os.O_RDWR | disk.O_NOFOLLOW | disk.O_NONBLOCK | disk.O_BINARY)
    except OSError:
        return ""
    try:
        if not os.path.samestat(os.fstat(handle), status):
            return ""
        disk.lock(handle)  # fails while the writer runs, and on file systems without locks
        if name["recorded"]:
            return f"{path}: left by an interrupted write, without a record in the journal; not used"
        if name["before"] and descriptor_hash(handle) not in (name["before"], name["after"]):
            return f"{path}: another program's version of a song, kept when a write was interrupted"
        os.unlink(path)
    except OSError:
        return ""
    finally:
        os.close(handle)
    return ""


def _belongs_to_user(status: os.stat_result, path: str) -> bool:
    """Return whether a leftover belongs to the current user; for root also if it belongs to the folder's owner."""
    if not hasattr(os, "geteuid"):
        return True
    user = os.geteuid()
    return status.st_uid == user or (user == 0 and status.st_uid == os.stat(os.path.dirname(path) or ".").st_uid)

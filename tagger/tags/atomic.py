"""The copy beside a music file that is to take its place, and what is left of it after a crash.

A copy is named ``.emotag-RANDOM.tmp`` and locked while its writer lives. When it is finished it is renamed to
``.emotag-RANDOM-BEFORE-AFTER.swap``, with the hashes of the file's old and new content, and the names are exchanged:
afterwards the old file has that name, and is removed once it is known to be what was read. Where the system cannot
exchange names, the copy is renamed onto the file.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tagger.errors import TagError
from tagger.io import disk, regular
from tagger.tags.delta import BLOCK, stream_hash

NAME = re.compile(
    r"\.emotag-[0-9a-f]{12}(?:"
    r"(?P<copy>\.tmp(?:\.earlier)?)|-(?P<before>[0-9a-f]{32})-(?P<after>[0-9a-f]{32})\.swap|(?P<recorded>\.whole)|"
    r"(?P<first>-[0-9]+\.fill))"
)
"""Names of emotag's files beside music: copies, finished ones, those that the journal has a record of, and those that
version 0.1.0 left, which are not to be believed."""

CHANGED = "not tagged: another program changed the file meanwhile"


@dataclass
class Copy:
    """A copy of a file.

    Attributes
    ----------
    path : str
        Its name; empty once the copy is not to be removed.
    handle : int
        It is open for reading and writing.
    before : str
        Hash of what was copied.
    """

    path: str
    handle: int
    before: str

    @property
    def name(self) -> str:
        """A path that leads to the copy whatever somebody does to its name, where the system has such."""
        own = f"/proc/self/fd/{self.handle}"
        return own if os.path.exists(own) else self.path

    def content_hash(self) -> str:
        """Hash the copy as it is now."""
        return handle_hash(self.handle)

    def renamed(self, end: str) -> str:
        """Return a name for the copy that ends otherwise."""
        return self.path.removesuffix(".tmp") + end

    def rename(self, path: str) -> None:
        """Give the copy another name."""
        os.rename(self.path, path)
        self.path = path


def handle_hash(handle: int) -> str:
    """Hash all of an open file."""
    with open(handle, "rb", closefd=False) as file:
        file.seek(0)
        return stream_hash(file)


@contextmanager
def exclusive_lock(target: str) -> Iterator[int]:
    """Hold a file against other writers of emotag's, under whichever of its names they come; give it open.

    Raises
    ------
    TagError
        If it is no regular file.
    """
    while True:
        handle = regular.open_descriptor(target, os.O_RDONLY | disk.O_NOFOLLOW | disk.O_BINARY)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise TagError("cannot be tagged (it is not a regular file)")
            with suppress(OSError):  # a file system without locks
                disk.lock(handle, wait=True)
            if os.path.samestat(os.fstat(handle), os.stat(target)):
                yield handle
                return
        finally:
            os.close(handle)
        # Another one was waited for, and has put a new file in this one's place.


@contextmanager
def temporary_copy(target: str, source: int) -> Iterator[Copy]:
    """Copy an open file's content to a hidden file in the target's folder, which is gone afterwards.

    Nobody but its maker can read the copy.
    """
    import hashlib

    path = os.path.join(os.path.dirname(target), f".emotag-{secrets.token_hex(6)}.tmp")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | disk.O_NOFOLLOW | disk.O_BINARY
    copy = Copy(path, os.open(path, flags, 0o600), "")
    try:
        with suppress(OSError):
            disk.lock(copy.handle)
        digest = hashlib.blake2b(digest_size=16)
        with open(source, "rb", closefd=False) as reader, open(copy.handle, "wb", closefd=False) as writer:
            reader.seek(0)
            while block := reader.read(BLOCK):
                digest.update(block)
                writer.write(block)
        copy.before = digest.hexdigest()
        yield copy
    finally:
        os.close(copy.handle)
        if copy.path:
            with suppress(FileNotFoundError):
                os.unlink(copy.path)


def check_unchanged(target: str, held: int, status: os.stat_result, before: str) -> None:
    """Refuse to go on if a file is not what was read, by its state and by its content.

    Raises
    ------
    TagError
        If another program changed or replaced it.
    """
    for look in (True, False):
        now = os.stat(target, follow_symlinks=False)
        if _state(now) != _state(status) or now.st_ctime_ns != status.st_ctime_ns:
            raise TagError(CHANGED)
        if look and handle_hash(held) != before:
            raise TagError(CHANGED)


def install(copy: Copy, target: str, held: int, status: os.stat_result, after: str) -> None:
    """Put a finished, durable copy in the place of a file, unless another program changed that.

    Raises
    ------
    TagError
        If another program changed it; then its version stays.
    """
    copy.rename(copy.renamed(f"-{copy.before}-{after}.swap"))
    check_unchanged(target, held, status, copy.before)
    if not disk.exchange_names(copy.path, target):
        os.replace(copy.path, target)
        copy.path = ""
    elif not _came_back(copy, held, status):
        _put_back(copy, target, after)
    # What is done is done: a folder that cannot be made durable is no reason to say otherwise.
    with suppress(OSError):
        disk.flush_folder(os.path.dirname(target))
    if copy.path:
        with suppress(OSError):
            os.unlink(copy.path)
        copy.path = ""


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _came_back(copy: Copy, held: int, status: os.stat_result) -> bool:
    """Tell whether the file that an exchange took away is the one that was read."""
    try:
        now = os.stat(copy.path, follow_symlinks=False)
        return _state(now) == _state(status) and handle_hash(held) == copy.before
    except OSError:
        return False


def _put_back(copy: Copy, target: str, after: str) -> None:
    """Give the file that another program changed its name back."""
    path = copy.path
    try:
        given_back = disk.exchange_names(path, target)
    except OSError:
        given_back = False
    if not given_back or copy.content_hash() != after:
        copy.path = ""  # somebody's work is in both
        raise TagError(f"{CHANGED}; the other version is kept as {path}")
    raise TagError(CHANGED)


def remove_leftovers(leftovers: Iterable[str]) -> list[str]:
    """Remove copies that dead writers left behind; return sentences about those that must be left alone.

    Only regular files of this user are removed, no link is followed, and nothing is read from a leftover into a song.
    """
    return [sentence for path in leftovers if (sentence := _cleaned(path))]


def _cleaned(path: str) -> str:
    named = NAME.fullmatch(os.path.basename(path))
    if named is None:
        return ""
    if named["first"]:
        return f"{path}: left by an interrupted write of an earlier version; not used, remove it if the song is whole"
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or not _own(status, path):
            return ""
        handle = os.open(path, os.O_RDWR | disk.O_NOFOLLOW | disk.O_NONBLOCK | disk.O_BINARY)
    except OSError:
        return ""
    try:
        if not os.path.samestat(os.fstat(handle), status):
            return ""
        disk.lock(handle)  # fails while its writer lives, and where nobody could tell
        if named["recorded"]:
            return f"{path}: left by an interrupted write, without a record in the journal; not used"
        if named["before"] and handle_hash(handle) not in (named["before"], named["after"]):
            return f"{path}: another program's version of a song, kept when a write was interrupted"
        os.unlink(path)
    except OSError:
        return ""
    finally:
        os.close(handle)
    return ""


def _own(status: os.stat_result, path: str) -> bool:
    """Tell whether a leftover is this user's; root's copies of others' songs are theirs, in folders of theirs."""
    if not hasattr(os, "geteuid"):
        return True
    user = os.geteuid()
    return status.st_uid == user or (user == 0 and status.st_uid == os.stat(os.path.dirname(path) or ".").st_uid)

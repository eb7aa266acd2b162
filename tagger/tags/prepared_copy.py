"""A finished copy of a file that is ready to replace it."""

from __future__ import annotations

import os

from tagger.errors import TagError
from tagger.io import disk
from tagger.tags import atomic, delta, in_place, metadata


class PreparedCopy:
    """A finished copy with the file's metadata, flushed to disk. The file itself is not changed before `install`.

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
    preserve_mtime : bool
        Keep the modification time.
    journal : str
        Folder for the record of a write in place.
    """

    def __init__(
        self,
        copy: atomic.TemporaryCopy,
        path: str,
        handle: int,
        status: os.stat_result,
        preserve_mtime: bool,
        journal: str,
    ) -> None:
        self.copy, self.path, self.handle, self.status = copy, path, handle, status
        self.times = status if preserve_mtime else None
        self.journal = journal
        self._undo_delta: bytes | None = None
        # A file with several names would lose the others if it were replaced, and one whose metadata cannot be copied
        # would lose its owner or mode.
        self.replaceable = status.st_nlink <= 1 and metadata.copy_metadata(copy.handle, handle, status)
        if self.replaceable and self.times is not None:
            os.utime(copy.open_path, ns=(status.st_atime_ns, status.st_mtime_ns))
        disk.flush_handle(copy.handle)
        self.after = copy.content_hash()

    def undo_delta(self) -> bytes:
        """Return the delta that restores the file from the copy, after checking it.

        Returns
        -------
        bytes

        Raises
        ------
        TagError
            If another program changed the file, or the delta would be too large.
        """
        if self._undo_delta is None:
            source = atomic.descriptor_path(self.handle, self.path)
            self._undo_delta = delta.make_delta(source, self.copy.open_path)
            try:
                exact = delta.restored_hash(self._undo_delta, self.copy.open_path) == self.copy.before
            except ValueError:
                exact = False
            if not exact:
                raise TagError(atomic.CHANGED_MESSAGE)
        return self._undo_delta

    def install(self) -> None:
        """Replace the file by the copy, or overwrite it if it cannot be replaced.

        Raises
        ------
        IncompleteWrite
            If overwriting was interrupted by an error.
        TagError, OSError
            If an error occurred earlier; the file is unchanged.
        """
        if self.replaceable:
            atomic.install(self.copy, self.path, self.handle, self.status, self.after)
        else:
            in_place.overwrite_in_place(
                self.copy,
                self.path,
                self.handle,
                self.status,
                self.after,
                self.undo_delta(),
                times=self.times,
                journal=self.journal,
            )

"""What the workers of a scan know of each other's work."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkClaims:
    """Tells a worker which audio it need not analyse, because that is done, or another worker is at it.

    Attributes
    ----------
    store : str
        The library store, to read; empty for none.
    claims : str
        A folder in which the workers of this scan note what they are at; empty for none.
    versions : tuple of (str, int)
        The features that must be there.
    """

    store: str = ""
    claims: str = ""
    versions: tuple[tuple[str, int], ...] = ()

    def knows(self, audio_hash: str) -> bool:
        """Tell whether an audio is analysed; if not, it is this worker's to do."""
        return self._stored(audio_hash) or not self._claim(audio_hash)

    def _stored(self, audio_hash: str) -> bool:
        if not self.store:
            return False
        query = "SELECT kind, version FROM features JOIN audio ON audio.id = audio WHERE audio_hash = ?"
        try:
            address = f"file:{_quoted(self.store)}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
                rows = database.execute(query, (audio_hash,)).fetchall()
        except sqlite3.Error:
            # The main process will say what is wrong with its store; a worker works.
            return False
        return set(self.versions) <= set(rows)

    def _claim(self, audio_hash: str) -> bool:
        if not self.claims:
            return True
        try:
            os.close(os.open(os.path.join(self.claims, audio_hash), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        except OSError:
            # A full disk, or a folder that somebody cleaned up: the same audio may be analysed twice.
            return True
        return True

    def release(self, audio_hash: str) -> None:
        """Give up a claim whose holder failed."""
        with suppress(OSError):
            os.unlink(os.path.join(self.claims, audio_hash))


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.path.abspath(path))

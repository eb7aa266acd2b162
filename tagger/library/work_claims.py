"""Division of work among the workers of a scan: each audio is analysed by one worker only."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkClaims:
    """Assignment of audio to workers.

    A claim is an empty file named like the hash of the audio. Creating it is atomic, so only one worker succeeds.

    Attributes
    ----------
    store : str
        Path of the library database, which is only read; empty for none.
    folder : str
        Directory of the claims of this scan (`tagger.library.claim_folders`); empty for none, and every claim
        succeeds.
    versions : tuple of (str, int)
        Feature sets that the models need, and their versions.
    """

    store: str = ""
    folder: str = ""
    versions: tuple[tuple[str, int], ...] = ()

    def claim(self, audio_hash: str) -> bool:
        """Claim an audio for this worker.

        Call it once per file: a second call for the same audio returns False.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets.

        Returns
        -------
        bool
            True if this worker is to analyse the audio. False if it has been analysed already, or if another worker
            has claimed it.
        """
        return not self._is_stored(audio_hash) and self._create_claim(audio_hash)

    def release(self, audio_hash: str) -> None:
        """Withdraw a claim whose worker failed, so that the audio can be claimed again.

        Parameters
        ----------
        audio_hash : str
            Hash of the audio packets.
        """
        with suppress(OSError):
            os.unlink(os.path.join(self.folder, audio_hash))

    def _is_stored(self, audio_hash: str) -> bool:
        """Return whether the store has all needed features of an audio."""
        if not self.store:
            return False
        from urllib.parse import quote

        query = "SELECT kind, version FROM features JOIN audio ON audio.id = audio WHERE audio_hash = ?"
        try:
            address = f"file:{quote(os.path.abspath(self.store))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
                rows = database.execute(query, (audio_hash,)).fetchall()
        except sqlite3.Error:
            # The main process reports errors of the store.
            return False
        return set(self.versions) <= set(rows)

    def _create_claim(self, audio_hash: str) -> bool:
        if not self.folder:
            return True
        try:
            os.close(os.open(os.path.join(self.folder, audio_hash), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        except OSError:
            # The disk is full, or the folder was deleted: two workers may then analyse the same audio.
            return True
        return True

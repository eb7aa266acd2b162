"""Tagging of new and changed files as they arrive.

Events only say that something has changed. A walk (`FolderWatch._look`) finds out what, with the rules of every scan,
so that no lost event loses a file. Files that have settled go through a `ScanSession`, which holds the lock of the
library for no longer than it works. What another scan or an earlier run has done is in the store and is not done again.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from tagger.errors import LibraryBusy, NoEvents
from tagger.library.lock import library_lock
from tagger.library.store import Store
from tagger.library.walk import FoundFile, walk
from tagger.scanning.consent import FirstWrite, require_consent_ahead
from tagger.scanning.folder_events import Changes, NoChanges, system_events
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import ScanResult
from tagger.scanning.session import ScanSession
from tagger.scanning.settling import Settling

BATCH = 200
"""Maximum number of files of one session; after it, other commands can have the lock of the library."""

PAUSE_SECONDS = 1.0
"""Pause after a session."""

BUSY_SECONDS = 5.0
"""Time after which a session is tried again if another command has the lock."""

RETRY_SECONDS = 600.0
"""Time after which a file is tried again that could not be read or written."""

POLL_SECONDS = 60.0
"""Time between two walks where the system reports no events."""

QUIET_SECONDS = 3600.0
"""Time between two walks where it does: for folders that were mounted, and for whatever it did not report."""

WALK_SHARE = 10
"""Walks take at most one part in so many of the time, however many events there are."""

UNDONE = (
    "SELECT path FROM file WHERE mtime_ns = 0 AND tags_current IS NULL AND audio IS NOT NULL AND path BETWEEN ? AND ?"
)
"""Query for the files that `Store.mark_changed` marked and that no scan has tagged since."""

logger = logging.getLogger(__name__)


class FolderWatch:
    """Tags the music that is in folders and that arrives in them.

    Parameters
    ----------
    folders : sequence of str
        Folders to watch.
    options : ScanOptions
        What to do with the files.
    store : str
        File of the library database.
    find : WalkOptions
        Which files to find.
    workers : WorkerOptions
        How to run the work.
    models : sequence of str
        Model files; for a kind without a file the bundled model is used.
    settle : float
        Seconds for which a file must not have changed.
    poll : float or None
        Seconds between two walks; None to wait for events of the system.
    on_unsearched : callable
        Called with an `OSError` for each folder that cannot be searched, once.
    confirm : callable
        Called before the first scan that writes tags in some of the folders, with a `FirstWrite`. If it returns False,
        `Declined` is raised.
    """

    def __init__(
        self,
        folders: Sequence[str],
        options: ScanOptions,
        *,
        store: str,
        find: WalkOptions,
        workers: WorkerOptions,
        models: Sequence[str],
        settle: float,
        poll: float | None,
        on_unsearched: Callable[[OSError], None],
        confirm: Callable[[FirstWrite], bool],
    ) -> None:
        self.folders = list(dict.fromkeys(folders))
        self.options = options
        self.store = store
        self.find = find
        self.workers = workers
        self.models = models
        self.poll = poll
        self.on_unsearched = on_unsearched
        self.confirm = confirm
        self._settling = Settling(settle)
        self._changes: Changes = NoChanges()
        self._watched: dict[str, tuple[int, int]] = {}
        self._next_look = 0.0
        self._earliest_look = 0.0
        self._is_restless = False
        self._busy_until = 0.0
        self._unsearched: set[tuple[object, object]] = set()
        self._session: ScanSession | None = None

    def run(self) -> Generator[ScanResult, None, None]:
        """Scan the folders, and then what arrives in them, until a signal raises `KeyboardInterrupt`.

        Yields
        ------
        ScanResult
            There is none for unchanged files.

        Raises
        ------
        EmotagError
            `StoreError`, `ModelError` and `Declined` as by `ScanSession`, and `ExtraMissing` if the system needs a
            package for events.
        """
        try:
            self._watch_folders()
            self._require_consent()
            self._look()
            while True:
                if self._settling.is_due() and time.monotonic() >= self._busy_until:
                    yield from self._scan()
                    self._wait(PAUSE_SECONDS)
                else:
                    self._wait(self._seconds_to_wait())
                if time.monotonic() >= self._next_look:
                    self._look()
        finally:
            self._changes.close()

    def finished(self) -> list[ScanResult]:
        """Return the results of finished work that `run` has not yielded, because it was interrupted."""
        return self._session.finished() if self._session else []

    def _require_consent(self) -> None:
        """Ask before anything arrives: later, nobody may be there to answer."""
        while True:
            try:
                with library_lock(self.store), Store(self.store) as store:
                    require_consent_ahead(store, self.folders, self._walk, self.confirm)
                self._busy_until = 0.0
                return
            except LibraryBusy as busy:
                self._wait_for_lock(busy)
            time.sleep(BUSY_SECONDS)

    def _wait_for_lock(self, busy: LibraryBusy) -> None:
        """Try again later; say so once."""
        if not self._busy_until:
            logger.info("%s; waiting for it", busy)
        self._busy_until = time.monotonic() + BUSY_SECONDS

    def _seconds_to_wait(self) -> float:
        """Return the time until the next walk, or until a file may have settled."""
        now = time.monotonic()
        check = self._settling.next_check()
        if check is not None and now < self._busy_until:
            check = max(check, self._busy_until)
        return max(0.1, (self._next_look if check is None else min(self._next_look, check)) - now)

    def _wait(self, seconds: float) -> None:
        """Wait for events; they bring the next walk forward."""
        try:
            has_changes = self._changes.wait(seconds)
        except NoEvents as reason:
            self._poll_instead(reason)
            has_changes = True
        if has_changes:
            self._is_restless = True
            self._next_look = min(self._next_look, max(time.monotonic(), self._earliest_look))

    def _look(self) -> None:
        """Find the files; watch folders that have come back."""
        started = time.monotonic()
        if _identities(self.folders) != self._watched:
            self._watch_folders()
        self._settling.update(self._walk())
        now = time.monotonic()
        self._earliest_look = now + (now - started) * WALK_SHARE
        # After events one more walk: a file may have come to a new folder before the folder was watched.
        self._next_look = now + (self._settling.seconds if self._is_restless else self._interval())
        self._next_look = max(self._next_look, self._earliest_look)
        self._is_restless = False

    def _interval(self) -> float:
        """Return the time between two walks without events."""
        if self.poll is not None:
            return self.poll
        return QUIET_SECONDS if len(self._watched) == len(self.folders) else POLL_SECONDS

    def _walk(self) -> list[FoundFile]:
        return walk(
            self._existing(),
            include=self.find.include,
            exclude=self.find.exclude,
            follow_symlinks=self.find.follow_symlinks,
            on_error=self._report_unsearched,
        )

    def _existing(self) -> list[str]:
        return [folder for folder in self.folders if os.path.isdir(folder)]

    def _watch_folders(self) -> None:
        """Watch the folders that exist now; report those that have gone."""
        identities = _identities(self.folders)
        for folder in self._watched.keys() - identities.keys():
            logger.warning("%s: the folder is gone; waiting until it is back", folder)
        self._watched = identities
        self._changes.close()
        self._changes = NoChanges()
        if self.poll is not None:
            return
        try:
            self._changes = system_events(list(identities), follow_symlinks=self.find.follow_symlinks)
        except NoEvents as reason:
            self._poll_instead(reason)

    def _poll_instead(self, reason: NoEvents) -> None:
        self._changes.close()
        self._changes = NoChanges()
        self.poll = POLL_SECONDS
        logger.warning("%s; looking for new files every %g s instead", reason, self.poll)

    def _report_unsearched(self, error: OSError) -> None:
        """Report a folder that cannot be searched, in the first walk only."""
        if (key := (error.filename, error.errno)) not in self._unsearched:
            self._unsearched.add(key)
            self.on_unsearched(error)

    def _scan(self) -> Iterator[ScanResult]:
        """Scan the files that have settled, and remove those from the store that are gone."""
        session = ScanSession(
            self._existing(),
            self.options,
            store=self.store,
            find=self.find,
            workers=self.workers,
            models=self.models,
            on_unsearched=self._report_unsearched,
            select=self._select,
        )
        try:
            with session:
                self._session = session
                yield from session.run()
                recorded = session.recorded()
        except LibraryBusy as busy:
            self._wait_for_lock(busy)
            return
        self._session = None
        self._busy_until = 0.0
        self._settling.set_scanned(recorded)
        self._settling.postpone([file for file in session.files if file.key not in recorded], RETRY_SECONDS)
        self._settling.set_removed()

    def _select(self, store: Store, settings: str, found: Sequence[FoundFile]) -> list[FoundFile]:
        """Return the files of a session: those that have settled and that the store does not know.

        Files that ``undo`` has restored are left alone until the next scan that the user starts.
        """
        keys = [file.key for file in found]
        current = store.files_with_current_tags(keys, settings)
        undone = {key for (key,) in store.read_siblings(UNDONE, keys)}
        self._settling.update(found)
        known = {file.key: file.stat for file in found if (file.key, *file.stat) in current or file.key in undone}
        self._settling.set_scanned(known)
        return self._settling.settled(BATCH)


def _identities(folders: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return device and inode of the folders that exist."""
    found = {}
    for folder in folders:
        try:
            status = os.stat(folder)
        except OSError:
            continue
        found[folder] = (status.st_dev, status.st_ino)
    return found

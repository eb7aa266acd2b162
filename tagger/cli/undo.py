"""``emotag undo``."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import name, preview, progress, say, store_option, tidied, unlisted

if TYPE_CHECKING:
    from tagger.findings import Values, Written
    from tagger.library.store import Store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be put back; change nothing.")
@click.option("--preserve-mtime", is_flag=True, help="Keep modification times, as for scan.")
@store_option
@click.option("--no-store", is_flag=True, help="Only remove what the files' own markers say is emotag's.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
def undo(paths: tuple[str, ...], dry_run: bool, preserve_mtime: bool, store: str, no_store: bool, quiet: bool) -> int:
    """Put the tags of PATH... back to what they were before emotag wrote them.

    A file that nobody changed since becomes what it was, byte for byte; where others changed its tags their
    changes stay. Without the library store, what the file's marker says is emotag's is removed.

    \b
    emotag undo --dry-run ~/Music
    emotag undo ~/Music/song.flac
    """
    from tagger import tags
    from tagger.errors import TagError
    from tagger.library.lock import locked
    from tagger.library.store import Store
    from tagger.library.walk import walk

    counts: Counter[str] = Counter()
    place = "" if no_store else store
    with locked(place), Store(place) as opened:
        history = _History(opened)

        def unsearched(error: OSError) -> None:
            counts["failed"] += 1
            say(unlisted(error))

        if dry_run:
            files = walk(paths, on_error=unsearched)
        else:
            files = tidied(lambda leftover: walk(paths, on_own=leftover, on_error=unsearched))
        with progress(len(files), "file", show=not quiet) as advance:
            for file in files:
                advance(1)
                try:
                    change, undone = tags.revert(
                        file.path, history.kept, history.known, dry_run=dry_run, preserve_mtime=preserve_mtime
                    )
                except tags.NotTaggable:
                    continue
                except TagError as error:
                    counts["failed"] += 1
                    say(f"{name(file.path)}: {error}")
                    continue
                counts["restored" if change.changed else "unchanged"] += 1
                if change.changed and dry_run:
                    say(preview(change))
                elif change.changed:
                    history.forget(file.path, undone)
    if not quiet:
        restored = "would be restored" if dry_run else "restored"
        say(f"{counts['restored']} {restored}, {counts['unchanged']} unchanged, {counts['failed']} failed")
    return FAILED if counts["failed"] else 0


class _History:
    """What the store knows of our writes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.of: list[Written] = []

    def kept(self, after: str) -> Written | None:
        record = self.store.written(after)
        return _loaded(record) if record else None

    def known(self, identity: str, path: str) -> tuple[Values, Values] | None:
        records = [_loaded(r) for r in self.store.writes_of(identity, os.fsencode(path))]
        self.of = [record for record in records if record is not None]
        return (self.of[0].old, self.of[-1].new) if self.of else None

    def forget(self, path: str, undone: list[Written]) -> None:
        """Forget the writes that were taken back, and that the file's tags agree with anything."""
        self.store.forget_writes(written.dumped() for written in (*undone, *self.of))
        self.of = []
        self.store.set_changed(os.fsencode(os.path.abspath(path)))
        self.store.commit_after(2)


def _loaded(record: bytes) -> Written | None:
    from tagger.findings import Written

    try:
        return Written.loaded(record)
    except ValueError:
        return None

"""``emotag undo``."""

from __future__ import annotations

from collections import Counter

import click

from tagger.cli import FAILED
from tagger.cli.console import (
    display_path,
    preview,
    print_message,
    printable,
    progress,
    store_option,
    unlisted,
    walk_and_recover,
)


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
    from tagger.library import journal
    from tagger.library.history import History
    from tagger.library.lock import library_lock
    from tagger.library.store import Store
    from tagger.library.walk import walk

    counts: Counter[str] = Counter()
    place = "" if no_store else store
    folder = journal.journal_dir(place)
    with library_lock(place), Store(place) as opened:
        history = History(opened, folder)

        def unsearched(error: OSError) -> None:
            counts["failed"] += 1
            print_message(unlisted(error))

        if dry_run:
            files = walk(paths, on_error=unsearched)
        else:
            files = walk_and_recover(lambda leftover: walk(paths, on_own=leftover, on_error=unsearched), folder)
        for sentence in history.recover_journal():
            print_message(printable(sentence))
        with progress(len(files), "file", show=not quiet) as advance:
            for file in files:
                advance(1)
                history.unknown = False
                try:
                    change, undone = tags.revert(
                        file.path,
                        history.write_finder(file.path),
                        history.field_span,
                        may_be_unmarked=(lambda path: False) if no_store else history.may_be_unmarked,
                        dry_run=dry_run,
                        preserve_mtime=preserve_mtime,
                        journal=folder,
                    )
                except tags.NotTaggable:
                    continue
                except TagError as error:
                    counts["failed"] += 1
                    print_message(f"{display_path(file.path)}: {error}")
                    continue
                counts["restored" if change.changed else "unchanged"] += 1
                if not change.changed:
                    continue
                if dry_run:
                    print_message(preview(change))
                else:
                    old, new = ({field: values[i] for field, values in change.fields.items()} for i in (0, 1))
                    history.record_undo(file.path, undone, old, new)
                if history.unknown and not no_store:
                    counts["without a record"] += 1
                    print_message(f"{display_path(file.path)}: {UNKNOWN}")
    if not quiet:
        restored = "would be restored" if dry_run else "restored"
        summary = f"{counts['restored']} {restored}, {counts['unchanged']} unchanged, {counts['failed']} failed"
        if counts["without a record"]:
            summary += f"; {counts['without a record']} without a record of the earlier tags"
        print_message(summary)
    return FAILED if counts["failed"] else 0


UNKNOWN = (
    "the library has no record of its earlier tags; emotag's values were removed, and moods that"
    " `--moods replace` removed, or valence and arousal of others, could not be restored"
)

"""``emotag undo``."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED, INTERRUPTED
from tagger.cli.console import (
    describe_walk_error,
    no_audio_files,
    preview,
    print_error,
    print_file_error,
    print_message,
    progress,
)
from tagger.cli.json_output import event_lines, events_flag
from tagger.cli.options import store_option
from tagger.cli.selection import (
    QueryCommand,
    Selection,
    parse_selection_of_files,
    query_option,
    read_missing_tags,
    songs_argument,
)
from tagger.cli.stored import NO_MATCH, open_library

if TYPE_CHECKING:
    from tagger.scanning.undo import UndoResult


@click.command(cls=QueryCommand)
@songs_argument
@query_option
@click.option("-n", "--dry-run", is_flag=True, help="Print the changes of tags without making them.")
@click.option(
    "--preserve-mtime",
    is_flag=True,
    help="Keep the modification times of files. Note: media servers may not notice the change.",
)
@store_option
@click.option(
    "--no-store", is_flag=True, help="Do not use the library database; only remove values marked as written by emotag."
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@events_flag
def undo(
    paths: tuple[str, ...],
    queries: tuple[str, ...],
    dry_run: bool,
    preserve_mtime: bool,
    store: str,
    no_store: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Restore the tags that the files in PATH... that match QUERY... had before emotag wrote them.

    A file that has not changed since is restored byte for byte. In other files, only the values that emotag wrote are
    restored, and other changes are kept. Without the library database, these values are removed instead. With a query
    and no path, all songs of the library that match it are restored.

    \b
    emotag undo --dry-run ~/Music
    emotag undo ~/Music/song.flac
    emotag undo --dry-run ~/Music artist:nina
    """
    from tagger.library.walk import paths_without_files
    from tagger.report.text import events
    from tagger.scanning.undo import UndoOptions, UndoSession

    selection = parse_selection_of_files(paths, queries, accept_words=False)
    files: Sequence[str] = selection.roots
    if selection.is_filtered:
        if no_store:
            raise click.UsageError("A query needs the library database; --no-store excludes it.")
        files = _matching_files(selection, store)
        if not files:
            print_error(NO_MATCH)
            return FAILED
    counts = Counter(dict.fromkeys(COUNTS, 0))
    started = time.monotonic()

    def report_unsearched(error: OSError) -> None:
        counts["failed"] += 1
        print_error(describe_walk_error(error))
        emit(events.failed(str(error.filename), error.strerror))

    def emit_summary(status: int) -> None:
        emit(events.summary(counts, seconds=time.monotonic() - started, exit_status=status))

    options = UndoOptions("" if no_store else store, dry_run, preserve_mtime)
    with (
        event_lines(enabled=as_json) as emit,
        UndoSession(files, options, on_notice=print_error, on_unsearched=report_unsearched) as session,
        progress(len(session.files), "file", show=not quiet) as advance,
    ):
        if without_files := paths_without_files(files, session.files):
            print_error(no_audio_files(without_files))
        emit(events.started(len(session.files), dry_run=dry_run))
        try:
            for result in session.run(advance):
                counts.update(names := _report(result, dry_run))
                emit(events.restored_file(result))
                if "failed" in names:
                    advance.count_failure()
        except KeyboardInterrupt:
            emit_summary(INTERRUPTED)
            raise
        emit_summary(status := FAILED if counts["failed"] or not session.files else 0)
    if not quiet:
        print_message(_summary(counts, dry_run))
    return status


def _matching_files(selection: Selection, store: str) -> list[str]:
    """Return the existing files that match a query."""
    from tagger.library.songs import songs

    with open_library(store) as opened:
        read_missing_tags(opened, selection)
        matching = songs(opened, selection.roots, query=selection.query)
        return [song.path for song in matching if os.path.isfile(song.path)]


def _report(result: UndoResult, dry_run: bool) -> list[str]:
    """Print what there is to say about a file; return the names under which it is counted."""
    if result.skipped:
        return ["skipped"]
    if result.change is None:
        print_file_error(result.path, result.error)
        return ["failed"]
    if not result.change.changed:
        return ["unchanged"]
    if dry_run:
        print_message(preview(result.change))
    if result.has_record:
        return ["restored"]
    print_file_error(result.path, NO_RECORD)
    return ["restored", "without_record"]


COUNTS = ("restored", "unchanged", "skipped", "failed", "without_record")
"""Names of the counts of files."""


def _summary(counts: Counter[str], dry_run: bool) -> str:
    restored = "would be restored" if dry_run else "restored"
    summary = f"{counts['restored']} {restored}, {counts['unchanged']} unchanged, {counts['failed']} failed"
    if counts["skipped"]:
        summary += f"; {counts['skipped']} skipped, because emotag never wrote to them"
    if counts["without_record"]:
        summary += f"; {counts['without_record']} without a record of the earlier tags"
    return summary


NO_RECORD = (
    "the library has no record of its earlier tags; emotag's values were removed, but moods that"
    " `--moods replace` removed and valence and arousal of other programs could not be restored"
)

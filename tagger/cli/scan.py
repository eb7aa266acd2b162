"""``emotag scan``."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import click

from tagger.cli import INTERRUPTED
from tagger.cli.console import Styled, describe_walk_error, display_path, preview, print_message, progress
from tagger.cli.options import Number, sd_option, store_option
from tagger.cli.outputs import AppendedOutput, Output, WritingCommand
from tagger.cli.streams import printable
from tagger.errors import OutputClosed, OutputError

if TYPE_CHECKING:
    from tagger.library.store import Store
    from tagger.scanning.options import ScanOptions
    from tagger.scanning.result import ScanResult


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option(
    "--csv",
    type=Output(),
    metavar="FILE",
    help="Write a CSV report ('-' is stdout), and no tags unless --tag is given.",
)
@click.option("--jsonl", type=Output(), metavar="FILE", help="The same as JSON Lines.")
@sd_option
@click.option("--tag/--no-tag", default=None, help="Write tags (default: yes, unless a report is asked for).")
@click.option("-n", "--dry-run", is_flag=True, help="Show what tags would change, in a --csv too; change nothing.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Worker processes (default: all processors).")
@click.option("--force", is_flag=True, help="Analyse again what is known.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed before; it is skipped otherwise.")
@click.option("--threshold", type=Number(0, 1), metavar="P", help="Probability from which a mood is given.")
@click.option(
    "--moods",
    type=click.Choice(["merge", "replace", "keep"]),
    default="merge",
    show_default=True,
    help="Beside, instead of, or never touching moods that others wrote.",
)
@click.option(
    "--preserve-mtime",
    is_flag=True,
    help="Keep modification times. The price: media servers such as Navidrome and MPD won't notice the new tags.",
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files and folders that match; repeatable.")
@click.option("--include", multiple=True, metavar="GLOB", help="Take only files that match; repeatable.")
@click.option("--follow-symlinks", is_flag=True, help="Enter folders that are symbolic links.")
@click.option("--model", multiple=True, type=click.Path(exists=True), metavar="FILE", help="Use a model you trained.")
@click.option(
    "--timeout",
    type=Number(min=0, min_open=True),
    default=300,
    show_default=True,
    metavar="S",
    help="Give up on a file after S seconds of work.",
)
@click.option("--nice", type=click.IntRange(0, 19), default=0, metavar="N", help="Lower the workers' priority by N.")
@store_option
@click.option("--no-store", is_flag=True, help="Run without a library store: know nothing, remember nothing.")
@click.option("--dask", metavar="ADDRESS", help="Analyse on the Dask cluster whose scheduler is at ADDRESS.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
@click.option("-v", "--verbose", is_flag=True, help="Print a line for every file.")
@click.option("--no-progress", is_flag=True, help="No progress bar.")
@click.option("--log", type=AppendedOutput(), metavar="FILE", help="Append all messages to FILE.")
def scan(paths: tuple[str, ...], log: IO[str] | None, quiet: bool, verbose: bool, **asked: Any) -> int:
    """Tell the moods of all music in PATH... and write them into the files' tags.

    Folders are searched for music; hidden files are left out, and so is what an .emotagignore file names (as
    .gitignore does) and any folder with a .notmusic file. With --csv or --jsonl the moods go into a report and no
    file is modified. What is known from an earlier scan is not analysed again.

    \b
    emotag scan ~/Music
    emotag scan --dry-run ~/Music/new
    emotag scan --csv moods.csv ~/Music
    """
    from tagger.library import journal
    from tagger.scanning.options import ScanOptions

    if asked["csv"] == "-" and asked["jsonl"] == "-":
        raise click.UsageError("only one report can go to stdout")
    reported = bool(asked["csv"] or asked["jsonl"])
    if asked["sd"] and (asked["dry_run"] or not reported):
        raise click.UsageError("--sd adds to a report: it needs --csv or --jsonl, and no --dry-run")
    tag = asked["tag"] if asked["tag"] is not None else asked["dry_run"] or not reported
    same = ("dry_run", "force", "retry_failed", "threshold", "moods", "preserve_mtime")
    store = "" if asked["no_store"] else asked["store"]
    options = ScanOptions(
        tag=tag, report=reported or verbose, journal=journal.journal_dir(store), **{key: asked[key] for key in same}
    )
    talk = ScanReporter(options, log, quiet=quiet, verbose=verbose)
    try:
        _run(paths, asked, options, talk)
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be what is gone
            talk.say("interrupted; all that was finished is kept", always=True)
            talk.summary()
        return INTERRUPTED
    talk.summary()
    return int(talk.counts["failed"] > 0)


def _run(paths: tuple[str, ...], asked: dict[str, Any], options: ScanOptions, talk: ScanReporter) -> None:
    from tagger.io.output import open_output
    from tagger.library.lock import library_lock
    from tagger.library.store import Store
    from tagger.library.walk import walk
    from tagger.models.predictor import Predictor
    from tagger.report.text.rows import CHANGE_WRITERS, writers
    from tagger.scanning.leftovers import walk_and_recover
    from tagger.scanning.pipeline import open_scan

    walking = {key: asked[key] for key in ("include", "exclude", "follow_symlinks")}
    place = "" if asked["no_store"] else asked["store"]
    # The names of a large library are hundreds of thousands of objects that the collector need not look through.
    gc.set_threshold(200_000, 10, 10)
    with ExitStack() as stack:
        stack.enter_context(library_lock(place))
        store = stack.enter_context(Store(place))
        models = Predictor(asked["model"])
        if options.tag and not options.dry_run:
            files = walk_and_recover(
                lambda leftover: walk(paths, **walking, on_error=talk.unlisted, on_leftover=leftover),
                options.journal,
                print_message,
            )
        else:
            files = walk(paths, **walking, on_error=talk.unlisted)
        if store.has_outdated_features(models.versions):
            talk.say("the features have changed since the last scan: everything is analysed again")
        written = CHANGE_WRITERS if options.dry_run else writers(sd=asked["sd"])
        reports = ((kind, asked[kind]) for kind in written if asked[kind])
        sinks = [written[kind](stack.enter_context(open_output(path))) for kind, path in reports]
        shown = not (talk.quiet or asked["no_progress"])
        advance = stack.enter_context(progress(len(files), "song", show=shown))
        runner = stack.enter_context(_runner(asked, len(files)))
        local = not asked["dask"]
        opened = open_scan(
            store,
            runner,
            models,
            options,
            place,
            shared=local,
            on_file=advance,
            on_notice=print_message,
        )
        scan = stack.enter_context(opened)
        for outcome in scan.run(files):
            for write in sinks:
                write(outcome)
            talk.of(outcome)
        talk.counts["unchanged"] += scan.unchanged
        _forget(store, paths, {file.key for file in files} - scan.unremembered)


def _runner(asked: dict[str, Any], files: int) -> Any:
    if asked["dask"]:
        from tagger.scanning.dask_cluster import DaskCluster

        return DaskCluster(asked["dask"], timeout=asked["timeout"])
    from tagger.scanning.workers import WorkerPool, available_processors

    jobs = max(1, min(asked["jobs"] or available_processors(), files))
    return WorkerPool(jobs, timeout=asked["timeout"], nice=asked["nice"])


def _forget(store: Store, paths: tuple[str, ...], seen: set[bytes]) -> None:
    for path in paths:
        if os.path.isdir(path):
            store.remove_missing_files(os.fsencode(os.path.abspath(path)), seen)


@dataclass
class ScanReporter:
    """Tells the user what becomes of the files, and counts it."""

    options: ScanOptions
    log: IO[str] | None
    quiet: bool
    verbose: bool
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    told: set[str] = field(default_factory=set)

    def say(self, message: str, *, always: bool = False) -> None:
        """Say something on stderr, unless it is to be quiet there, and in the log."""
        if always or not self.quiet:
            print_message(message)
        if self.log is not None:
            self._note(message if isinstance(message, Styled) else printable(message))

    def _note(self, message: str) -> None:
        """Add a message to the log; one that takes no more is said once, and the scan goes on without it."""
        assert self.log is not None
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        lines = "".join(f"{stamp} {line}\n" for line in click.unstyle(message).splitlines())
        try:
            self.log.write(lines)
            self.log.flush()
        except (OutputError, OutputClosed) as error:
            self.log = None
            print_message(f"{error}; the scan goes on without a log")

    def unlisted(self, error: OSError) -> None:
        """Name a folder that could not be searched, or an ignore file because of which it was not."""
        self.counts["failed"] += 1
        self.say(describe_walk_error(error), always=True)

    def of(self, outcome: ScanResult) -> None:
        """Count a file, and say what there is to say of it."""
        self.counts[_kind(outcome)] += 1
        self.counts["analysed"] += outcome.analysed
        if outcome.error and not (outcome.skipped and not self.verbose):
            self.say(f"{display_path(outcome.path)}: {outcome.error}", always=True)
        elif outcome.untaggable and outcome.untaggable not in self.told:
            self.told.add(outcome.untaggable)
            self.say(f"{display_path(outcome.path)}: {outcome.untaggable}; such files get no tags, only a report")
        elif outcome.change is not None and self.options.dry_run:
            self.say(preview(outcome.change))
        if self.verbose and outcome.emotion is not None:
            emotion = outcome.emotion
            point = f"({emotion.valence:+.2f}, {emotion.arousal:+.2f})"
            self.say(f"{display_path(outcome.path)}: {', '.join(emotion.moods)} {point}")

    def summary(self) -> None:
        """Say in one line what the scan did."""
        words = {"tagged": "would be tagged"} if self.options.dry_run else {}
        kinds = ("analysed", "tagged", "unchanged", "skipped", "failed")
        counts = ", ".join(f"{self.counts[kind]} {words.get(kind, kind)}" for kind in kinds)
        self.say(f"{counts} in {time.monotonic() - self.began:.1f} s")


def _kind(outcome: ScanResult) -> str:
    """Return under what a file is counted, beside whether it was analysed."""
    if outcome.error:
        return "skipped" if outcome.skipped else "failed"
    if outcome.change is not None:
        return "tagged" if outcome.change.changed else "unchanged"
    return "reported" if outcome.analysed else "unchanged"

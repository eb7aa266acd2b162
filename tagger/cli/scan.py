"""``emotag scan``."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import IO, TYPE_CHECKING, Any

import click

from tagger.cli import INTERRUPTED
from tagger.cli.console import (
    Progress,
    describe_walk_error,
    describe_written,
    display_path,
    no_audio_files,
    preview,
    progress,
    short_preview,
)
from tagger.cli.hints import suggested_command
from tagger.cli.json_output import Emit, event_lines, events_flag
from tagger.cli.options import Number, models_option, store_option
from tagger.cli.outputs import AppendedOutput, WritingCommand
from tagger.cli.report_options import report_options, scan_report_files
from tagger.cli.scan_log import FILE_LEVEL, log_handlers
from tagger.cli.words import words_option
from tagger.emotions import INSTEAD, OWN_MOODS_CHOICES
from tagger.errors import Declined
from tagger.report.text import events
from tagger.report.text.wording import count_noun
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import FileStatus, ScanResult
from tagger.tags.mood_words import mood_texts

if TYPE_CHECKING:
    from tagger.emotions import Emotion
    from tagger.scanning.session import ScanSession

logger = logging.getLogger(__name__)

SUMMARY_WORDS = {
    FileStatus.TAGGED: "tagged",
    FileStatus.UNCHANGED: "unchanged",
    FileStatus.SKIPPED: "skipped",
    FileStatus.FAILED: "failed",
}
"""Words of the counts in the summary, in its order."""

DRY_RUN_WORDS = {**SUMMARY_WORDS, FileStatus.TAGGED: "would be tagged"}

GC_THRESHOLD = 200_000
"""Allocations between garbage collections: file names of a large library need not be examined again and again."""


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@report_options("Write a report to FILE ('-' for stdout), and no tags unless --tag is given.")
@click.option("--tag/--no-tag", default=None, show_default="only if no report is requested", help="Write tags.")
@click.option("-n", "--dry-run", is_flag=True, help="Show how tags would change, also in a report; change nothing.")
@click.option(
    "-y",
    "--yes",
    is_flag=True,
    help="Do not ask before the first scan of a folder that writes tags; without a terminal, it never asks.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    show_default="one per processor",
    help="Number of worker processes.",
)
@click.option("--force", is_flag=True, help="Re-analyse files even if they are in the library.")
@click.option("--retry-failed", is_flag=True, help="Re-analyse files that failed before; they are skipped otherwise.")
@click.option(
    "--threshold",
    type=Number(0, 1),
    metavar="P",
    show_default="the threshold of the model",
    help="Minimum probability for a mood to be assigned.",
)
@click.option(
    "--moods",
    type=click.Choice(["merge", "replace", "keep"]),
    default="merge",
    show_default=True,
    help="How to treat moods written by other programs: merge, replace or keep.",
)
@words_option
@click.option(
    "--own-moods",
    type=click.Choice(OWN_MOODS_CHOICES),
    default=INSTEAD,
    show_default=True,
    help="With a model of `emotag learn`: write your own moods instead of emotag's, or beside them.",
)
@click.option(
    "--preserve-mtime",
    is_flag=True,
    help="Keep modification times. Note: media servers such as Navidrome and MPD may not notice the change.",
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out matching files and folders; repeatable.")
@click.option("--include", multiple=True, metavar="GLOB", help="Scan only matching files; repeatable.")
@click.option("--follow-symlinks", is_flag=True, help="Search folders that are symbolic links.")
@models_option
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
@click.option("--no-store", is_flag=True, help="Do not use the library database.")
@click.option("--dask", metavar="ADDRESS", help="Analyse on the Dask cluster whose scheduler is at ADDRESS.")
@click.option("-q", "--quiet", is_flag=True, help="Print only warnings and failures.")
@click.option("-v", "--verbose", is_flag=True, help="Print a line for every file; with --dry-run, all fields.")
@click.option("--no-progress", is_flag=True, help="Do not show a progress bar.")
@events_flag
@click.option("--log", type=AppendedOutput(), metavar="FILE", help="Append all messages to FILE.")
def scan(paths: tuple[str, ...], log: IO[str] | None, quiet: bool, verbose: bool, **options: Any) -> int:
    """Predict the moods of all music in PATH... and write them to the tags of the files.

    Folders are searched for music, except hidden files, files that an .emotagignore file excludes (its syntax is that
    of .gitignore), and folders that contain a .notmusic file. With --output the moods are written to a report and no
    file is modified. Files that were analysed by an earlier scan are not analysed again.

    Before the first scan that writes tags in a folder, the command asks on a terminal whether it may.

    \b
    emotag scan ~/Music
    emotag scan --dry-run ~/Music/new
    emotag scan -o moods.csv ~/Music
    """
    options["csv"], options["jsonl"] = scan_report_files(options)
    if options["csv"] == "-" and options["jsonl"] == "-":
        raise click.UsageError("only one report can go to stdout")
    if options["as_json"] and "-" in (options["csv"], options["jsonl"]):
        raise click.UsageError("only one of a report and the events of --json can go to stdout")
    has_report = bool(options["csv"] or options["jsonl"])
    for name in ("sd", "columns"):
        if options[name] and (options["dry_run"] or not has_report):
            raise click.UsageError(f"--{name} is for a report: it needs --output, and no --dry-run")
    scan_options = ScanOptions(
        tag=options["tag"] if options["tag"] is not None else options["dry_run"] or not has_report,
        report=has_report or verbose,
        words=dict(options["words"] or {}),
        **{key: options[key] for key in ("dry_run", "force", "retry_failed", "threshold", "moods", "preserve_mtime")},
        own_moods=options["own_moods"],
    )
    store = "" if options["no_store"] else options["store"]
    undo = suggested_command("undo", paths, store)
    way_back = f"{undo} restores the earlier tags" if store else f"{undo} removes the tags"
    with log_handlers(log, quiet=quiet, verbose=verbose), event_lines(enabled=options["as_json"]) as emit:
        reporter = ScanReporter(scan_options, verbose=verbose, emit=emit)
        try:
            _run(paths, store, options, scan_options, reporter, show_progress=not (quiet or options["no_progress"]))
        except Declined:
            dry_run = suggested_command("scan --dry-run", paths, store)
            logger.info("No tags were written; %s shows what they would be", dry_run)
            return 0
        except KeyboardInterrupt:
            with suppress(OSError):  # the terminal may have been closed
                logger.warning("interrupted; finished work is kept, and the next scan continues from there")
                reporter.summarise(way_back, INTERRUPTED)
            return INTERRUPTED
        reporter.summarise(way_back, int(reporter.failed))
    return int(reporter.failed)


def _run(
    paths: tuple[str, ...],
    store: str,
    options: dict[str, Any],
    scan_options: ScanOptions,
    reporter: ScanReporter,
    *,
    show_progress: bool,
) -> None:
    from tagger.cli.consent import announce_and_ask
    from tagger.library.walk import paths_without_files
    from tagger.scanning.session import ScanSession

    gc.set_threshold(GC_THRESHOLD, 10, 10)
    session = ScanSession(
        paths,
        scan_options,
        store=store,
        find=WalkOptions(**{key: options[key] for key in ("include", "exclude", "follow_symlinks")}),
        workers=WorkerOptions(options["jobs"], options["timeout"], options["nice"], options["dask"] or ""),
        models=options["model"],
        on_unsearched=reporter.report_unsearched,
        confirm=lambda first: announce_and_ask(first, store, yes=options["yes"]),
    )
    with session:
        reporter.report_start(len(session.files))
        if without_files := paths_without_files(paths, session.files):
            reporter.report_no_files(without_files, found_any=bool(session.files))
        _write_results(session, options, reporter, show_progress)


def _write_results(session: ScanSession, options: dict[str, Any], reporter: ScanReporter, show_progress: bool) -> None:
    """Scan, and write the reports."""
    from tagger.io.output import open_output
    from tagger.report.text.rows import change_writers, writers

    if options["dry_run"]:
        formats = change_writers(absolute=options["absolute"])
    else:
        layout = {"columns": options["columns"] or "", "sd": options["sd"], "absolute": options["absolute"]}
        formats = writers(tags_of=session.tags_of, own=session.own_labels, **layout)
    outputs = [(options[name], begin) for name, begin in formats.items() if options[name]]
    rows: Counter[str] = Counter()
    try:
        with ExitStack() as stack:
            writing = [(path, begin(stack.enter_context(open_output(path)))) for path, begin in outputs]
            reporter.progress = stack.enter_context(progress(len(session.files), "song", show=show_progress))
            for result in session.run(reporter.progress):
                reporter.report(result)
                for path, write in writing:
                    rows[path] += write(result)
    except KeyboardInterrupt:
        for result in session.finished():
            reporter.report(result)
        _report_rows(outputs, rows)
        raise
    finally:
        reporter.counts[FileStatus.UNCHANGED] += session.unchanged
    _report_rows(outputs, rows)


def describe_emotion(emotion: Emotion, options: ScanOptions) -> str:
    """Return moods, valence and arousal for a message.

    Parameters
    ----------
    emotion : Emotion
    options : ScanOptions

    Returns
    -------
    str
    """
    moods = ", ".join(mood_texts(emotion.written_moods(options.own_moods), options.words)) or "no mood"
    return f"{moods} ({emotion.valence:+.2f}, {emotion.arousal:+.2f})"


def _report_rows(outputs: Sequence[tuple[str, object]], rows: Counter[str]) -> None:
    """Report the numbers of rows that were written to files."""
    for path, _ in outputs:
        if sentence := describe_written(count_noun(rows[path], "row"), path):
            logger.info("%s", sentence)


class ScanReporter:
    """Report the results of a scan to the user, and count them.

    Parameters
    ----------
    options : ScanOptions
        Options of the scan.
    verbose : bool
        Report skipped files, too.
    emit : callable
        Writes an event, if the user requests events.
    """

    def __init__(self, options: ScanOptions, *, verbose: bool, emit: Emit) -> None:
        self.options = options
        self.verbose = verbose
        self.emit = emit
        self.counts: Counter[FileStatus] = Counter()
        self.moods: Counter[str] = Counter()
        self.quadrants: Counter[str] = Counter()
        self.analysed = 0
        self.found_nothing = False
        self.progress = Progress()
        self.started = time.monotonic()
        self._warned: set[str] = set()

    @property
    def failed(self) -> bool:
        """Whether any file or folder failed, or there were no files: the exit status."""
        return self.found_nothing or self.counts[FileStatus.FAILED] > 0

    def report_start(self, files: int) -> None:
        """Report how many files are scanned.

        Parameters
        ----------
        files : int
        """
        self.emit(events.started(files, dry_run=self.options.dry_run, tag=self.options.tag))

    def report_no_files(self, paths: Sequence[str], *, found_any: bool) -> None:
        """Report paths without audio files.

        Parameters
        ----------
        paths : sequence of str
        found_any : bool
            Whether there are files in other paths.
        """
        self.found_nothing = not found_any
        logger.warning("%s", no_audio_files(paths))

    def report_unsearched(self, error: OSError) -> None:
        """Report a folder that could not be searched, or an ignore file that could not be used.

        Parameters
        ----------
        error : OSError
            The reason, with the file name.
        """
        self.counts[FileStatus.FAILED] += 1
        logger.error("%s", describe_walk_error(error))
        self.emit(events.failed(str(error.filename), error.strerror))

    def report(self, result: ScanResult) -> None:
        """Report and count a file.

        Parameters
        ----------
        result : ScanResult
            What became of it.
        """
        status = result.status
        self.counts[status] += 1
        self.analysed += result.analysed
        self.emit(events.scanned_file(result))
        path = display_path(result.path)
        if status is FileStatus.FAILED:
            self.progress.count_failure()
        if status is FileStatus.FAILED or (status is FileStatus.SKIPPED and self.verbose):
            logger.error("%s: %s", path, result.error)
        elif result.untaggable and result.untaggable not in self._warned:
            self._warned.add(result.untaggable)
            logger.info("%s: %s; such files get no tags, only a report", path, result.untaggable)
        elif result.change is not None and self.options.dry_run:
            logger.info(preview(result.change) if self.verbose else short_preview(result.change))
        if result.emotion is not None and self.options.dry_run:
            self.moods.update(result.emotion.written_moods(self.options.own_moods))
            self.quadrants[result.emotion.quadrant] += 1
        elif result.emotion is not None:
            logger.log(FILE_LEVEL, "%s: %s", path, describe_emotion(result.emotion, self.options))

    def summarise(self, way_back: str, exit_status: int) -> None:
        """Report the counts in one line, after the totals of a dry run.

        Parameters
        ----------
        way_back : str
            How to undo the scan.
        exit_status : int
            The exit status of the command.
        """
        for name, totals in (("Moods", self.moods), ("Quadrants", self.quadrants)):
            if totals:
                logger.info("%s: %s", name, ", ".join(f"{key} {count}" for key, count in totals.most_common()))
        words = DRY_RUN_WORDS if self.options.dry_run else SUMMARY_WORDS
        counts = "".join(f", {self.counts[status]} {word}" for status, word in words.items())
        seconds = time.monotonic() - self.started
        numbers = {"analysed": self.analysed} | {status.value: self.counts[status] for status in FileStatus}
        self.emit(events.summary(numbers, seconds=seconds, exit_status=exit_status))
        if self.options.dry_run:
            hint = "; no file was changed"
        else:
            hint = f"; {way_back}" if self.counts[FileStatus.TAGGED] else ""
        logger.info("%d analysed%s in %.1f s%s", self.analysed, counts, seconds, hint)

"""``emotag scan``."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

import click

from tagger.cli import INTERRUPTED
from tagger.cli.console import Styled, describe_walk_error, display_path, preview, print_message, progress
from tagger.cli.options import Number, models_option, store_option
from tagger.cli.outputs import AppendedOutput, WritingCommand
from tagger.cli.report_options import report_options, scan_report_files
from tagger.cli.streams import printable
from tagger.cli.words import words_option
from tagger.emotions import INSTEAD, OWN_MOODS_CHOICES
from tagger.errors import OutputClosed, OutputError
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import FileStatus, ScanResult
from tagger.tags.mood_words import mood_texts

if TYPE_CHECKING:
    from tagger.scanning.session import ScanSession

PACKAGE_LOGGER = logging.getLogger("tagger")

logger = logging.getLogger(__name__)

FILE_LEVEL = (logging.DEBUG + logging.INFO) // 2
"""Level of the lines of ``-v``, one for each file: below `logging.INFO`, above debug messages."""

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
@click.option("-v", "--verbose", is_flag=True, help="Print a line for every file.")
@click.option("--no-progress", is_flag=True, help="Do not show a progress bar.")
@click.option("--log", type=AppendedOutput(), metavar="FILE", help="Append all messages to FILE.")
def scan(paths: tuple[str, ...], log: IO[str] | None, quiet: bool, verbose: bool, **options: Any) -> int:
    """Predict the moods of all music in PATH... and write them to the tags of the files.

    Folders are searched for music, except hidden files, files that an .emotagignore file excludes (its syntax is that
    of .gitignore), and folders that contain a .notmusic file. With --output the moods are written to a report and no
    file is modified. Files that were analysed by an earlier scan are not analysed again.

    \b
    emotag scan ~/Music
    emotag scan --dry-run ~/Music/new
    emotag scan -o moods.csv ~/Music
    """
    options["csv"], options["jsonl"] = scan_report_files(options)
    if options["csv"] == "-" and options["jsonl"] == "-":
        raise click.UsageError("only one report can go to stdout")
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
    reporter = ScanReporter(scan_options, verbose=verbose)
    with _log_handlers(log, quiet=quiet, verbose=verbose):
        try:
            _run(paths, options, scan_options, reporter, show_progress=not (quiet or options["no_progress"]))
        except KeyboardInterrupt:
            with suppress(OSError):  # the terminal may have been closed
                logger.warning("interrupted; all that was finished is kept")
                reporter.summarise()
            return INTERRUPTED
        reporter.summarise()
    return int(reporter.failed)


def _run(
    paths: tuple[str, ...],
    options: dict[str, Any],
    scan_options: ScanOptions,
    reporter: ScanReporter,
    *,
    show_progress: bool,
) -> None:
    from tagger.scanning.session import ScanSession

    gc.set_threshold(GC_THRESHOLD, 10, 10)
    session = ScanSession(
        paths,
        scan_options,
        store="" if options["no_store"] else options["store"],
        find=WalkOptions(**{key: options[key] for key in ("include", "exclude", "follow_symlinks")}),
        workers=WorkerOptions(options["jobs"], options["timeout"], options["nice"], options["dask"] or ""),
        models=options["model"],
        on_unsearched=reporter.report_unsearched,
    )
    with session:
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
    with ExitStack() as stack:
        rows = [
            begin(stack.enter_context(open_output(options[name]))) for name, begin in formats.items() if options[name]
        ]
        advance = stack.enter_context(progress(len(session.files), "song", show=show_progress))
        for result in session.run(advance):
            for write in rows:
                write(result)
            reporter.report(result)
    reporter.counts[FileStatus.UNCHANGED] += session.unchanged


class ScanReporter:
    """Report the results of a scan to the user, and count them.

    Parameters
    ----------
    options : ScanOptions
        Options of the scan.
    verbose : bool
        Report skipped files, too.
    """

    def __init__(self, options: ScanOptions, *, verbose: bool) -> None:
        self.options = options
        self.verbose = verbose
        self.counts: Counter[FileStatus] = Counter()
        self.analysed = 0
        self.started = time.monotonic()
        self._warned: set[str] = set()

    @property
    def failed(self) -> bool:
        """Whether any file or folder failed: the exit status."""
        return self.counts[FileStatus.FAILED] > 0

    def report_unsearched(self, error: OSError) -> None:
        """Report a folder that could not be searched, or an ignore file that could not be used.

        Parameters
        ----------
        error : OSError
            The reason, with the file name.
        """
        self.counts[FileStatus.FAILED] += 1
        logger.error("%s", describe_walk_error(error))

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
        path = display_path(result.path)
        if status is FileStatus.FAILED or (status is FileStatus.SKIPPED and self.verbose):
            logger.error("%s: %s", path, result.error)
        elif result.untaggable and result.untaggable not in self._warned:
            self._warned.add(result.untaggable)
            logger.info("%s: %s; such files get no tags, only a report", path, result.untaggable)
        elif result.change is not None and self.options.dry_run:
            logger.info(preview(result.change))
        if result.emotion is not None:
            emotion = result.emotion
            written = mood_texts(emotion.written_moods(self.options.own_moods), self.options.words)
            moods = ", ".join(written) or "no mood"
            logger.log(FILE_LEVEL, "%s: %s (%+.2f, %+.2f)", path, moods, emotion.valence, emotion.arousal)

    def summarise(self) -> None:
        """Report the counts in one line."""
        words = DRY_RUN_WORDS if self.options.dry_run else SUMMARY_WORDS
        counts = "".join(f", {self.counts[status]} {word}" for status, word in words.items())
        logger.info("%d analysed%s in %.1f s", self.analysed, counts, time.monotonic() - self.started)


@contextmanager
def _log_handlers(log: IO[str] | None, *, quiet: bool, verbose: bool) -> Iterator[None]:
    """Print the messages of the package on stderr and append them to a log file."""
    console = _ConsoleHandler(logging.WARNING if quiet else FILE_LEVEL)
    handlers = [console] if log is None else [console, _LogFileHandler(log)]
    level = PACKAGE_LOGGER.level
    PACKAGE_LOGGER.setLevel(FILE_LEVEL if verbose else logging.INFO)
    for handler in handlers:
        PACKAGE_LOGGER.addHandler(handler)
    try:
        yield
    finally:
        PACKAGE_LOGGER.setLevel(level)
        for handler in handlers:
            PACKAGE_LOGGER.removeHandler(handler)


def _message(record: logging.LogRecord) -> str:
    """Return the text of a log record, safe to print on a terminal."""
    return record.msg if isinstance(record.msg, Styled) else printable(record.getMessage())


class _ConsoleHandler(logging.Handler):
    """Prints messages on stderr, above the progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        print_message(_message(record))


class _LogFileHandler(logging.Handler):
    """Appends messages with a time stamp to a file."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__()
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Append a message; if the file cannot be written, say so once and do without."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
        lines = "".join(f"{stamp} {line}\n" for line in click.unstyle(_message(record)).splitlines())
        try:
            self.file.write(lines)
            self.file.flush()
        except (OutputError, OutputClosed) as error:
            PACKAGE_LOGGER.removeHandler(self)
            print_message(printable(f"{error}; the scan goes on without a log"))

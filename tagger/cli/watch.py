"""``emotag watch``."""

from __future__ import annotations

import logging
import sys
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any

import click

from tagger.cli.consent import ask
from tagger.cli.console import describe_walk_error, display_path
from tagger.cli.hints import suggested_command
from tagger.cli.options import Number
from tagger.cli.outputs import AppendedOutput, WritingCommand
from tagger.cli.scan import describe_emotion, scan
from tagger.cli.scan_log import log_handlers
from tagger.errors import Declined
from tagger.report.text.wording import count_noun
from tagger.scanning.options import ScanOptions, WalkOptions, WorkerOptions
from tagger.scanning.result import FileStatus

if TYPE_CHECKING:
    from tagger.scanning.consent import FirstWrite
    from tagger.scanning.result import ScanResult

logger = logging.getLogger(__name__)

SCAN_OPTIONS = (
    *("jobs", "threshold", "moods", "own_moods", "words", "preserve_mtime", "exclude", "include"),
    *("follow_symlinks", "model", "timeout", "store"),
)
"""Options of `emotag scan` that `emotag watch` has, too."""


@click.command(cls=WritingCommand, params=[option for option in scan.params if option.name in SCAN_OPTIONS])
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False), metavar="PATH...")
@click.option(
    "--settle",
    type=Number(min=0, min_open=True),
    default=10,
    show_default=True,
    metavar="S",
    help="Tag a file when it has not changed for S seconds and no program has it open for writing.",
)
@click.option(
    "--poll",
    type=Number(min=0, min_open=True),
    metavar="S",
    show_default="events of the system; every 60 s on network file systems",
    help="Look for new files every S seconds.",
)
@click.option(
    "--nice",
    type=click.IntRange(0, 19),
    default=10,
    show_default=True,
    metavar="N",
    help="Lower the workers' priority by N.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before tags are written in a folder for the first time.")
@click.option("-q", "--quiet", is_flag=True, help="Print only warnings and failures.")
@click.option("--log", type=AppendedOutput(), metavar="FILE", help="Append all messages to FILE.")
def watch(paths: tuple[str, ...], log: IO[str] | None, quiet: bool, **options: Any) -> int:
    """Tag new and changed files in the folders PATH... as they arrive, until Ctrl-C or SIGTERM.

    First, the files that came while the command was not running are tagged. It finds the same files as `scan`, uses the
    settings of `scan`, and skips files that `undo` has restored. Other commands can run at the same time.

    \b
    emotag watch ~/Music
    emotag watch --poll 300 /mnt/nas/music
    """
    if not options["store"]:
        raise click.UsageError("watch needs a library database")
    scan_options = ScanOptions(
        words=dict(options["words"] or {}),
        **{key: options[key] for key in ("threshold", "moods", "own_moods", "preserve_mtime")},
    )
    reporter = _Reporter(scan_options)
    with log_handlers(log, quiet=quiet, verbose=False):
        try:
            _run(paths, options, scan_options, reporter)
        except Declined:
            dry_run = suggested_command("scan --dry-run", paths, options["store"])
            logger.info("No tags were written; %s shows what they would be", dry_run)
        except KeyboardInterrupt:
            logger.info("Stopped; %s tagged", count_noun(reporter.tagged, "file"))
    return 0


def _run(paths: tuple[str, ...], options: dict[str, Any], scan_options: ScanOptions, reporter: _Reporter) -> None:
    from tagger.scanning.watching import FolderWatch

    folder_watch = FolderWatch(
        paths,
        scan_options,
        store=options["store"],
        find=WalkOptions(**{key: options[key] for key in ("include", "exclude", "follow_symlinks")}),
        workers=WorkerOptions(options["jobs"], options["timeout"], options["nice"]),
        models=options["model"],
        settle=options["settle"],
        poll=options["poll"],
        on_unsearched=lambda error: logger.error("%s", describe_walk_error(error)),
        confirm=lambda first: _announce_and_ask(first, options["store"], yes=options["yes"]),
    )
    logger.info("Watching %s; Ctrl-C stops", ", ".join(map(display_path, paths)))
    try:
        with closing(folder_watch.run()) as results:
            for result in results:
                reporter.report(result)
    except KeyboardInterrupt:
        for result in folder_watch.finished():
            reporter.report(result)
        raise


def _announce_and_ask(first: FirstWrite, store: str, *, yes: bool) -> bool:
    """Say what will be written and, on a terminal, ask whether it may."""
    undo = suggested_command("undo", first.paths, store)
    dry_run = suggested_command("scan --dry-run", first.paths, store)
    files = f"{count_noun(first.files, 'file')} and all that arrive" if first.files else "all files that arrive"
    logger.info("%s will get tags; %s shows them; %s restores every byte", files.capitalize(), dry_run, undo)
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    return ask(f"Write tags to {files}?")


class _Reporter:
    """Prints a line for each file that was tagged or failed.

    Parameters
    ----------
    options : ScanOptions
    """

    def __init__(self, options: ScanOptions) -> None:
        self.options = options
        self.tagged = 0
        self._untaggable: set[str] = set()
        self._failures: set[tuple[str, str | None]] = set()

    def report(self, result: ScanResult) -> None:
        path = display_path(result.path)
        if result.status is FileStatus.FAILED:
            # Files that cannot be read are tried again and again.
            if (path, result.error) in self._failures:
                return
            self._failures.add((path, result.error))
            logger.error("%s: %s", path, result.error)
        elif result.untaggable and result.untaggable not in self._untaggable:
            self._untaggable.add(result.untaggable)
            logger.info("%s: %s; such files get no tags", path, result.untaggable)
        elif result.status is FileStatus.TAGGED and result.emotion is not None:
            self.tagged += 1
            logger.info("%s: %s", path, describe_emotion(result.emotion, self.options))

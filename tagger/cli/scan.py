"""``emotag scan``."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from tagger.cli.console import name, processors, progress, say

if TYPE_CHECKING:
    from tagger.scan import Options, Outcome
    from tagger.tags import Change


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option(
    "--csv", metavar="FILE", help="Write a CSV report ('-' is stdout), and no tags unless --tag is given."
)
@click.option("--jsonl", metavar="FILE", help="The same as JSON Lines.")
@click.option("--tag/--no-tag", default=None, help="Write tags (default: yes, unless a report is asked for).")
@click.option("-n", "--dry-run", is_flag=True, help="Show what tags would change; change nothing.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Worker processes (default: all processors)."
)
@click.option(
    "--threshold", type=click.FloatRange(0, 1), metavar="P", help="Probability from which a mood is given."
)
@click.option(
    "--moods",
    type=click.Choice(["merge", "replace", "keep"]),
    default="merge",
    show_default=True,
    help="Beside, instead of, or never touching moods that others wrote.",
)
@click.option(
    "--preserve-mtime", is_flag=True, help="Keep modification times; media servers won't see the new tags."
)
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out files and folders that match; repeatable."
)
@click.option("--include", multiple=True, metavar="GLOB", help="Take only files that match; repeatable.")
@click.option("--follow-symlinks", is_flag=True, help="Enter folders that are symbolic links.")
@click.option(
    "--model", multiple=True, type=click.Path(exists=True), metavar="FILE", help="Use a model you trained."
)
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
@click.option("-v", "--verbose", is_flag=True, help="Print a line for every file.")
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def scan(
    paths: tuple[str, ...],
    csv: str | None,
    jsonl: str | None,
    tag: bool | None,
    dry_run: bool,
    jobs: int | None,
    threshold: float | None,
    moods: str,
    preserve_mtime: bool,
    exclude: tuple[str, ...],
    include: tuple[str, ...],
    follow_symlinks: bool,
    model: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    no_progress: bool,
) -> int:
    """Tell the moods of all music in PATH... and write them into the files' tags.

    Folders are searched for music; hidden files are left out. With --csv or --jsonl the moods go into a
    report and no file is modified.

    \b
    emotag scan ~/Music
    emotag scan --dry-run ~/Music/new
    emotag scan --csv moods.csv ~/Music
    """
    from tagger.library.walk import walk
    from tagger.report.rows import WRITERS, destination
    from tagger.scan import Models, Options
    from tagger.scan import scan as run

    if csv == "-" and jsonl == "-":
        raise click.UsageError("only one report can go to stdout")
    reports = {"csv": csv, "jsonl": jsonl}
    options = Options(
        jobs=jobs or processors(),
        tag=tag if tag is not None else dry_run or not any(reports.values()),
        dry_run=dry_run,
        threshold=threshold,
        moods=moods,
        preserve_mtime=preserve_mtime,
    )
    talk = _Talk(options, quiet=quiet, verbose=verbose)
    files = walk(
        paths, include=include, exclude=exclude, follow_symlinks=follow_symlinks, on_error=talk.unlisted
    )
    with ExitStack() as stack:
        sinks = [WRITERS[kind](stack.enter_context(destination(p))) for kind, p in reports.items() if p]
        bar = stack.enter_context(progress(len(files), "song", show=not (quiet or no_progress)))
        if files:
            for outcome in run(files, Models.load(model), options, lambda: bar.update(1)):
                for write in sinks:
                    write(outcome)
                talk.of(outcome)
    talk.summary()
    return int(talk.counts["failed"] > 0)


@dataclass
class _Talk:
    """Tells the user what becomes of the files, and counts it."""

    options: Options
    quiet: bool
    verbose: bool
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    told: set[str] = field(default_factory=set)

    def unlisted(self, error: OSError) -> None:
        """Name a folder that could not be searched."""
        self.counts["failed"] += 1
        say(f"{name(str(error.filename))}: cannot be searched ({error.strerror})")

    def of(self, outcome: Outcome) -> None:
        """Count a file, and say what there is to say of it."""
        if outcome.error:
            self.counts["failed"] += 1
            say(f"{name(outcome.path)}: {outcome.error}")
            return
        self.counts["analysed"] += 1
        if outcome.untaggable:
            self.counts["untaggable"] += 1
            if outcome.untaggable not in self.told and not self.quiet:
                say(f"{name(outcome.path)}: {outcome.untaggable}; such files get no tags, only a report")
            self.told.add(outcome.untaggable)
        if outcome.change is not None:
            self.counts["tagged" if outcome.change.changed else "unchanged"] += 1
            if self.options.dry_run and not self.quiet:
                say("\n".join(_preview(outcome.change)))
        if self.verbose and outcome.emotion is not None:
            emotion = outcome.emotion
            point = f"({emotion.valence:+.2f}, {emotion.arousal:+.2f})"
            say(f"{name(outcome.path)}: {', '.join(emotion.moods)} {point}")

    def summary(self) -> None:
        """Say in one line what the scan did."""
        if self.quiet:
            return
        words = {"tagged": "would be tagged"} if self.options.dry_run else {}
        kinds = ["analysed", "tagged", "unchanged", "skipped", "failed"]
        kinds += ["untaggable"] if self.counts["untaggable"] else []
        counts = ", ".join(f"{self.counts[kind]} {words.get(kind, kind)}" for kind in kinds)
        say(f"{counts} in {time.monotonic() - self.began:.1f} s")


def _preview(change: Change) -> list[str]:
    """Return the lines that show a change of tags, field by field."""
    lines = [name(change.path)]
    for label, (old, new) in change.fields.items():
        if old != new:
            lines.append(f"  {label}: {'; '.join(old) or '(none)'} -> {'; '.join(new) or '(none)'}")
    return lines if len(lines) > 1 else [f"{lines[0]}: no change"]

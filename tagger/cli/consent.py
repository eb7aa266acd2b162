"""The announcement of the first scan that writes tags, and the question whether it may."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

import click

from tagger.cli.hints import suggested_command
from tagger.report.text.wording import count_noun

if TYPE_CHECKING:
    from tagger.scanning.consent import FirstWrite

logger = logging.getLogger(__name__)


def announce_and_ask(first: FirstWrite, store: str, *, yes: bool) -> bool:
    """Say what the first scan that writes tags will do and, on a terminal, ask whether it may.

    Parameters
    ----------
    first : FirstWrite
        What will be written.
    store : str
        The library database; empty for none.
    yes : bool
        Do not ask.

    Returns
    -------
    bool
        Whether the tags may be written.
    """
    dry_run = suggested_command("scan --dry-run", first.paths, store)
    undo = suggested_command("undo", first.paths, store)
    effect = (
        "restores every byte" if store else "removes them, but cannot restore every byte without a library database"
    )
    files = count_noun(first.files, "file")
    logger.info("%s will get tags; %s shows them; %s %s", files, dry_run, undo, effect)
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    return ask(f"Write tags to {files}?")


def ask(question: str) -> bool:
    """Ask a question on the terminal until the answer is yes or no; no answer and the end of the input mean no."""
    while True:
        try:
            click.echo(f"{question} [y/N] ", nl=False, err=True)
            # `input` could write to stdout, which may be a report.
            answer = os.fsdecode(sys.stdin.buffer.readline())
        except KeyboardInterrupt:
            click.echo(err=True)
            raise click.Abort from None
        if not answer:
            click.echo(err=True)
        if answer.strip().casefold() in ("y", "yes"):
            return True
        if answer.strip().casefold() in ("", "n", "no"):
            return False

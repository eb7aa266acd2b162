"""What the commands share in talking to a person: names, messages, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.streams import printable, silence
from tagger.library import paths

if TYPE_CHECKING:
    from tagger.library.walk import FoundFile
    from tagger.scanning.leftovers import Walk
    from tagger.tags import Change


def display_path(path: str) -> str:
    """Return a path as it can be shown on any terminal: on one line, undecodable bytes replaced."""
    return printable(os.fsencode(path).decode(errors="replace"))


def print_json(value: Any) -> None:
    """Print a value as JSON; with escapes for what stdout's encoding lacks, which read back as the same text."""
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    click.echo(text)


class Styled(str):
    """A message of several lines or of colours, made of text that was looked at."""

    __slots__ = ()


def unlisted(error: OSError) -> str:
    """Say why a folder was not searched."""
    from tagger.library.ignore_files import IgnoreFileError

    if isinstance(error, IgnoreFileError):
        return f"{display_path(str(error.filename))}: cannot be used ({error.strerror}); its folder is left out"
    return f"{display_path(str(error.filename))}: cannot be searched ({error.strerror})"


def print_message(message: str) -> None:
    """Talk to the user, on stderr; a progress bar stays below.

    Where stderr takes nothing (its disk is full, nobody reads it any more) the command goes on without talking.
    """
    text = message if isinstance(message, Styled) else printable(message)
    try:
        if "tqdm" in sys.modules:  # which is only used where stderr is a terminal
            sys.modules["tqdm"].tqdm.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)
    except OSError:
        silence(2)


def preview(change: Change) -> Styled:
    """Return the lines that show a change of tags, field by field, with old values in red and new ones in green."""
    lines = [display_path(change.path)]
    for label, (old, new) in change.fields.items():
        if old != new:
            before, after = (printable("; ".join(values)) or "(none)" for values in (old, new))
            lines.append(f"  {label}: {click.style(before, fg='red')} -> {click.style(after, fg='green')}")
    return Styled("\n".join(lines) if len(lines) > 1 else f"{lines[0]}: no change")


@contextmanager
def progress(total: int, unit: str, *, show: bool = True) -> Iterator[Callable[[int], object]]:
    """Show a progress bar on stderr, if that is a terminal; give what moves it on by so many units."""
    if show and sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(total=total, unit=unit, dynamic_ncols=True, leave=False) as bar:
            yield bar.update
    else:
        yield lambda count: None


def walk_and_recover(walk: Walk, journal: str) -> list[FoundFile]:
    """Finish interrupted writes, find the music files and remove leftover temporary files; print what was done.

    Parameters
    ----------
    walk : callable
        Finds the files; it passes the temporary files of emotag that it sees to its argument.
    journal : str
        Folder with the records of unfinished writes.

    Returns
    -------
    list of FoundFile
    """
    from tagger.scanning import leftovers

    return leftovers.walk_and_recover(walk, journal, lambda notice: print_message(printable(notice)))


class Number(click.FloatRange):
    """A finite number in a range: ``nan`` is in every range that it is compared with, and ``inf`` in most."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return found


def add_options(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds options to a command, in their order."""

    def added(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return added


store_option = click.option(
    "--store",
    envvar="EMOTAG_STORE",
    default=paths.store_path,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The library store (default: in your data folder; or set EMOTAG_STORE).",
)

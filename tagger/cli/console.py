"""Output for the user: paths, messages, JSON, changes of tags and progress bars."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.streams import printable, silence

if TYPE_CHECKING:
    from tagger.cli.progress_bar import ProgressBar
    from tagger.tags import Change

ERROR_PREFIX = "emotag: "
"""Begin of all errors and warnings."""


def display_path(path: str) -> str:
    """Return a path as text for a terminal: on one line, with replacement characters for bytes that are not UTF-8.

    Parameters
    ----------
    path : str

    Returns
    -------
    str
    """
    return printable(os.fsencode(path).decode(errors="replace"))


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout.

    Characters that the encoding of stdout lacks are printed as escapes, so that any JSON parser reads the same text.

    Parameters
    ----------
    value : object
        Anything that `json.dumps` accepts.
    """
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(stdout_encoding())
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    click.echo(text)


def print_text(text: str) -> None:
    """Print text on stdout; bars become ``#``, and other characters ``?``, if the encoding of stdout lacks them.

    Parameters
    ----------
    text : str
    """
    encoding = stdout_encoding()
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("█", "#").encode(encoding, "replace").decode(encoding)
    click.echo(text)


def stdout_encoding() -> str:
    """Return the encoding of stdout."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


class Styled(str):
    """A message with line breaks or colours, whose other control characters have been replaced already."""

    __slots__ = ()


def print_message(message: str) -> None:
    """Print a message on stderr, above the progress bar if there is one.

    If stderr cannot be written to (its disk is full, or its reader has gone), the command continues without messages.

    Parameters
    ----------
    message : str
        Control characters are replaced, unless it is `Styled`.
    """
    text = message if isinstance(message, Styled) else printable(message)
    try:
        if "tqdm" in sys.modules:  # only imported if stderr is a terminal
            sys.modules["tqdm"].tqdm.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)
    except OSError:
        silence(2)


def print_error(message: str) -> None:
    """Print the reason why a command ends without a result, in the form of all errors.

    Parameters
    ----------
    message : str
    """
    print_message(f"{ERROR_PREFIX}{message}")


def print_file_error(path: str, reason: object) -> None:
    """Print the reason why one of several files failed.

    Parameters
    ----------
    path : str
    reason : object
        An exception or a text.
    """
    print_message(f"{ERROR_PREFIX}{display_path(path)}: {reason}")


def report_written(what: str, path: str) -> None:
    """Print what was written to an output file; nothing if it is stdout or a device.

    Parameters
    ----------
    what : str
        For example ``263 rows``.
    path : str
        The file, or ``-``.
    """
    if sentence := describe_written(what, path):
        print_message(sentence)


def describe_written(what: str, path: str) -> str:
    """Return the sentence that something was written to an output file.

    Parameters
    ----------
    what : str
        For example ``263 rows``.
    path : str
        The file, or ``-``.

    Returns
    -------
    str
        Empty if it is stdout, or not a regular file, such as ``/dev/null``.
    """
    return f"{what} written to {display_path(path)}" if path != "-" and os.path.isfile(path) else ""


def no_audio_files(paths: Sequence[str]) -> str:
    """Return the sentence that no audio files were found.

    Parameters
    ----------
    paths : sequence of str
        Where they were looked for.

    Returns
    -------
    str
    """
    return f"No audio files found in {', '.join(map(display_path, paths))}."


def preview(change: Change) -> Styled:
    """Return a change of tags as text: a line for each field, with the old value in red and the new one in green.

    Parameters
    ----------
    change : Change

    Returns
    -------
    Styled
    """
    lines = [display_path(change.path)]
    for label, (old, new) in change.fields.items():
        if old != new:
            before, after = (printable("; ".join(values)) or "(none)" for values in (old, new))
            lines.append(f"  {label}: {click.style(before, fg='red')} -> {click.style(after, fg='green')}")
    return Styled("\n".join(lines) if len(lines) > 1 else f"{lines[0]}: no change")


def short_preview(change: Change) -> str:
    """Return the change of tags by a scan as a line: the old moods if there are others, the new ones, and the position.

    Parameters
    ----------
    change : Change

    Returns
    -------
    str
    """
    path = display_path(change.path)
    if not change.changed:
        return f"{path}: no change"
    old, new = (", ".join(values) for values in change.fields["moods"])
    moods = f"{old} -> {new}" if old and old != new else new
    valence, arousal = (" ".join(change.fields[field][1]) for field in ("valence", "arousal"))
    return f"{path}: {moods} (valence {valence}, arousal {arousal})"


def describe_walk_error(error: OSError) -> str:
    """Return the reason why a folder was not searched for music.

    Parameters
    ----------
    error : OSError
        As `tagger.library.walk.walk` reports it.

    Returns
    -------
    str
    """
    from tagger.library.ignore_files import IgnoreFileError

    path = display_path(str(error.filename))
    if isinstance(error, IgnoreFileError):
        return f"{path}: cannot be used ({error.strerror}); its folder is left out"
    return f"{path}: cannot be searched ({error.strerror})"


class Progress:
    """Advances a progress bar, if there is one.

    Parameters
    ----------
    bar : ProgressBar, optional
        The bar; none if stderr is not a terminal.
    """

    def __init__(self, bar: ProgressBar | None = None) -> None:
        self.bar = bar

    def __call__(self, count: int) -> None:
        """Advance the bar by a number of units."""
        if self.bar is not None:
            self.bar.update(count)

    def count_failure(self) -> None:
        """Show one more failure."""
        if self.bar is not None:
            self.bar.failed += 1


@contextmanager
def progress(total: int, noun: str, *, show: bool = True) -> Iterator[Progress]:
    """Show a progress bar on stderr if stderr is a terminal.

    Parameters
    ----------
    total : int
        Number of units of the whole work.
    noun : str
        Name of a unit.
    show : bool, optional
        Whether to show a bar at all.

    Yields
    ------
    Progress
        Advances the bar by a number of units.
    """
    if show and sys.stderr.isatty():
        from tagger.cli.progress_bar import ProgressBar

        with ProgressBar(total, noun) as bar:
            yield Progress(bar)
    else:
        yield Progress()

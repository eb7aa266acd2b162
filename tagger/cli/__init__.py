"""The command line. Each command is a module: it defines options, makes a call, and prints the result."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from tagger import interrupts
from tagger._version import __version__
from tagger.errors import EmotagError, OutputClosed

FAILED, INTERRUPTED = 1, interrupts.EXIT_STATUS
"""Exit statuses; 0 is success, and `EmotagError.exit_code` has those of errors."""

COMMANDS = {
    "scan": "Predict the moods of a music library and write them to tags or a report.",
    "undo": "Restore the tags that files had before emotag wrote them.",
    "map": "Draw the library on the valence/arousal plane as a page or image.",
    "watch": "Tag new and changed files as they arrive.",
    "show": "Show the tags and predictions of files, or a summary of folders.",
    "export": "Write the predictions in the library to a CSV or JSON Lines file.",
    "playlist": "Make a playlist by mood, by similarity, or between two moods.",
    "curve": "Predict valence and arousal over the time of a song.",
    "features": "Print the audio features of files as CSV.",
    "library": "Manage the library database.",
    "config": "Show the settings and their sources.",
    "learn": "Learn your own moods from songs that you have tagged or sorted.",
    "rate": "Rate songs yourself, and adjust valence and arousal to your ratings.",
    "completion": "Print or install the completion script of a shell.",
    "models": "Show the bundled models and their accuracy.",
    "train": "Train a model on a data set.",
    "evaluate": "Evaluate models under a named protocol.",
    "explore": "Summarise a multi-label data set.",
}
"""Summaries of the commands by name. The function of a command and its module have the same name as the command."""


class _LazyGroup(click.Group):
    """A group that imports the module of a command when the command is run, not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"tagger.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        if args[0] not in COMMANDS and (similar := get_close_matches(args[0], COMMANDS, 1)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{similar[0]}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


CONTEXT: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
    "auto_envvar_prefix": "EMOTAG",
    "show_default": True,
}


@click.group(cls=_LazyGroup, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="emotag")
@click.pass_context
def emotag(context: click.Context) -> None:
    """Predict the moods of a music library and write them to tags or a report.

    Mood labels, valence (unpleasant to pleasant) and arousal (calm to excited) are predicted on this computer; no data
    is sent anywhere.

    \b
    emotag scan ~/Music                  # write moods, valence and arousal to the tags of the files
    emotag scan --dry-run ~/Music        # show what would be written; change nothing
    emotag undo ~/Music                  # restore every byte of the files
    emotag map -o map.html               # draw the songs on the valence/arousal plane
    """
    from tagger.cli import settings
    from tagger.cli.words import word_defaults

    tables = settings.read()
    words = settings.take_words(tables)
    settings.check_tables(tables, COMMANDS)
    name = context.invoked_subcommand or ""
    command = emotag.get_command(context, name)
    if command is not None and name != "config":
        table = tables.get(name, {})
        if name == "watch":
            # Otherwise `watch` and `scan` would write different tags in turn.
            table = settings.shared(tables.get("scan", {}), command) | table
        from_file = settings.defaults(table, command, f"{name}.")
        context.default_map = {name: word_defaults(command, words) | from_file}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its status. SIGTERM and SIGHUP interrupt it, as Ctrl-C does.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the name of the program; by default that of the process.
    """
    from tagger.cli import streams

    streams.prepare_streams()
    interrupts.install_handlers()
    status = run(arguments)
    if status == INTERRUPTED:
        # Finished work has been saved. Do not wait for the cleanup of threads and workers.
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the name of the program; by default that of the process.

    Returns
    -------
    int
        Exit status.
    """
    from tagger.cli import streams

    try:
        status = emotag.main(arguments, prog_name="emotag", standalone_mode=False) or 0
        # Errors of writing are reported now. At the end of the process they would be a traceback.
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except (OutputClosed, BrokenPipeError):
        # The reader of a pipe has closed it. Stdout must not be flushed again at exit.
        streams.silence(1)
        return 0
    except (KeyboardInterrupt, click.Abort):
        _print_lines("emotag: interrupted")
        return INTERRUPTED
    except Exception as error:
        status, message = _explain(error)
        if not message:
            raise
        _print_lines(message)
        streams.silence(1)
        return status


def _explain(error: Exception) -> tuple[int, str]:
    """Return the exit status and the message for an error; no message for an error in emotag itself."""
    from tagger.cli.streams import printable

    if isinstance(error, click.ClickException):
        return error.exit_code, _describe_click_error(error)
    if isinstance(error, EmotagError):
        return error.exit_code, printable(f"emotag: {error}")
    if isinstance(error, OSError) and error.strerror:
        place = "" if error.filename is None else f"{os.fsdecode(str(error.filename))}: "
        return FAILED, printable(f"emotag: {place}{error.strerror}")
    return FAILED, ""


def _describe_click_error(error: click.ClickException) -> str:
    """Return the usage of the command and the message in the form of all errors; the help if a group has no command."""
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # since click 8.2
        return error.format_message()
    message = f"emotag: {error.format_message()}"
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return message
    return f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n\n{message}"


def _print_lines(text: str) -> None:
    """Print lines of text on stderr, if it can be written to."""
    from tagger.cli.console import Styled, print_message
    from tagger.cli.streams import printable_lines

    print_message(Styled(printable_lines(text)))

"""The command line: options in, calls, printing out. Each command is a module, loaded when it is used."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from tagger import interrupts
from tagger._version import __version__
from tagger.errors import EmotagError, OutputClosed

FAILED, USAGE, INTERRUPTED = 1, 2, interrupts.EXIT_STATUS
"""Exit statuses; 0 is success, and `EmotagError.exit_code` has those of errors."""

COMMANDS = {
    "scan": "Tell the moods of a music library and write them into its tags, or into a report.",
    "undo": "Put tags back to what they were before emotag wrote them.",
    "show": "Show what the tags of files say about their emotions.",
    "export": "Write what the library knows as CSV or JSON Lines; nothing is analysed.",
    "map": "Draw the library on the valence/arousal plane, as a page that plays it.",
    "playlist": "Make a playlist: by mood, by likeness, or from mood to mood.",
    "curve": "Follow valence and arousal along a song.",
    "features": "Print the feature vectors of files as CSV.",
    "library": "Look after the store that remembers what is known of every song.",
    "config": "Show the settings, and where each comes from.",
    "models": "Show the bundled models and how good they are.",
    "train": "Train a model from a data set.",
    "evaluate": "Measure models under a named protocol.",
    "explore": "Show what a multi-label data set is like.",
}
"""Commands and their one-line help; each is the function of its name in the module of its name."""


class _Lazy(click.Group):
    """A group that imports a command's module when the command is run, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return getattr(importlib.import_module(f"tagger.cli.{cmd_name}"), cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        if args[0] not in COMMANDS and (near := get_close_matches(args[0], COMMANDS, 1)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


CONTEXT: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
    "auto_envvar_prefix": "EMOTAG",
}


@click.group(cls=_Lazy, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="emotag")
@click.pass_context
def emotag(context: click.Context) -> None:
    """Know the moods of a music library.

    \b
    emotag scan ~/Music                  # write moods, valence and arousal into the files' tags
    emotag scan --csv moods.csv ~/Music  # write them into a report, and change no file
    """
    from tagger.cli import settings

    given = settings.read()
    command = context.invoked_subcommand or ""
    if unknown := settings.unknown_table(given, COMMANDS):
        raise settings.SettingsError(unknown)
    found = emotag.get_command(context, command)
    if found is not None and command in given and command != "config":
        context.default_map = {command: settings.defaults(given[command], found, f"{command}.")}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its status; SIGTERM and SIGHUP interrupt it as Ctrl-C does."""
    from tagger.cli import streams

    streams.prepare_streams()
    interrupts.install_handlers()
    status = run(arguments)
    if status == INTERRUPTED:
        # All that is to be kept is kept; what threads and workers still want to tidy up must not make anyone wait.
        os._exit(status)
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    from tagger.cli import streams

    try:
        status = emotag.main(arguments, prog_name="emotag", standalone_mode=False) or 0
        # What cannot be written is told now: when the process ends, nobody can tell it in one sentence.
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except (OutputClosed, BrokenPipeError):
        # Whoever read our output has seen enough; stdout must not be flushed again at exit.
        streams.silence(1)
        return 0
    except (KeyboardInterrupt, click.Abort):
        _tell("emotag: interrupted")
        return INTERRUPTED
    except Exception as error:
        status, told = _explained(error)
        if not told:
            raise
        _tell(told)
        streams.silence(1)
        return status


def _explained(error: Exception) -> tuple[int, str]:
    """Return the exit status for an error, and what is told of it; nothing of what is a fault of ours."""
    from tagger.cli.streams import printable

    if isinstance(error, click.ClickException):
        lines = io.StringIO()
        error.show(lines)
        return error.exit_code, lines.getvalue().rstrip("\n")
    if isinstance(error, EmotagError):
        return error.exit_code, printable(f"emotag: {error}")
    if isinstance(error, OSError) and error.strerror:
        place = "" if error.filename is None else f"{os.fsdecode(str(error.filename))}: "
        return FAILED, printable(f"emotag: {place}{error.strerror}")
    return FAILED, ""


def _tell(text: str) -> None:
    """Print lines of text on stderr, if it takes them."""
    from tagger.cli.console import Styled, print_message
    from tagger.cli.streams import printable_lines

    print_message(Styled(printable_lines(text)))

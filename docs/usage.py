"""Write docs/usage.md from the help texts of the commands.

python docs/usage.py           # write it
python docs/usage.py --check   # exit with 1 if it is stale
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tagger import cli

PAGE = Path(__file__).with_name("usage.md")

EXIT_STATUSES = {
    "0": "success",
    "1": "some files failed, no files were found or no songs matched, or an output could not be written",
    "2": "wrong usage or configuration",
    "75": "another emotag is using this library; try again later",
    "130": "interrupted by Ctrl-C, SIGTERM or SIGHUP; finished work is kept; a second signal stops emotag at once",
}

HEAD = """# Every command

This page is written by `python docs/usage.py` from the help texts; do not edit it. `emotag COMMAND --help` and the
manual page (`man emotag`) show the same. Options can also be set in a settings file or in environment variables: see
[recipes.md](recipes.md#settings).

| exit status | meaning |
|---|---|
""" + "\n".join(f"| {status} | {meaning} |" for status, meaning in EXIT_STATUSES.items())


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield a command and all its subcommands, each with its context."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from commands(subcommand, click.Context(subcommand, info_name=name, parent=context))


def section(command: click.Command, context: click.Context) -> str:
    """Return the section of a command: usage, description, examples and a table of options."""
    paragraphs = inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n")
    usage = " ".join(command.get_usage(context).split()[1:])
    parts = [f"## {context.command_path}", f"`{usage}`"]
    parts += [escape(" ".join(text.split())) for text in paragraphs if "\b" not in text]
    parts += [f"```sh\n{text[2:]}\n```" for text in paragraphs if text.startswith("\b\n")]
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    rows = [
        f"| `{escape_cell(names)}` | {escape_cell(escape(text))} |" for names, text in records if "--help" not in names
    ]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def escape(text: str) -> str:
    """Escape characters that Markdown would take for a tag or for emphasis."""
    return text.replace("<", "&lt;").replace("*", r"\*")


def escape_cell(text: str) -> str:
    """Escape bars, which would end a cell of a table."""
    return text.replace("|", r"\|")


def page() -> str:
    """Return the content of ``docs/usage.md``."""
    root = click.Context(cli.emotag, info_name="emotag", **cli.CONTEXT)
    sections = [section(command, context) for command, context in commands(cli.emotag, root)]
    return "\n\n".join([HEAD, *sections]) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page() and f"{PAGE} is stale: run python {__file__}")
    PAGE.write_text(page(), "utf-8")

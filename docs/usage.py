"""Write docs/usage.md from the commands themselves.

python docs/usage.py           # write it
python docs/usage.py --check   # say whether it is what the commands say; status 1 if not
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tagger import cli

PAGE = Path(__file__).with_name("usage.md")

HEAD = """# Every command

Written by `python docs/usage.py` from the commands themselves; a test compares the two. `emotag COMMAND --help` shows
the same. Options may stand in a settings file or in the environment: see [recipes.md](recipes.md#settings).

| status | means |
|---|---|
| 0 | all done |
| 1 | some files failed, an output could not be written, or there is nothing to show or to play |
| 2 | the command was not understood, or what it needs is missing |
| 75 | another emotag is at work on this library; try again later |
| 130 | interrupted by Ctrl-C, SIGTERM or SIGHUP; what was done is kept, and a second signal ends at once |"""


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield a command, and all below it, each with its context."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, click.Context(below, info_name=name, parent=context))


def section(command: click.Command, context: click.Context) -> str:
    """Describe a command: how it is called, what it does, examples, and a table of its options."""
    paragraphs = inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n")
    usage = " ".join(command.get_usage(context).split()[1:])
    parts = [f"## {context.command_path}", f"`{usage}`"]
    parts += [escaped(" ".join(text.split())) for text in paragraphs if "\b" not in text]
    parts += [f"```sh\n{text[2:]}\n```" for text in paragraphs if text.startswith("\b\n")]
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    records = [record for each in options if (record := each.get_help_record(context))]
    rows = [f"| `{cell(names)}` | {cell(escaped(about))} |" for names, about in records if "--help" not in names]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def escaped(text: str) -> str:
    """Keep what Markdown would take for a tag or for emphasis."""
    return text.replace("<", "&lt;").replace("*", r"\*")


def cell(text: str) -> str:
    """Keep a bar from ending a table's cell."""
    return text.replace("|", r"\|")


def page() -> str:
    """Return what ``docs/usage.md`` should hold."""
    top = click.Context(cli.emotag, info_name="emotag", **cli.CONTEXT)
    return "\n\n".join([HEAD, *(section(*each) for each in commands(cli.emotag, top))]) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page() and f"{PAGE} is stale: run python {__file__}")
    PAGE.write_text(page(), "utf-8")

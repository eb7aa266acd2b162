"""Write docs/emotag.1, the manual page, from the help texts of the commands.

python docs/man.py           # write it
python docs/man.py --check   # exit with 1 if it is stale
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from docs.usage import EXIT_STATUSES, commands
from tagger import cli
from tagger._version import __version__

PAGE = Path(__file__).with_name("emotag.1")

ENVIRONMENT = {
    "EMOTAG_STORE": "The library database, in place of the one in the data directory of the user.",
    "EMOTAG_CONFIG": "The settings file; `emotag config --path` prints the default.",
    "EMOTAG_COMMAND_OPTION": "The value of an option of a command, such as EMOTAG_SCAN_JOBS=2. It overrides the "
    "settings file, and the command line overrides it.",
}

SEE_ALSO = "https://github.com/emotag/emotag/tree/main/docs"


def released() -> str:
    """Return the date of the newest version in the changelog."""
    changelog = (PAGE.parents[1] / "CHANGELOG.md").read_text("utf-8")
    dates = re.findall(r"^## \[[\d.]+\] - ([\d-]+)$", changelog, re.M)
    return dates[0] if dates else ""


def escape(text: str) -> str:
    """Escape text for roff: backslashes, hyphens, and dots and quotes that begin a line."""
    text = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("~", r"\(ti").replace("^", r"\(ha").replace("`", r"\(ga")
    )
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def prose(text: str) -> str:
    """Return text in lines of less than 80 bytes."""
    return "\n".join(map(escape, textwrap.wrap(text, 66, break_long_words=False, break_on_hyphens=False)))


def entry(term: str, text: str) -> str:
    """Return an item of a list with tags."""
    return f".TP\n.B {quote(term)}\n{prose(text)}"


def quote(text: str) -> str:
    """Return text as one argument of a macro."""
    return '"' + escape(text).replace('"', r"\(dq") + '"'


def section(command: click.Command, context: click.Context) -> str:
    """Return the section of a command: usage, description, examples and options."""
    paragraphs = inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n")
    usage = " ".join(command.get_usage(context).split()[1:])
    parts = [f".SS {quote(context.command_path)}", f".B {quote(usage)}"]
    parts += [f".PP\n{prose(text)}" for text in paragraphs if "\b" not in text]
    for text in paragraphs:
        if text.startswith("\b\n"):
            parts.append(f".PP\n.nf\n.RS 4\n{escape(text[2:])}\n.RE\n.fi")
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    parts += [entry(names, text) for names, text in records if "--help" not in names]
    return "\n".join(parts)


def page() -> str:
    """Return the content of ``docs/emotag.1``."""
    root = click.Context(cli.emotag, info_name="emotag", **cli.CONTEXT)
    (_, *below) = list(commands(cli.emotag, root))
    summary, description, *_ = inspect.cleandoc(cli.emotag.help or "").split("\n\n")
    examples = inspect.cleandoc(cli.emotag.help or "").split("\b\n")[1]
    parts = [
        r".\" Written by docs/man.py from the help texts; do not edit.",
        f'.TH EMOTAG 1 "{released()}" {quote(f"emotag {__version__}")} "User Commands"',
        f".SH NAME\nemotag \\- {prose(summary[0].lower() + summary[1:].rstrip('.'))}",
        ".SH SYNOPSIS\n.B emotag\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        f".SH DESCRIPTION\n{prose(summary)}\n.PP\n{prose(description)}",
        f".PP\n.nf\n.RS 4\n{escape(examples)}\n.RE\n.fi",
        ".SH COMMANDS\nThe option \\fB\\-\\-help\\fR of each command prints the same.",
        *(section(command, context) for command, context in below),
        ".SH EXIT STATUS",
        *(entry(status, f"{meaning[0].upper()}{meaning[1:]}.") for status, meaning in EXIT_STATUSES.items()),
        ".SH ENVIRONMENT",
        *(entry(name, text) for name, text in ENVIRONMENT.items()),
        f".SH SEE ALSO\n{escape(SEE_ALSO)}",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page() and f"{PAGE} is stale: run python {__file__}")
    PAGE.write_text(page(), "utf-8")

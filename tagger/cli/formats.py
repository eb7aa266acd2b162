"""Formats of output files: the option ``--format``, and the format that the suffix of a file stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tagger.cli.options import Decorator

OTHER_SUFFIXES = {"htm": "html", "ndjson": "jsonl"}
"""Suffixes that are not the name of a format."""


def format_option(formats: Sequence[str], default: str) -> Decorator[Any]:
    """Return the option ``--format`` of a command with an option ``--output``.

    Parameters
    ----------
    formats : sequence of str
        Names of the formats, which are also suffixes.
    default : str
        The format of stdout and of files without a suffix.

    Returns
    -------
    callable
    """
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        show_default=f"the suffix of --output, or {default}",
        help="Output format.",
    )


def output_format(output: str | None, format_: str | None, formats: Sequence[str], default: str) -> str:
    """Return the format of an output.

    Parameters
    ----------
    output : str or None
        Value of ``--output``; None for stdout.
    format_ : str or None
        Value of ``--format``.
    formats : sequence of str
        As for `format_option`.
    default : str
        As for `format_option`.

    Returns
    -------
    str

    Raises
    ------
    click.UsageError
        If the file has the suffix of no format, and none is given.
    """
    suffix = Path(output or "").suffix.lower().removeprefix(".")
    chosen = format_ or OTHER_SUFFIXES.get(suffix, suffix) or default
    if chosen not in formats:
        raise click.UsageError(f"{output}: the suffix is none of {', '.join(formats)}; add --format")
    return chosen

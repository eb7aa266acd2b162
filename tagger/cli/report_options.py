"""The options for a report with a row per file, which `emotag scan` and `emotag export` have in common."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from tagger.cli.formats import format_option, output_format
from tagger.cli.options import Decorator, add_options, output_option, sd_option
from tagger.cli.outputs import Output
from tagger.report.text.columns import TAGS, report_columns

FORMATS = ("csv", "jsonl")


def check_columns(columns: str | None, relative: str | None = None) -> None:
    """Fail before the work begins if a requested column does not exist.

    Parameters
    ----------
    columns : str or None
        Value of ``--columns``.
    relative : str or None, optional
        Value of ``--relative``.

    Raises
    ------
    click.UsageError
        If there is no such column.
    """
    try:
        report_columns(columns or "", relative=relative or "")
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def report_options(help: str, **settings: Any) -> Decorator[Any]:
    """Return a decorator that adds the options for a report; `report_files` takes the first four.

    Parameters
    ----------
    help : str
        Help text of ``--output``.
    **settings
        Further arguments of `click.option` for ``--output``.

    Returns
    -------
    callable
    """
    return add_options(
        output_option(help, **settings),
        format_option(FORMATS, "csv"),
        click.option("--csv", type=Output(), metavar="FILE", hidden=True, help="Write a report as CSV."),
        click.option("--jsonl", type=Output(), metavar="FILE", hidden=True, help="Write a report as JSON Lines."),
        sd_option,
        click.option(
            "--columns",
            metavar="NAMES",
            show_default=f"all but {', '.join(TAGS)}",
            help="Columns of the report, separated by commas; after a +, in addition to the default ones.",
        ),
        click.option("--absolute", is_flag=True, help="Write absolute paths, also where PATH is relative."),
    )


def report_files(
    output: str | None, format_: str | None, csv: str | None, jsonl: str | None
) -> tuple[str | None, str | None]:
    """Return the files of a CSV and of a JSON Lines report.

    Parameters
    ----------
    output, format_, csv, jsonl : str or None
        Values of the options.

    Returns
    -------
    csv, jsonl : str or None
        None for no such report.

    Raises
    ------
    click.UsageError
        If the format of the output is unknown, or there is another report in this format.
    """
    if output is None:
        return csv, jsonl
    files = {"csv": csv, "jsonl": jsonl}
    chosen = output_format(output, format_, FORMATS, "csv")
    if files[chosen] is not None:
        raise click.UsageError(f"--{chosen} is an older spelling of --output; only one of them can be used")
    files[chosen] = output
    return files["csv"], files["jsonl"]


def scan_report_files(options: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the files of the reports of a scan.

    Parameters
    ----------
    options : dict of str to object
        Values of all options by name; those of the output and its format are removed.

    Returns
    -------
    csv, jsonl : str or None
        As from `report_files`.

    Raises
    ------
    click.UsageError
        As by `report_files` and `check_columns`, or if a format is given on the command line, but no file.
    """
    check_columns(options["columns"])
    csv, jsonl = report_files(options.pop("output"), options.pop("format_"), options["csv"], options["jsonl"])
    source = click.get_current_context().get_parameter_source("format_")
    if source is ParameterSource.COMMANDLINE and not (csv or jsonl):
        raise click.UsageError("--format is for a report: it needs --output")
    return csv, jsonl

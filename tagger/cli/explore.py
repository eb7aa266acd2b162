"""``emotag explore``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import display_path, print_json
from tagger.cli.datasets import DATA_FILE, json_text, labels_option, require_plotly
from tagger.cli.formats import format_option, output_format
from tagger.cli.options import Number, json_flag, output_option
from tagger.cli.outputs import Output, WritingCommand

FORMATS = ("html", "json", "txt")


class ExploreCommand(WritingCommand):
    """The command, which also takes ``--json FILE``, the older spelling of ``--json-file FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; what follows ``--json`` is a file if there is one argument too many without it."""
        args = [f"--json-file={a[7:]}" if a.startswith("--json=") else a for a in args]
        _, too_many, _ = self.make_parser(ctx).parse_args(list(args))
        if too_many and "--json" in args[:-1]:
            args[args.index("--json")] = "--json-file"
        return super().parse_args(ctx, args)


@click.command(cls=ExploreCommand)
@click.argument("data", type=DATA_FILE, metavar="DATASET")
@labels_option
@click.option(
    "--correlated",
    type=Number(0, 1),
    default=0.8,
    show_default=True,
    metavar="R",
    help="List pairs of features with an absolute correlation above R, in 0..1.",
)
@output_option("Write the summary to FILE, in addition to the text on stdout: a page with plots, JSON or the text.")
@format_option(FORMATS, "html")
@json_flag
@click.option("--json-file", type=Output(), metavar="FILE", hidden=True, help="Write the statistics as JSON to FILE.")
def explore(
    data: Path,
    labels: Path | None,
    correlated: float,
    output: str | None,
    format_: str | None,
    as_json: bool,
    json_file: str | None,
) -> None:
    """Summarise a multi-label data set: labels, label sets, features and their correlations.

    DATASET is an ARFF or CSV file. Its last columns are the six moods, unless --labels names the labels.

    \b
    emotag explore emotions.arff -o report.html
    emotag explore yeast.arff --labels yeast.xml -o yeast.json
    """
    files = [] if json_file is None else [("json", json_file)]
    if output is not None:
        files.append((output_format(output, format_, FORMATS, "html"), output))
    if any(chosen == "html" for chosen, _ in files):
        require_plotly()
    from tagger.datasets.summary import read, summarise
    from tagger.io.output import write_output
    from tagger.report.text import dataset_report

    title = display_path(data.name)
    summary = summarise(read(data, labels), correlated)
    for chosen, path in files:
        write_output(path, _content(title, summary, chosen))
    if any(path == "-" for _, path in files):
        return
    if as_json:
        print_json(dataset_report.as_json(title, summary))
    else:
        click.echo(dataset_report.text(title, summary))


def _content(title: str, summary: Any, format_: str) -> bytes:
    from tagger.report.text import dataset_report

    if format_ == "html":
        from tagger.report.html.dataset_page import html

        return html(title, summary).encode()
    if format_ == "json":
        return json_text(dataset_report.as_json(title, summary)).encode()
    return f"{dataset_report.text(title, summary)}\n".encode()

"""``emotag explore``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tagger.cli.console import display_path, report_written
from tagger.cli.datasets import DATA_FILE, labels_option, page_option
from tagger.cli.options import Number
from tagger.cli.outputs import Output, WritingCommand


@click.command(cls=WritingCommand)
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
@page_option("-o", "--output")
@click.option(
    "--json",
    "as_json",
    type=Output(path_type=Path),
    metavar="FILE",
    help="Write the statistics as JSON to FILE, or to stdout ('-') instead of the text.",
)
def explore(data: Path, labels: Path | None, correlated: float, output: Path | None, as_json: Path | None) -> None:
    """Summarise a multi-label data set: labels, label sets, features and their correlations.

    DATASET is an ARFF or CSV file. Its last columns are the six moods, unless --labels names the labels.

    \b
    emotag explore emotions.arff -o report.html
    emotag explore yeast.arff --labels yeast.xml --json yeast.json
    """
    from tagger.datasets.summary import read, summarise
    from tagger.io.output import write_output
    from tagger.report.text import dataset_report

    title = display_path(data.name)
    summary = summarise(read(data, labels), correlated)
    if output is not None:
        from tagger.report.html.dataset_page import html

        write_output(str(output), html(title, summary).encode())
        report_written("Page", str(output))
    if as_json is not None:
        text = json.dumps(dataset_report.as_json(title, summary), indent=1, ensure_ascii=False) + "\n"
        write_output(str(as_json), text.encode())
        report_written("Statistics", str(as_json))
    if str(as_json) != "-":
        click.echo(dataset_report.text(title, summary))

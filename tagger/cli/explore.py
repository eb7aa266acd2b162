"""``emotag explore``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tagger.cli.console import Number, display_path
from tagger.cli.datasets import DATA, page_option
from tagger.cli.outputs import Output, WritingCommand


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATASET")
@click.option(
    "--labels", type=DATA, metavar="XML", help="Mulan's XML file with the names of the labels (default: the six moods)."
)
@click.option(
    "--correlated",
    type=Number(0, 1),
    default=0.8,
    show_default=True,
    metavar="R",
    help="List pairs of features that correlate more than R.",
)
@page_option("-o", "--output")
@click.option(
    "--json",
    "as_json",
    type=Output(path_type=Path),
    metavar="FILE",
    help="Write the statistics as JSON to FILE, or to stdout (-) instead of the text.",
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

    title, summary = display_path(data.name), summarise(read(data, labels), correlated)
    if output is not None:
        from tagger.report.html.dataset_page import html

        write_output(str(output), html(title, summary).encode())
    if as_json is not None:
        write_output(
            str(as_json),
            (json.dumps(dataset_report.as_json(title, summary), indent=1, ensure_ascii=False) + "\n").encode(),
        )
    if str(as_json) != "-":
        click.echo(dataset_report.text(title, summary))

"""``emotag explore``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tagger.cli.console import Number, name
from tagger.cli.datasets import DATA, page_option
from tagger.cli.outputs import Output, WritingCommand


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATASET")
@click.option("--labels", type=DATA, metavar="XML", help="Mulan's file that names the labels (default: the six moods).")
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
    help="Write the figures as JSON to FILE, or instead of text to stdout (-).",
)
def explore(data: Path, labels: Path | None, correlated: float, output: Path | None, as_json: Path | None) -> None:
    """Show what a multi-label data set is like: labels, sets of labels, features and their correlations.

    DATASET is an ARFF file with a file of labels, or ARFF or CSV with the six moods as its last columns.

    \b
    emotag explore emotions.arff -o report.html
    emotag explore yeast.arff --labels yeast.xml --json yeast.json
    """
    from tagger.output import write
    from tagger.report import explored
    from tagger.training.explore import explore as work_out
    from tagger.training.explore import read

    title, found = name(data.name), work_out(read(data, labels), correlated)
    if output is not None:
        from tagger.report.explored_page import html

        write(str(output), html(title, found).encode())
    if as_json is not None:
        write(str(as_json), (json.dumps(explored.as_json(title, found), indent=1, ensure_ascii=False) + "\n").encode())
    if str(as_json) != "-":
        click.echo(explored.text(title, found))

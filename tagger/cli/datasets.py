"""What the commands that train and measure share: the data sets they are given, and which model is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.console import Number, print_json, taking
from tagger.cli.outputs import Output

if TYPE_CHECKING:
    from tagger.training.measured import Evaluation

MOODS_ALGORITHMS = ("forest", "xgboost", "cnn", "svm", "chains", "ensemble")
DATA = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
MODEL = Output(".model", kinds=("model",), beside=".json", path_type=Path)
"""A model file to write, with its card beside it."""


MOODS_OPTIONS = (
    click.option("--labels", type=DATA, metavar="XML", help="Mulan's file that names the labels."),
    click.option("--algorithm", type=click.Choice(MOODS_ALGORITHMS), default="ensemble", show_default=True),
    click.option(
        "--form",
        type=click.Choice(["multilabel", "powerset"]),
        default="multilabel",
        show_default=True,
        help="Labels by themselves, or each set of them as a class.",
    ),
    click.option(
        "--imbalance",
        type=click.Choice(["none", "oversample"]),
        default="none",
        show_default=True,
        help="Repeat songs with rare sets of labels.",
    ),
    click.option(
        "--drop-correlated",
        type=Number(0, 1),
        metavar="R",
        help="Drop columns that correlate more than R with an earlier one.",
    ),
    click.option("--grid", is_flag=True, help="Search for the algorithm's settings, among the training songs."),
    click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings to measure with."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first, and of the model."),
    click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes (default: all processors)."),
)


moods_options = taking(*MOODS_OPTIONS)
"""Adds the options that say which model of moods is meant, and how it is measured."""


def page_option(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option that asks for a page; before anything is worked out it refuses what could not be written."""
    return click.option(
        *names, type=Output(path_type=Path), metavar="FILE", callback=_drawable, help="Write a page with plots to FILE."
    )


def _drawable(context: click.Context, parameter: click.Parameter, page: Path | None) -> Path | None:
    if page is not None:
        from tagger.extras import library

        library("plotly", "plots")
    return page


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where an evaluation goes beside the terminal."""
    command = page_option("--html")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")(command)


def deliver(evaluation: Evaluation, as_json: bool, html: Path | None) -> None:
    """Print what was measured, as a table or as JSON, and write the page if one is asked for."""
    from tagger.report import evaluation as report

    if html is not None:
        from tagger.output import write
        from tagger.report.evaluation_page import html as page

        write(str(html), page(evaluation).encode())
    if as_json:
        print_json(report.as_json(evaluation))
    else:
        click.echo(report.table(evaluation))

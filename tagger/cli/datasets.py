"""Options and output that the commands for training, evaluation and data sets share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.console import Number, add_options, print_json
from tagger.cli.outputs import Output

if TYPE_CHECKING:
    from tagger.evaluation.results import Evaluation

MOODS_ALGORITHMS = ("forest", "xgboost", "cnn", "svm", "chains", "ensemble")
"""Keys of `tagger.training.estimators.algorithms.ALGORITHMS`, which is slow to import."""

DATA = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
MODEL = Output(".model", kinds=("model",), beside=".json", path_type=Path)
"""A model file to write, with its card beside it."""

SEEDS_OPTION = click.option(
    "--seeds", type=click.IntRange(1), default=5, show_default=True, help="Number of random seeds for the evaluation."
)
JOBS_OPTION = click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Number of processes (default: all processors)."
)

moods_options = add_options(
    click.option("--labels", type=DATA, metavar="XML", help="Mulan's XML file with the names of the labels."),
    click.option("--algorithm", type=click.Choice(MOODS_ALGORITHMS), default="ensemble", show_default=True),
    click.option(
        "--form",
        type=click.Choice(["multilabel", "powerset"]),
        default="multilabel",
        show_default=True,
        help="Predict labels individually, or label sets as classes.",
    ),
    click.option(
        "--imbalance",
        type=click.Choice(["none", "oversample"]),
        default="none",
        show_default=True,
        help="Repeat songs with rare label sets.",
    ),
    click.option(
        "--drop-correlated",
        type=Number(0, 1),
        metavar="R",
        help="Drop features that correlate more than R with an earlier one.",
    ),
    click.option("--grid", is_flag=True, help="Search for the settings of the algorithm, within the training set."),
    SEEDS_OPTION,
    click.option("--seed", type=int, default=0, show_default=True, help="First random seed, also that of the model."),
    JOBS_OPTION,
)
"""Decorator that adds the options for the moods model and the run."""


def page_option(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option for an HTML page with plots; a missing plotly is reported before the command starts.

    Parameters
    ----------
    *names : str
        Spellings of the option.

    Returns
    -------
    callable
        Decorator of the command.
    """
    return click.option(
        *names,
        type=Output(path_type=Path),
        metavar="FILE",
        callback=_require_plotly,
        help="Write an HTML page with plots to FILE.",
    )


def _require_plotly(context: click.Context, parameter: click.Parameter, page: Path | None) -> Path | None:
    if page is not None:
        from tagger.extras import require_extra

        require_extra("plotly", "plots")
    return page


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the output of an evaluation.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    command = page_option("--html")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")(command)


def print_evaluation(evaluation: Evaluation, as_json: bool, html: Path | None) -> None:
    """Print an evaluation, and write its page.

    Parameters
    ----------
    evaluation : Evaluation
    as_json : bool
        Print JSON instead of a table.
    html : Path or None
        Page to write.
    """
    from tagger.report.text import evaluation_table as report

    if html is not None:
        from tagger.io.output import write_output
        from tagger.report.html.evaluation_page import html as page

        write_output(str(html), page(evaluation).encode())
    if as_json:
        print_json(report.as_json(evaluation))
    else:
        click.echo(report.table(evaluation))

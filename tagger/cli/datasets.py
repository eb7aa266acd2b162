"""Options and output that the commands `train`, `evaluate` and `explore` have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli.console import print_json, progress, report_written
from tagger.cli.options import Decorator, Number, add_options, jobs_option, json_flag, output_option, seed_option
from tagger.cli.outputs import Output
from tagger.scanning import workers

if TYPE_CHECKING:
    from tagger.evaluation.results import Evaluation
    from tagger.training.recipes.base import RunConfig

MOODS_ALGORITHMS = ("forest", "xgboost", "cnn", "svm", "chains", "ensemble")
"""Keys of `tagger.training.estimators.algorithms.ALGORITHMS`, which is slow to import."""

DATA_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
"""An existing file of a data set."""

DATA_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
"""An existing folder of a data set."""

MODEL_FILE = Output(".model", kinds=("model",), companion_suffix=".json", path_type=Path)
"""A model file to write, together with its card."""

mood_data_argument = click.argument("data", type=DATA_FILE, metavar="DATA")
"""ARFF or CSV file of the `emotions` data set."""

labels_option = click.option(
    "--labels",
    type=DATA_FILE,
    metavar="FILE",
    help="XML file of Mulan with the names of the labels (default: the six moods).",
)

seeds_option = click.option(
    "--seeds",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of random seeds for the evaluation.",
)

moods_options = add_options(
    labels_option,
    click.option(
        "--algorithm",
        type=click.Choice(MOODS_ALGORITHMS),
        default="ensemble",
        show_default=True,
        help="Learning algorithm; `ensemble` combines several others.",
    ),
    click.option(
        "--form",
        type=click.Choice(["multilabel", "powerset"]),
        default="multilabel",
        show_default=True,
        help="Predict each label, or each set of labels as one class.",
    ),
    click.option(
        "--imbalance",
        type=click.Choice(["none", "oversample"]),
        default="none",
        show_default=True,
        help="Oversample songs with rare label sets in the training set.",
    ),
    click.option(
        "--drop-correlated",
        type=Number(0, 1),
        metavar="R",
        help="Drop features whose absolute correlation with an earlier feature is above R.",
    ),
    click.option(
        "--grid",
        is_flag=True,
        help="Search for the hyperparameters by cross-validation within the training set.",
    ),
    seeds_option,
    seed_option("First random seed, which is also the seed of the trained model."),
    jobs_option,
)
"""Decorator that adds the options for the moods model and the run."""


@contextmanager
def mood_run(seeds: int, seed: int, jobs: int | None, *, models: int = 1) -> Iterator[RunConfig]:
    """Return the configuration for training or evaluating models of moods, and show the progress of the run.

    Parameters
    ----------
    seeds : int
        Number of random seeds.
    seed : int
        First random seed.
    jobs : int or None
        Number of processes; None for all processors.
    models : int, optional
        Number of models that are evaluated.

    Yields
    ------
    RunConfig
    """
    from tagger.training.recipes.base import RunConfig

    with progress(seeds * models, "seed") as advance:
        yield RunConfig(seeds, seed, jobs or workers.available_processors(), on_step=lambda step: advance(1))


def model_output_option(default: str) -> Decorator[Any]:
    """Return the option for the model file that a command writes.

    Parameters
    ----------
    default : str
        Name of the file if the option is not given.

    Returns
    -------
    callable
        Decorator of the command.
    """
    help_text = "Model file to write, with the suffix .model; its card is written next to it, with the suffix .json."
    return output_option(help_text, type=MODEL_FILE, default=default, show_default=True)


def page_option(*names: str) -> Decorator[Any]:
    """Return an option for an HTML page with plots. A missing plotly is an error before the command starts.

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


evaluation_output_options = add_options(json_flag, page_option("--html"))
"""Decorator that adds the options for the output of an evaluation; `print_evaluation` takes their values."""


def print_evaluation(evaluation: Evaluation, as_json: bool, html: Path | None) -> None:
    """Print an evaluation and, if wanted, write it as a page.

    Parameters
    ----------
    evaluation : Evaluation
    as_json : bool
        Print JSON instead of a table.
    html : Path or None
        Page to write; None for no page.
    """
    from tagger.report.text import evaluation_table

    if html is not None:
        from tagger.io.output import write_output
        from tagger.report.html.evaluation_page import html as page

        write_output(str(html), page(evaluation).encode())
        report_written("Page", str(html))
    if as_json:
        print_json(evaluation_table.as_json(evaluation))
    else:
        click.echo(evaluation_table.table(evaluation))

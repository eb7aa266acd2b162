"""Options and output that the commands `train`, `evaluate` and `explore` have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tagger.cli.console import print_json, progress
from tagger.cli.formats import format_option, output_format
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
    show_default="the six moods",
    help="XML file of Mulan with the names of the labels.",
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


def require_plotly() -> None:
    """Check that plotly is installed, before a command starts its work for a page.

    Raises
    ------
    ExtraMissing
        If it is not.
    """
    from tagger.extras import require_extra

    require_extra("plotly", "plots")


EVALUATION_FORMATS = ("html", "json", "txt")

evaluation_output_options = add_options(
    json_flag,
    output_option(
        "Write the evaluation to FILE, in addition to the table on stdout: a page with plots, JSON or the table.",
    ),
    format_option(EVALUATION_FORMATS, "html"),
    click.option("--html", type=Output(), metavar="FILE", hidden=True, help="Write a page with plots to FILE."),
)
"""Decorator that adds the options for the output of an evaluation; `EvaluationOutput` takes their values."""


class EvaluationOutput(NamedTuple):
    """Where an evaluation is written; see `evaluation_output`.

    Attributes
    ----------
    as_json : bool
        Print JSON on stdout instead of a table.
    files : dict of str to str
        Files by format; ``-`` is stdout, which then has nothing else.
    """

    as_json: bool
    files: dict[str, str]

    def write(self, evaluation: Evaluation) -> None:
        """Write an evaluation to the files, and print it.

        Parameters
        ----------
        evaluation : Evaluation
        """
        from tagger.io.output import write_output
        from tagger.report.text import evaluation_table

        for format_, path in self.files.items():
            write_output(path, _evaluation_content(evaluation, format_))
        if "-" in self.files.values():
            return
        if self.as_json:
            print_json(evaluation_table.as_json(evaluation))
        else:
            click.echo(evaluation_table.table(evaluation))


def evaluation_output(options: dict[str, Any]) -> EvaluationOutput:
    """Check the options for the output of an evaluation.

    Parameters
    ----------
    options : dict of str to object
        Values of all options by name; those of `evaluation_output_options` are removed.

    Returns
    -------
    EvaluationOutput

    Raises
    ------
    click.UsageError
        If the format of the output is unknown, or two pages are requested.
    ExtraMissing
        If a page is requested and plotly is missing.
    """
    as_json, output, format_, html = (options.pop(name) for name in ("as_json", "output", "format_", "html"))
    files = {} if html is None else {"html": html}
    if output is not None:
        chosen = output_format(output, format_, EVALUATION_FORMATS, "html")
        if chosen in files:
            raise click.UsageError("--html is an older spelling of --output; only one of them can be used")
        files[chosen] = output
    if "html" in files:
        require_plotly()
    return EvaluationOutput(as_json, files)


def _evaluation_content(evaluation: Evaluation, format_: str) -> bytes:
    from tagger.report.text import evaluation_table

    if format_ == "html":
        from tagger.report.html.evaluation_page import html

        return html(evaluation).encode()
    if format_ == "json":
        return json_text(evaluation_table.as_json(evaluation)).encode()
    return f"{evaluation_table.table(evaluation)}\n".encode()


def json_text(value: Any) -> str:
    """Return a value as JSON for a file.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"

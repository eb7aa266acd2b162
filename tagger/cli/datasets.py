"""What the commands that train and measure share: the data sets they are given, and which model is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tagger.training.measured import Evaluation

MOODS_ALGORITHMS = ("blend", "forest", "xgboost", "svm", "chains", "ensemble")
DATA = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
MODEL = click.Path(dir_okay=False, writable=True, path_type=Path)


def moods_options(*algorithms: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that say which model of moods is meant."""
    drop = "Drop columns that correlate more than R with an earlier one."
    options = (
        click.option("--drop-correlated", type=click.FloatRange(0, 1), metavar="R", help=drop),
        click.option("--imbalance", type=click.Choice(["none", "oversample"]), default="none", show_default=True),
        click.option("--algorithm", type=click.Choice(algorithms), default="blend", show_default=True),
    )

    def added(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in options:
            command = option(command)
        return command

    return added


def chosen(model: dict[str, Any]) -> dict[str, Any]:
    """Return what those options say, as `tagger.training.moods.estimator` takes it."""
    oversample = model.pop("imbalance") == "oversample"
    return {**model, "oversample": oversample}


def print_json(value: dict[str, Any]) -> None:
    """Print a card, or figures, as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where an evaluation goes beside the terminal."""
    page = click.Path(dir_okay=False, writable=True, path_type=Path)
    command = click.option("--html", type=page, metavar="FILE", help="Write a page with plots to FILE.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")(command)


def deliver(evaluation: Evaluation, as_json: bool, html: Path | None) -> None:
    """Print what was measured, as a table or as JSON, and write the page if one is asked for."""
    from tagger.report import evaluation as report

    if html is not None:
        from tagger.report.evaluation_page import write

        write(evaluation, html)
    if as_json:
        print_json(report.as_json(evaluation))
    else:
        click.echo(report.table(evaluation))


def table(title: str, figures: dict[str, dict[str, float]]) -> None:
    click.echo(title)
    for metric, value in figures.items():
        click.echo(f"  {metric:16} {value['mean']:7.4f} +- {value['se']:.4f}")

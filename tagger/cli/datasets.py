"""What the commands that train and measure share: the data sets they are given, and which model is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

MOODS_ALGORITHMS = ("blend", "forest", "xgboost", "svm", "chains", "ensemble")
DATA = click.Path(exists=True, dir_okay=False, path_type=Path)
LABELS = click.Path(exists=True, path_type=Path)
LABELS_HELP = "CSV: song_id, valence_mean, arousal_mean (1..9); or the folder of DEAM's original annotations."
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


def table(title: str, figures: dict[str, dict[str, float]]) -> None:
    click.echo(title)
    for metric, value in figures.items():
        click.echo(f"  {metric:16} {value['mean']:7.4f} +- {value['se']:.4f}")

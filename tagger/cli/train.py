"""``emotag train``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tagger.cli.console import processors, progress, say

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


@click.group()
def train() -> None:
    """Train a model from a data set; `emotag scan --model FILE` uses it.

    The model is measured by cross-validation first, and its card, a JSON file beside it, is printed.
    """


@train.command()
@click.argument("data", type=DATA, metavar="DATA")
@click.option("-o", "--output", type=MODEL, default="moods.model", show_default=True, help="Model file to write.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings to measure with.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the model.")
@moods_options(*MOODS_ALGORITHMS)
def moods(data: Path, output: Path, seeds: int, seed: int, **model: Any) -> None:
    """Train the six moods on the `emotions` data set.

    \b
    emotag train moods emotions.arff -o moods.model
    emotag train moods emotions.arff --algorithm chains --imbalance oversample -o chains.model
    """
    from tagger.training.moods import train as run

    with progress(seeds, "seed") as advance:
        _print(run(data, output, seeds=seeds, seed=seed, on_seed=lambda: advance(1), **chosen(model)))


@train.command()
@click.option("--audio", type=FOLDER, required=True, help="Folder of the songs, named by their ids.")
@click.option("--labels", type=LABELS, required=True, help=LABELS_HELP)
@click.option("-o", "--output", type=MODEL, default="affect.model", show_default=True, help="Model file to write.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings to measure with.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the shufflings.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes (default: all processors).")
def affect(audio: Path, labels: Path, output: Path, seeds: int, seed: int, jobs: int | None) -> None:
    """Train valence and arousal on rated songs.

    \b
    emotag train affect --audio deam/audio --labels deam/labels.csv -o affect.model
    """
    from tagger.training.affect import train as run

    with progress(0, "song") as advance:
        options: dict[str, Any] = {"jobs": jobs or processors(), "on_song": lambda: advance(1), "on_note": say}
        _print(run(audio, labels, output, seeds=seeds, seed=seed, **options))


def _print(card: dict[str, Any]) -> None:
    click.echo(json.dumps(card, indent=2, ensure_ascii=False))

"""``emotag evaluate``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli.console import processors, progress
from tagger.cli.train import DATA, FOLDER


@click.group()
def evaluate() -> None:
    """Measure the models emotag trains, under a named protocol."""


@evaluate.command()
@click.argument("data", type=DATA, metavar="DATA.arff")
@click.option("--protocol", type=click.Choice(["cv"]), default="cv", show_default=True, help="Ten shuffled folds.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings.")
def moods(data: Path, protocol: str, seeds: int) -> None:
    """Measure the moods model on the `emotions` data set.

    \b
    emotag evaluate moods emotions.arff --protocol cv
    """
    from tagger.training.moods import evaluate as run

    with progress(seeds, "seed") as advance:
        figures = run(data, seeds=seeds, on_seed=lambda: advance(1))
    _table(f"{protocol}, {seeds} seeds", figures)


@evaluate.command()
@click.option("--audio", type=FOLDER, required=True, help="Folder of the songs, named by their ids.")
@click.option("--labels", type=DATA, required=True, help="CSV: song_id, valence_mean, arousal_mean (1..9).")
@click.option("--protocol", type=click.Choice(["songs"]), default="songs", show_default=True, help="Folds by song.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes (default: all processors).")
def affect(audio: Path, labels: Path, protocol: str, seeds: int, jobs: int | None) -> None:
    """Measure the model of valence and arousal on rated songs.

    \b
    emotag evaluate affect --audio deam/audio --labels deam/labels.csv
    """
    from tagger.training.affect import evaluate as run

    with progress(0, "song") as advance:
        results = run(audio, labels, seeds=seeds, jobs=jobs or processors(), on_song=lambda: advance(1))
    for name, figures in results.items():
        _table(f"{protocol}, {seeds} seeds, {name.replace('_', '-')}", figures)


def _table(title: str, figures: dict[str, dict[str, float]]) -> None:
    click.echo(title)
    for metric, value in figures.items():
        click.echo(f"  {metric:16} {value['mean']:7.4f} +- {value['se']:.4f}")

"""``emotag train moods``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import print_json, progress
from tagger.cli.datasets import DATA, MODEL, moods_options
from tagger.cli.outputs import WritingCommand
from tagger.scanning import workers


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATA")
@click.option("-o", "--output", type=MODEL, default="moods.model", show_default=True, help="Model file to write.")
@moods_options
def moods(
    data: Path, output: Path, labels: Path | None, seeds: int, seed: int, jobs: int | None, **settings: Any
) -> None:
    """Train a model of the six moods on the `emotions` data set.

    \b
    emotag train moods emotions.arff -o moods.model
    emotag train moods emotions.arff --algorithm chains --imbalance oversample -o chains.model
    """
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.moods import MoodModelSpec, train

    songs = read_mood_dataset(data, marsyas.COLUMNS, labels)
    with progress(seeds, "seed") as advance:
        config = RunConfig(seeds, seed, jobs or workers.available_processors(), on_step=lambda step: advance(1))
        print_json(train(songs, output, MoodModelSpec(**settings), config))

"""``emotag train moods``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import print_json
from tagger.cli.datasets import model_output_option, mood_data_argument, mood_run, moods_options
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@mood_data_argument
@model_output_option("moods.model")
@moods_options
def moods(
    data: Path, output: Path, labels: Path | None, seeds: int, seed: int, jobs: int | None, **settings: Any
) -> None:
    """Train a model of the six moods on the `emotions` data set.

    DATA is an ARFF or CSV file with the 72 Marsyas features and the labels.

    \b
    emotag train moods emotions.arff -o moods.model
    emotag train moods emotions.arff --algorithm chains --imbalance oversample -o chains.model
    """
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas
    from tagger.training.recipes.moods import MoodModelSpec, train

    songs = read_mood_dataset(data, marsyas.COLUMNS, labels)
    with mood_run(seeds, seed, jobs) as config:
        print_json(train(songs, output, MoodModelSpec(**settings), config))

"""``emotag train moods``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger import workers
from tagger.cli.console import print_json, progress
from tagger.cli.datasets import DATA, MODEL, moods_options
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@click.argument("data", type=DATA, metavar="DATA")
@click.option("-o", "--output", type=MODEL, default="moods.model", show_default=True, help="Model file to write.")
@moods_options
def moods(
    data: Path, output: Path, labels: Path | None, seeds: int, seed: int, jobs: int | None, **choice: Any
) -> None:
    """Train the six moods on the `emotions` data set.

    \b
    emotag train moods emotions.arff -o moods.model
    emotag train moods emotions.arff --algorithm chains --imbalance oversample -o chains.model
    """
    from tagger.features import marsyas
    from tagger.training.datasets import read_moods
    from tagger.training.moods import Choice, train

    songs = read_moods(data, marsyas.COLUMNS, labels)
    with progress(seeds, "seed") as advance:
        how: dict[str, Any] = {"seeds": seeds, "seed": seed, "jobs": jobs or workers.processors()}
        print_json(train(songs, output, Choice(**choice), **how, on_seed=lambda: advance(1)))

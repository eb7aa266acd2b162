"""``emotag train moods``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import progress
from tagger.cli.datasets import DATA, MODEL, MOODS_ALGORITHMS, chosen, moods_options, print_json


@click.command()
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
        print_json(run(data, output, seeds=seeds, seed=seed, on_seed=lambda: advance(1), **chosen(model)))

"""``emotag train affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import processors, progress, say
from tagger.cli.datasets import FOLDER, LABELS, LABELS_HELP, MODEL, print_json


@click.command()
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
        print_json(run(audio, labels, output, seeds=seeds, seed=seed, **options))

"""``emotag evaluate affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import processors, progress, say
from tagger.cli.datasets import FOLDER, LABELS, LABELS_HELP, table


@click.command()
@click.option("--audio", type=FOLDER, required=True, help="Folder of the songs, named by their ids.")
@click.option("--labels", type=LABELS, required=True, help=LABELS_HELP)
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
        options: dict[str, Any] = {"jobs": jobs or processors(), "on_song": lambda: advance(1), "on_note": say}
        results = run(audio, labels, seeds=seeds, **options)
    for name, figures in results.items():
        table(f"{protocol}, {seeds} seeds, {name.replace('_', '-')}", figures)

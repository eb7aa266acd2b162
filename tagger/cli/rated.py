"""What the commands share that train or measure valence and arousal."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger import workers
from tagger.cli.console import Number, progress, say, taking
from tagger.cli.datasets import FOLDER

if TYPE_CHECKING:
    from tagger.training.rated import RatedSongs

LABELS_HELP = (
    "CSV: song_id, valence_mean, arousal_mean (1..9), and perhaps artist; or the folder of the original annotations "
    "of DEAM or emoMusic."
)

OPTIONS = (
    click.option("--audio", type=FOLDER, required=True, help="Folder of the songs, named by their ids."),
    click.option("--labels", type=click.Path(exists=True, path_type=Path), required=True, help=LABELS_HELP),
    click.option(
        "--recipe",
        type=click.Choice(["windows", "emodj"]),
        default="windows",
        show_default=True,
        help="Ours, from windows of 10 s; or EmoDJ's, from half seconds.",
    ),
    click.option(
        "--offset",
        type=Number(0),
        default=0,
        metavar="S",
        help="Second of the annotated excerpts at which the audio begins (emodj).",
    ),
    click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Shufflings to measure with."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first one."),
    click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes (default: all processors)."),
)


rated_options = taking(*OPTIONS)
"""Adds the options that say what songs, which recipe and how."""


@contextmanager
def prepared(audio: Path, labels: Path, recipe: str, **how: Any) -> Iterator[tuple[Any, RatedSongs, Any]]:
    """Read the songs, say what was mended, and give the recipe's module, the songs and how it is asked to work."""
    from tagger.training.rated import read_rated
    from tagger.training.recipe import Asked

    data = read_rated(audio, labels)
    for note in data.notes:
        say(note)
    how["jobs"] = how["jobs"] or workers.processors()
    with progress(len(data.paths), "song") as advance:
        asked = Asked(on_song=lambda: advance(1), on_step=_step, **how)
        yield importlib.import_module(f"tagger.training.{recipe}"), data, asked


def _step(done: str) -> None:
    import sys

    if sys.stderr.isatty():
        say(done)

"""Options and preparation that `emotag train affect` and `emotag evaluate affect` have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tagger.cli.console import print_message, progress
from tagger.cli.datasets import DATA_FOLDER, seeds_option
from tagger.cli.options import Number, add_options, jobs_option, seed_option
from tagger.scanning import workers

if TYPE_CHECKING:
    from tagger.datasets.affect import AffectDataset
    from tagger.training.recipes.base import Recipe, RunConfig

RECIPE_NAMES = ("windows", "emodj")
"""Keys of `tagger.training.recipes.affect.RECIPES`, which is slow to import."""

LABELS_HELP = (
    "CSV file with the columns song_id, valence_mean and arousal_mean (in 1..9) and optionally artist; or the "
    "directory with the original annotations of DEAM or emoMusic."
)

affect_options = add_options(
    click.option(
        "--audio",
        type=DATA_FOLDER,
        required=True,
        metavar="DIR",
        help="Directory with the audio files, named by song id.",
    ),
    click.option("--labels", type=click.Path(exists=True, path_type=Path), required=True, help=LABELS_HELP),
    click.option(
        "--recipe",
        type=click.Choice(RECIPE_NAMES),
        default="windows",
        show_default=True,
        help="Recipe: that of the bundled model (windows of 10 s), or that of EmoDJ (segments of 0.5 s).",
    ),
    click.option(
        "--offset",
        type=Number(0),
        default=0,
        show_default=True,
        metavar="S",
        help="Time in the annotated excerpts at which the audio files begin, in seconds; for --recipe emodj only.",
    ),
    seeds_option,
    seed_option("First random seed."),
    jobs_option,
)
"""Decorator that adds the options for the data set, the recipe and the run."""


class Run(NamedTuple):
    """A recipe with its data set and configuration.

    Attributes
    ----------
    recipe : Recipe
    data : AffectDataset
    config : RunConfig
    """

    recipe: Recipe
    data: AffectDataset
    config: RunConfig


@contextmanager
def prepare_run(audio: Path, labels: Path, recipe: str, *, jobs: int | None, **settings: Any) -> Iterator[Run]:
    """Read the data set, print the corrections of its annotations, and show the progress of the run.

    Parameters
    ----------
    audio, labels : Path
        As for `tagger.datasets.affect.read_affect_dataset`.
    recipe : str
        One of `RECIPE_NAMES`.
    jobs : int or None
        Number of processes; None for all processors.
    **settings
        Further fields of `RunConfig`.

    Yields
    ------
    Run

    Raises
    ------
    DataError
        If the data set cannot be read.
    """
    from tagger.datasets.affect import read_affect_dataset
    from tagger.training.recipes.affect import RECIPES
    from tagger.training.recipes.base import RunConfig

    data = read_affect_dataset(audio, labels)
    for note in data.notes:
        print_message(note)
    with progress(len(data.paths), "song") as advance:
        config = RunConfig(
            jobs=jobs or workers.available_processors(),
            on_song=lambda: advance(1),
            on_step=print_step,
            **settings,
        )
        yield Run(RECIPES[recipe], data, config)


def print_step(step: str) -> None:
    """Print a step of the work, if a person is watching.

    Parameters
    ----------
    step : str
    """
    if sys.stderr.isatty():
        print_message(step)

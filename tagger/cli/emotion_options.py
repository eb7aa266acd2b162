"""Options and preparation that `emotag train emotion` and `emotag evaluate emotion` have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from tagger.cli.affect_options import LABELS_HELP, print_step
from tagger.cli.console import print_message, progress
from tagger.cli.datasets import DATA_FILE, DATA_FOLDER, seeds_option
from tagger.cli.options import add_options, jobs_option, seed_option
from tagger.scanning import workers

if TYPE_CHECKING:
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.emotion_figures import JointData

emotion_options = add_options(
    click.option(
        "--audio",
        type=DATA_FOLDER,
        required=True,
        metavar="DIR",
        help="Directory with the audio files of the songs with ratings, named by song id.",
    ),
    click.option("--labels", type=click.Path(exists=True, path_type=Path), required=True, help=LABELS_HELP),
    click.option(
        "--quadrants",
        type=DATA_FOLDER,
        required=True,
        metavar="DIR",
        help="Directory with labels.csv (song_id, artist_id, quadrant, moods, genres) and audio/ID.ogg.",
    ),
    click.option(
        "--moods",
        type=DATA_FILE,
        required=True,
        metavar="FILE",
        help="ARFF or CSV file of the `emotions` data set.",
    ),
    seeds_option,
    seed_option("First random seed."),
    jobs_option,
)
"""Decorator that adds the options for the data sets and the run."""


class EmotionRun(NamedTuple):
    """The data sets and the configuration of a run.

    Attributes
    ----------
    data : JointData
    config : RunConfig
    """

    data: JointData
    config: RunConfig


@contextmanager
def prepare_emotion_run(
    audio: Path, labels: Path, quadrants: Path, moods: Path, *, seeds: int, seed: int, jobs: int | None
) -> Iterator[EmotionRun]:
    """Read the data sets, print the corrections of their annotations, and show the progress of the run.

    Parameters
    ----------
    audio, labels : Path
        As for `tagger.datasets.affect.read_affect_dataset`.
    quadrants : Path
        As for `tagger.datasets.mer450.read`.
    moods : Path
        As for `tagger.datasets.multilabel.read_mood_dataset`.
    seeds, seed : int
        Number of random seeds, and the first one.
    jobs : int or None
        Number of processes; None for all processors.

    Yields
    ------
    EmotionRun

    Raises
    ------
    DataError
        If a data set cannot be read.
    """
    from tagger.datasets import mer450
    from tagger.datasets.affect import read_affect_dataset
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.emotion_figures import FEATURE_SET_NAMES, JointData

    data = JointData(
        read_affect_dataset(audio, labels), mer450.read(quadrants), read_mood_dataset(moods, marsyas.COLUMNS)
    )
    for note in (*data.ratings.notes, *data.quadrants.notes):
        print_message(note)
    songs = len(data.ratings.paths) + len(data.quadrants.paths)
    with progress(songs * len(FEATURE_SET_NAMES), "song") as advance:
        config = RunConfig(
            seeds, seed, jobs or workers.available_processors(), on_song=lambda: advance(1), on_step=print_step
        )
        yield EmotionRun(data, config)

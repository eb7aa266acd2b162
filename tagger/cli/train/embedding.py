"""``emotag train embedding``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli.console import print_json, progress
from tagger.cli.datasets import DATA_FILE, DATA_FOLDER, model_output_option
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@click.option("--wheel", type=DATA_FILE, required=True, metavar="FILE", help="The wheel of musicnn 0.1.0 from PyPI.")
@click.option(
    "--audio",
    "folders",
    type=DATA_FOLDER,
    required=True,
    multiple=True,
    metavar="DIR",
    help="Directory with audio files, on which the network is measured; can be repeated.",
)
@model_output_option("embedding.model")
def embedding(wheel: Path, folders: tuple[Path, ...], output: Path) -> None:
    """Make the network of the feature set `embedding` from the wheel of musicnn.

    The network is that of the wheel, without the filters that are constant for all inputs. The audio is needed for the
    figures in the card only. `pip download --no-deps musicnn==0.1.0` downloads the wheel.

    \b
    emotag train embedding --wheel musicnn-0.1.0-py3-none-any.whl --audio deam/audio -o embedding.model
    """
    from tagger.library.walk import AUDIO_SUFFIXES
    from tagger.training.recipes.embedding import MAX_SONGS, train

    songs = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in AUDIO_SUFFIXES]
    with progress(min(MAX_SONGS, len(songs)), "song") as advance:
        print_json(train(wheel, songs, output, on_song=lambda: advance(1)))

"""``emotag features``."""

from __future__ import annotations

import csv
import sys

import click

from tagger.cli import FAILED
from tagger.cli.console import print_file_error
from tagger.errors import AudioError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE...")
@click.option(
    "--set",
    "feature_set",
    type=click.Choice(["moods", "affect", "embedding"]),
    default="moods",
    show_default=True,
    help="Feature set: of the model of moods, of the model of valence and arousal, or the embedding.",
)
def features(files: tuple[str, ...], feature_set: str) -> int:
    """Print the audio features of FILE... as CSV, with a row for each excerpt.

    The set `moods` consists of the 72 Marsyas features of the `emotions` data set, for one or more excerpts of 30 s.
    The set `affect` consists of the features for valence and arousal, for windows of 10 s.
    The set `embedding` consists of 200 values of a network that was trained to predict tags, for excerpts of 4 s.

    \b
    emotag features --set moods song.mp3
    """
    from tagger.analysis.extraction import FEATURE_SETS, extract_features
    from tagger.library.path_text import path_to_text

    status = 0
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    writer = csv.writer(sys.stdout)
    writer.writerow(["path", "start", *FEATURE_SETS[feature_set].columns])
    for path in files:
        try:
            starts, vectors = extract_features(path, feature_set)
        except AudioError as error:
            print_file_error(path, error)
            status = FAILED
            continue
        for start, vector in zip(starts, vectors, strict=True):
            writer.writerow([path_to_text(path), f"{start:g}", *(f"{value:.10g}" for value in vector)])
    return status

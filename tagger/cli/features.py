"""``emotag features``."""

from __future__ import annotations

import csv
import sys

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_message
from tagger.errors import AudioError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE...")
@click.option("--set", "feature_set", type=click.Choice(["moods", "affect"]), default="moods", show_default=True)
def features(files: tuple[str, ...], feature_set: str) -> int:
    """Print the feature vectors of FILE... as CSV, a row an excerpt.

    The set `moods` holds the 72 Marsyas features of the `emotions` data set, `affect` those of the
    10-second windows for valence and arousal.

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
            print_message(f"{display_path(path)}: {error}")
            status = FAILED
            continue
        for start, vector in zip(starts, vectors, strict=True):
            writer.writerow([path_to_text(path), f"{start:g}", *(f"{v:.10g}" for v in vector)])
    return status

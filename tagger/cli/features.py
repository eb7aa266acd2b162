"""``emotag features``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from typing import IO

import click

from tagger.cli import FAILED
from tagger.cli.console import print_file_error
from tagger.cli.formats import format_option, output_format
from tagger.cli.options import output_option
from tagger.cli.outputs import WritingCommand
from tagger.errors import AudioError

FORMATS = ("csv", "jsonl")


@click.command(cls=WritingCommand)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE...")
@click.option(
    "--set",
    "feature_set",
    type=click.Choice(["moods", "affect", "embedding"]),
    default="moods",
    show_default=True,
    help="Feature set: of the model of moods, of the model of valence and arousal, or the embedding.",
)
@output_option("Write the features to FILE.", show_default="stdout")
@format_option(FORMATS, "csv")
def features(files: tuple[str, ...], feature_set: str, output: str | None, format_: str | None) -> int:
    """Write the audio features of FILE... as CSV or JSON Lines, with a row for each excerpt.

    The set `moods` consists of the 72 Marsyas features of the `emotions` data set, for one or more excerpts of 30 s.
    The set `affect` consists of the features for valence and arousal, for windows of 10 s.
    The set `embedding` consists of 200 values of a network that was trained to predict tags, for excerpts of 4 s.

    \b
    emotag features --set moods song.mp3
    emotag features song.mp3 -o features.csv
    """
    format_ = output_format(output, format_, FORMATS, "csv")
    from tagger.analysis.extraction import FEATURE_SETS, extract_features
    from tagger.io.output import open_output
    from tagger.library.path_text import path_to_text

    status = 0
    with open_output(output or "-") as file:
        write = _row_writer(format_, ("path", "start", *FEATURE_SETS[feature_set].columns), file)
        for path in files:
            try:
                starts, vectors = extract_features(path, feature_set)
            except AudioError as error:
                print_file_error(path, error)
                status = FAILED
                continue
            for start, vector in zip(starts, vectors, strict=True):
                write(path_to_text(path), start, vector.tolist())
    return status


def _row_writer(format_: str, columns: Sequence[str], file: IO[str]) -> Callable[[str, float, Sequence[float]], object]:
    """Return a function that writes the row of an excerpt: the path, its start in seconds, and the values."""
    if format_ == "csv":
        writer = csv.writer(file)
        writer.writerow(columns)
        return lambda path, start, values: writer.writerow([path, f"{start:g}", *(f"{x:.10g}" for x in values)])

    def write(path: str, start: float, values: Sequence[float]) -> None:
        cells = (path, float(f"{start:g}"), *(float(f"{x:.10g}") for x in values))
        print(json.dumps(dict(zip(columns, cells, strict=True)), ensure_ascii=False), file=file)

    return write

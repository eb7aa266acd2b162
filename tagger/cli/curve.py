"""``emotag curve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_error
from tagger.cli.formats import format_option, output_format
from tagger.cli.options import ModelFile, Number, output_option
from tagger.cli.outputs import Output, WritingCommand
from tagger.errors import AudioError, ModelError

if TYPE_CHECKING:
    from tagger.models.model import AffectModel

FORMATS = ("csv", "json", "txt", "png", "svg")
PICTURES = ("txt", "png", "svg")
"""Formats with a heading, which is the title of the song."""


@click.command(cls=WritingCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@output_option("Write the curve to FILE.", show_default="stdout", type=Output(kinds=("picture",)))
@format_option(FORMATS, "txt")
@click.option(
    "--step",
    type=Number(0.5),
    default=2,
    show_default=True,
    metavar="S",
    help="Time between two points in seconds, rounded to a multiple of 0.5 s.",
)
@click.option(
    "--model",
    type=ModelFile(),
    metavar="FILE",
    show_default="the bundled model",
    help="Model of valence and arousal to use; `classical` stands for the bundled model without a neural network.",
)
def curve(file: str, output: str | None, format_: str | None, step: float, model: str | None) -> int:
    """Predict valence and arousal over the time of a song.

    \b
    emotag curve song.mp3
    emotag curve song.mp3 -o curve.png
    emotag curve song.mp3 --format csv > curve.csv
    """
    format_ = output_format(output, format_, FORMATS, "txt")
    from tagger.io.output import write_output
    from tagger.models.curve import emotion_curve
    from tagger.report.text.curves import FORMATS as WRITERS

    affect_model = _load_affect_model(model)
    try:
        points = emotion_curve(file, affect_model, round(2 * step) / 2)
    except AudioError as error:
        print_error(f"{display_path(file)}: {error}")
        return FAILED
    name = Path(display_path(file)).name
    write_output(output or "-", WRITERS[format_](points, _title(file) or name if format_ in PICTURES else name))
    return 0


def _title(path: str) -> str:
    """Return artist and title of a song from its tags; empty if it has no title."""
    from tagger.tags.basic_tags import read_basic_tags

    tags = read_basic_tags(path)
    text = f"{tags.artist} \u2013 {tags.title}" if tags.artist and tags.title else tags.title
    # A terminal would interpret control characters.
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _load_affect_model(path: str | None) -> AffectModel:
    """Load a model of valence and arousal; the bundled one if there is no path."""
    from tagger import models
    from tagger.models.predictor import CLASSICAL

    names = {None: "emotion", CLASSICAL: "affect"}
    model = models.bundled(names[path]) if path in names else models.load(str(path))
    if not isinstance(model, models.AffectModel):
        raise ModelError(f"{path}: this is a model of {model.kind}, not of valence and arousal")
    models.check_features(model)
    return model

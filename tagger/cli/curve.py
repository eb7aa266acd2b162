"""``emotag curve``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli import FAILED
from tagger.cli.console import Number, display_path, print_message
from tagger.cli.outputs import Output, WritingCommand
from tagger.errors import AudioError, ModelError

FORMATS = ("csv", "json", "txt", "png", "svg")


@click.command(cls=WritingCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=Output(kinds=("picture",)),
    metavar="FILE",
    help="Write to FILE, in the format of its suffix.",
)
@click.option("--format", "kind", type=click.Choice(FORMATS), help="The format (default: by the suffix, or txt).")
@click.option("--step", type=Number(0.5), default=2, show_default=True, metavar="S", help="Seconds between two points.")
@click.option("--model", type=click.Path(exists=True), metavar="FILE", help="Use a model you trained.")
def curve(file: str, output: str | None, kind: str | None, step: float, model: str | None) -> int:
    """Follow valence and arousal along a song.

    \b
    emotag curve song.mp3
    emotag curve song.mp3 -o curve.png
    emotag curve song.mp3 --format csv > curve.csv
    """
    kind = kind or (Path(output).suffix.lower().removeprefix(".") if output else "txt")
    if kind not in FORMATS:
        raise click.UsageError(f"{output}: the suffix is none of {', '.join(FORMATS)}; say --format")
    from tagger import models
    from tagger.io.output import write_output
    from tagger.models.curve import emotion_curve as followed
    from tagger.report.text.curves import FORMATS as WRITERS

    used = models.load(model) if model else models.bundled("affect")
    if not isinstance(used, models.AffectModel):
        raise ModelError(f"{model}: a model of {used.kind}, which tells no valence and arousal")
    models.check_features(used)
    try:
        found = followed(file, used, round(2 * step) / 2)
    except AudioError as error:
        print_message(f"{display_path(file)}: {error}")
        return FAILED
    write_output(output or "-", WRITERS[kind](found, Path(display_path(file)).name))
    return 0

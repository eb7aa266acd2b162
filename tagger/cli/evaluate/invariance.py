"""``emotag evaluate invariance``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli.console import progress
from tagger.cli.datasets import DATA_FILE, json_text
from tagger.cli.formats import format_option, output_format
from tagger.cli.options import json_flag, models_option, output_option
from tagger.cli.outputs import WritingCommand

FORMATS = ("json", "txt")


@click.command(cls=WritingCommand)
@click.argument("songs", nargs=-1, required=True, type=DATA_FILE, metavar="SONG...")
@models_option
@json_flag
@output_option("Write the result to FILE.", show_default="stdout")
@format_option(FORMATS, "txt")
def invariance(
    songs: tuple[Path, ...], model: tuple[str, ...], as_json: bool, output: str | None, format_: str | None
) -> None:
    """Measure how much the predictions change if SONG... are encoded, amplified, resampled or cut differently.

    \b
    emotag evaluate invariance song.flac other.flac
    """
    format_ = output_format(output, format_, FORMATS, "json" if as_json else "txt")
    from tagger.evaluation.invariance import PREDICTED, measure_invariance
    from tagger.io.output import write_output

    with progress(len(songs), "song") as advance:
        differences = measure_invariance(songs, lambda: advance(1), models=model)
    if format_ == "json":
        text = json_text({"songs": len(songs), "moved": differences})
    else:
        lines = [
            f"mean/maximum difference from WAV over {len(songs)} songs: valence and arousal in -1..1, "
            "probabilities in 0..1"
        ]
        for name, variant in differences.items():
            cells = (f"{key} {variant[key]['mean']:.4f}/{variant[key]['max']:.4f}" for key in PREDICTED)
            lines.append(f"{name:24} " + "   ".join(cells))
        text = "\n".join(lines) + "\n"
    write_output(output or "-", text.encode())

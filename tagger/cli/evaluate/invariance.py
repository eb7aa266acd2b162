"""``emotag evaluate invariance``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli.console import print_json, progress
from tagger.cli.datasets import DATA_FILE
from tagger.cli.options import json_flag, models_option


@click.command()
@click.argument("songs", nargs=-1, required=True, type=DATA_FILE, metavar="SONG...")
@models_option
@json_flag
def invariance(songs: tuple[Path, ...], model: tuple[str, ...], as_json: bool) -> None:
    """Measure how much the predictions change if SONG... are encoded, amplified, resampled or cut differently.

    \b
    emotag evaluate invariance song.flac other.flac
    """
    from tagger.evaluation.invariance import PREDICTED, measure_invariance

    with progress(len(songs), "song") as advance:
        differences = measure_invariance(songs, lambda: advance(1), models=model)
    if as_json:
        print_json({"songs": len(songs), "moved": differences})
        return
    click.echo(
        f"mean/maximum difference from WAV over {len(songs)} songs: valence and arousal in -1..1, probabilities in 0..1"
    )
    for name, variant in differences.items():
        cells = (f"{key} {variant[key]['mean']:.4f}/{variant[key]['max']:.4f}" for key in PREDICTED)
        click.echo(f"{name:24} " + "   ".join(cells))

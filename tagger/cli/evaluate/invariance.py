"""``emotag evaluate invariance``."""

from __future__ import annotations

from pathlib import Path

import click

from tagger.cli.console import print_json, progress
from tagger.cli.datasets import DATA


@click.command()
@click.argument("songs", nargs=-1, required=True, type=DATA, metavar="SONG...")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def invariance(songs: tuple[Path, ...], as_json: bool) -> None:
    """Measure how far the bundled models' answers move when SONG... come in other encodings, louder, or cut elsewhere.

    \b
    emotag evaluate invariance song.flac other.flac
    """
    from tagger.training.invariance import PREDICTED, measure

    with progress(len(songs), "song") as advance:
        found = measure(songs, lambda: advance(1))
    if as_json:
        print_json({"songs": len(songs), "moved": found})
        return
    click.echo(f"mean/greatest difference from WAV over {len(songs)} songs: valence and arousal on 1..9, probabilities")
    for name, moved in found.items():
        cells = (f"{key} {moved[key]['mean']:.3f}/{moved[key]['max']:.3f}" for key in PREDICTED)
        click.echo(f"{name:24} " + "   ".join(cells))

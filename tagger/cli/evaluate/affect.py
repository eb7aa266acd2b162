"""``emotag evaluate affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.affect_options import affect_options, prepare_run
from tagger.cli.datasets import evaluation_output_options, print_evaluation
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@affect_options
@click.option(
    "--protocol",
    type=click.Choice(["songs", "artists", "frames"]),
    default="songs",
    show_default=True,
    help="Cross-validation that holds out songs, artists, or frames; `frames` is EmoDJ's protocol, which leaks data.",
)
@evaluation_output_options
def affect(protocol: str, as_json: bool, html: Path | None, **options: Any) -> None:
    """Evaluate models of valence and arousal on songs with ratings.

    \b
    emotag evaluate affect --audio deam/audio --labels deam/labels.csv
    emotag evaluate affect --audio deam/audio --labels emomusic --protocol artists
    emotag evaluate affect --recipe emodj --protocol frames --audio deam/audio --labels emomusic --offset 30 --seeds 3
    """
    with prepare_run(**options) as run:
        if protocol not in run.recipe.PROTOCOLS:
            raise click.UsageError(f"--recipe {options['recipe']} has no protocol {protocol}")
        print_evaluation(run.recipe.evaluate(run.data, protocol, run.config), as_json, html)

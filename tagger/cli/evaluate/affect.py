"""``emotag evaluate affect``."""

from __future__ import annotations

from typing import Any

import click

from tagger.cli.affect_options import affect_options, prepare_run
from tagger.cli.datasets import evaluation_output, evaluation_output_options
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
def affect(protocol: str, **options: Any) -> None:
    """Evaluate models of valence and arousal on songs with ratings.

    \b
    emotag evaluate affect --audio deam/audio --labels deam/labels.csv
    emotag evaluate affect --audio deam/audio --labels emomusic --protocol artists
    emotag evaluate affect --recipe emodj --protocol frames --audio deam/audio --labels emomusic --offset 30 --seeds 3
    """
    written = evaluation_output(options)
    with prepare_run(**options) as run:
        if protocol not in run.recipe.PROTOCOLS:
            raise click.UsageError(f"--recipe {options['recipe']} has no protocol {protocol}")
        written.write(run.recipe.evaluate(run.data, protocol, run.config))

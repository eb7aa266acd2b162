"""``emotag evaluate affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.datasets import deliver, output_options
from tagger.cli.outputs import WritingCommand
from tagger.cli.rated import prepared, rated_options


@click.command(cls=WritingCommand)
@rated_options
@click.option(
    "--protocol",
    type=click.Choice(["songs", "artists", "frames"]),
    default="songs",
    show_default=True,
    help="What is held out together; `frames` is EmoDJ's own, which leaks.",
)
@output_options
def affect(protocol: str, as_json: bool, html: Path | None, **asked: Any) -> None:
    """Measure models of valence and arousal on rated songs.

    \b
    emotag evaluate affect --audio deam/audio --labels deam/labels.csv
    emotag evaluate affect --audio deam/audio --labels emomusic --protocol artists
    emotag evaluate affect --recipe emodj --protocol frames --audio deam/audio --labels emomusic --offset 30 --seeds 3
    """
    with prepared(**asked) as (recipe, data, how):
        if protocol not in recipe.PROTOCOLS:
            raise click.UsageError(f"the recipe {asked['recipe']} has no protocol {protocol}")
        deliver(recipe.evaluate(data, protocol, how), as_json, html)

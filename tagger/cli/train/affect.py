"""``emotag train affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import print_json
from tagger.cli.datasets import MODEL
from tagger.cli.outputs import WritingCommand
from tagger.cli.rated import prepared, rated_options


@click.command(cls=WritingCommand)
@rated_options
@click.option("-o", "--output", type=MODEL, default="affect.model", show_default=True, help="Model file to write.")
def affect(output: Path, **asked: Any) -> None:
    """Train valence and arousal on rated songs.

    \b
    emotag train affect --audio deam/audio --labels deam/labels.csv -o affect.model
    emotag train affect --recipe emodj --audio clips --labels emomusic --seeds 3 -o emodj.model
    """
    with prepared(**asked) as (recipe, data, how):
        print_json(recipe.train(data, output, how))

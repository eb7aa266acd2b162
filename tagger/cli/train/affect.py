"""``emotag train affect``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.affect_options import affect_options, prepare_run
from tagger.cli.console import print_json
from tagger.cli.datasets import model_output_option
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@affect_options
@model_output_option("affect.model")
def affect(output: Path, **options: Any) -> None:
    """Train a model of valence and arousal on songs with ratings.

    \b
    emotag train affect --audio deam/audio --labels deam/labels.csv -o affect.model
    emotag train affect --recipe emodj --audio clips --labels emomusic --seeds 3 -o emodj.model
    """
    with prepare_run(**options) as run:
        print_json(run.recipe.train(run.data, output, run.config))

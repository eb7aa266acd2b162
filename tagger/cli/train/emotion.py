"""``emotag train emotion``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagger.cli.console import print_json
from tagger.cli.datasets import model_output_option
from tagger.cli.emotion_options import emotion_options, prepare_emotion_run
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@emotion_options
@model_output_option("emotion.model")
def emotion(output: Path, **options: Any) -> None:
    """Train the joint model of moods, valence and arousal on songs with ratings, quadrants, words and labels.

    \b
    emotag train emotion --audio deam/audio --labels deam/labels.csv \\
        --quadrants mer450 --moods emotions.arff -o emotion.model
    """
    from tagger.training.recipes import emotion as recipe

    with prepare_emotion_run(**options) as run:
        print_json(recipe.train(run.data, output, run.config))

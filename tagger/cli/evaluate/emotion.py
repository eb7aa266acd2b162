"""``emotag evaluate emotion``."""

from __future__ import annotations

from typing import Any

import click

from tagger.cli.datasets import evaluation_output, evaluation_output_options
from tagger.cli.emotion_options import emotion_options, prepare_emotion_run
from tagger.cli.outputs import WritingCommand


@click.command(cls=WritingCommand)
@emotion_options
@click.option(
    "--protocol",
    type=click.Choice(["quadrants", "words", "ratings", "left-out"]),
    default="quadrants",
    show_default=True,
    help="Cross-validation by artist with the figures of the quadrants, the mood words or the ratings; or training "
    "without a data set and testing on it.",
)
@evaluation_output_options
def emotion(protocol: str, **options: Any) -> None:
    """Evaluate the joint model of moods, valence and arousal.

    \b
    emotag evaluate emotion --protocol words --audio deam/audio --labels deam/labels.csv \\
        --quadrants mer450 --moods emotions.arff
    """
    written = evaluation_output(options)
    from tagger.training.recipes import emotion as recipe

    with prepare_emotion_run(**options) as run:
        written.write(recipe.evaluate(run.data, protocol, run.config))

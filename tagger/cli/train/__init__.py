"""``emotag train``."""

from __future__ import annotations

import click

from tagger.cli.train.affect import affect
from tagger.cli.train.embedding import embedding
from tagger.cli.train.emotion import emotion
from tagger.cli.train.moods import moods


@click.group()
def train() -> None:
    """Train a model on a data set, for use with `emotag scan --model FILE`.

    The model is evaluated by cross-validation. Its card, a JSON file with data, settings and results, is written next
    to the model and printed.
    """


train.add_command(moods)
train.add_command(affect)
train.add_command(emotion)
train.add_command(embedding)

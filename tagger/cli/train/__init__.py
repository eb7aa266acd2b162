"""``emotag train``."""

from __future__ import annotations

import click

from tagger.cli.train.affect import affect
from tagger.cli.train.moods import moods


@click.group()
def train() -> None:
    """Train a model from a data set; `emotag scan --model FILE` uses it.

    The model is measured by cross-validation first, and its card, a JSON file beside it, is printed.
    """


train.add_command(moods)
train.add_command(affect)

"""``emotag evaluate``."""

from __future__ import annotations

import click

from tagger.cli.evaluate.affect import affect
from tagger.cli.evaluate.emotion import emotion
from tagger.cli.evaluate.invariance import invariance
from tagger.cli.evaluate.moods import moods


@click.group()
def evaluate() -> None:
    """Evaluate models under a named protocol, or the invariance of their predictions."""


evaluate.add_command(moods)
evaluate.add_command(affect)
evaluate.add_command(emotion)
evaluate.add_command(invariance)

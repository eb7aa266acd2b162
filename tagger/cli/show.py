"""``emotag show``."""

from __future__ import annotations

import click

from tagger.cli import FAILED
from tagger.cli.console import name, say
from tagger.errors import TagError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE...")
def show(files: tuple[str, ...]) -> int:
    """Show what the tags of files say about their emotions.

    \b
    emotag show song.flac
    """
    from tagger import tags
    from tagger.emotions import quadrant

    status = 0
    for path in files:
        try:
            state = tags.read(path)
        except TagError as error:
            say(f"{name(path)}: {error}")
            status = FAILED
            continue
        click.echo(f"{name(path)} ({state.container})")
        click.echo(f"  moods    {'; '.join(state.moods) or '-'}")
        for label, value in (("valence", state.valence), ("arousal", state.arousal)):
            click.echo(f"  {label}  {'-' if value is None else format(value, '+.3f')}")
        if state.valence is not None and state.arousal is not None:
            click.echo(f"  quadrant {quadrant(state.valence, state.arousal)}")
        click.echo(f"  written by {state.marker or 'others'}")
    return status

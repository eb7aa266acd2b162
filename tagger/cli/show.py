"""``emotag show``."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import name, say, store_option
from tagger.errors import TagError

if TYPE_CHECKING:
    from tagger.library.store import Store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@store_option
def show(paths: tuple[str, ...], as_json: bool, store: str) -> int:
    """Show what the tags of a file and the library say about its emotions; of a folder, how its songs are.

    \b
    emotag show song.flac
    emotag show --json ~/Music
    """
    from tagger.library.store import Store
    from tagger.report import shown

    status, found = 0, []
    with Store(store) if os.path.exists(store) else nullcontext() as opened:
        for path in paths:
            try:
                if os.path.isdir(path):
                    counted = _summary(path, opened)
                    found.append({"folder": name(path), **counted})
                    lines = shown.summary_lines(counted, name(path))
                else:
                    card = _card(path, opened)
                    found.append(shown.card_json(card))
                    lines = shown.card_lines(card, name(path))
            except TagError as error:
                say(f"{name(path)}: {error}")
                status = FAILED
                continue
            if not as_json:
                click.echo("\n".join(lines))
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    return status


def _card(path: str, store: Store | None) -> Any:
    from tagger import tags
    from tagger.library.songs import songs
    from tagger.report.shown import Card
    from tagger.tags.titles import titles

    state = tags.read(path)
    return Card(path, titles(path), state, next(songs(store, [path]), None) if store else None)


def _summary(path: str, store: Store | None) -> dict[str, Any]:
    from tagger.library.songs import songs
    from tagger.report.shown import summary

    return summary(list(songs(store, [path])) if store else [])

"""``emotag show``."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_json, print_message, store_option
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
    from tagger.library.path_text import path_to_text
    from tagger.library.store import Store
    from tagger.report.text import song_card

    status, found = 0, []
    with Store(store) if os.path.exists(store) else nullcontext() as opened:
        for path in paths:
            try:
                if os.path.isdir(path):
                    counted = _summary(path, opened)
                    found.append({"folder": path_to_text(path), **counted})
                    lines = song_card.summary_lines(counted, display_path(path))
                else:
                    card = _card(path, opened)
                    found.append(song_card.card_json(card))
                    lines = song_card.card_lines(card, display_path(path))
            except TagError as error:
                print_message(f"{display_path(path)}: {error}")
                status = FAILED
                continue
            if not as_json:
                _print("\n".join(lines))
    if as_json:
        print_json(found)
    return status


def _print(text: str) -> None:
    """Print text on a terminal of any encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("█", "#").encode(encoding, "replace").decode(encoding)
    click.echo(text)


def _card(path: str, store: Store | None) -> Any:
    from tagger import tags
    from tagger.library.songs import songs
    from tagger.report.text.song_card import SongCard
    from tagger.tags.basic_tags import read_basic_tags

    song = next(songs(store, [path]), None) if store else None
    try:
        return SongCard(path, read_basic_tags(path), tags.read(path), "", song)
    except TagError as error:
        if song is None:
            raise
        return SongCard(path, read_basic_tags(path), None, str(error), song)


def _summary(path: str, store: Store | None) -> dict[str, Any]:
    from tagger.library.songs import songs
    from tagger.library.walk import walk
    from tagger.report.text.song_card import summary

    there = [file.key for file in walk([path])]
    if store is None:
        return summary((), 0, len(there))
    rows = store.files(there)
    failed = sum(row.failure is not None for row in rows.values())
    return summary(songs(store, [path]), failed, len(there) - len(rows))

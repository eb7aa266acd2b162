"""``emotag show``."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_file_error, print_json, print_text
from tagger.cli.options import existing_paths_argument, json_flag, relative_option, store_option
from tagger.cli.words import words_option
from tagger.errors import TagError

if TYPE_CHECKING:
    from tagger.tags.mood_words import MoodWords


@click.command()
@existing_paths_argument
@json_flag
@relative_option("Add the position of a file among all songs of the library")
@words_option
@store_option
def show(paths: tuple[str, ...], as_json: bool, relative: str | None, words: MoodWords | None, store: str) -> int:
    """Show the tags and the predicted moods of a file, or a summary of a folder.

    The moods have your own words if the settings or --words contain any, and emotag's labels with --json.

    \b
    emotag show song.flac
    emotag show --json ~/Music
    """
    from tagger.library.relative import library_scale
    from tagger.library.store import Store
    from tagger.report.text import song_card

    status = 0
    json_values = []
    with Store(store) if os.path.exists(store) else nullcontext() as opened:
        scale = library_scale(opened, relative) if opened and relative else None
        for path in paths:
            try:
                value, lines = song_card.describe(path, opened, display_path(path), scale, words or {})
            except TagError as error:
                print_file_error(path, error)
                status = FAILED
                continue
            if as_json:
                json_values.append(value)
            else:
                print_text("\n".join(lines))
    if as_json:
        print_json(json_values)
    return status

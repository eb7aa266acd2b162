"""``emotag show``."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_error, print_file_error, print_json, print_text
from tagger.cli.explanations import explain_files, explained_models_option
from tagger.cli.options import json_flag, relative_option, store_option
from tagger.cli.selection import (
    QueryCommand,
    Selection,
    parse_selection_of_files,
    query_option,
    read_missing_tags,
    songs_argument,
)
from tagger.cli.stored import NO_MATCH, open_library
from tagger.cli.words import words_option
from tagger.errors import TagError

if TYPE_CHECKING:
    from tagger.tags.mood_words import MoodWords


@click.command(cls=QueryCommand)
@songs_argument
@query_option
@json_flag
@relative_option("Add the position of a file among all songs of the library")
@click.option("--why", is_flag=True, help="Explain the prediction: what in the music raises and lowers its values.")
@explained_models_option
@words_option
@store_option
def show(
    paths: tuple[str, ...],
    queries: tuple[str, ...],
    as_json: bool,
    relative: str | None,
    words: MoodWords | None,
    why: bool,
    models: tuple[str, ...],
    store: str,
) -> int:
    """Show the tags and the predicted moods of a file, a summary of a folder, or the songs that match a query.

    The moods have your own words if the settings or --words contain any, and emotag's labels with --json.

    \b
    emotag show song.flac
    emotag show --why song.flac
    emotag show --json ~/Music
    emotag show ~/Music mood:sad artist:nina
    """
    selection = parse_selection_of_files(paths, queries, accept_words=True)
    if why or models:
        if selection.is_filtered:
            raise click.UsageError("--why explains single songs; name their files instead of a query")
        return explain_files(paths, as_json=as_json, relative=relative, why=why, models=models, store=store)
    from tagger.library.relative import library_scale
    from tagger.library.store import Store
    from tagger.report.text import song_card

    if selection.is_filtered:
        return _show_matches(selection, as_json, relative, words or {}, store)
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


def _show_matches(selection: Selection, as_json: bool, relative: str | None, words: MoodWords, store: str) -> int:
    """Print the songs that match a query; return the exit status."""
    from tagger.library.relative import library_scale
    from tagger.library.songs import songs, with_tags
    from tagger.report.text import song_list

    with open_library(store) as opened:
        read_missing_tags(opened, selection)
        matching = list(with_tags(opened, songs(opened, selection.roots, query=selection.query)))
        if matching and relative:
            scale = library_scale(opened, relative)
            matching = [scale.place(song) for song in matching]
    if as_json:
        print_json(song_list.list_json(matching))
    elif matching:
        print_text("\n".join(song_list.list_lines(matching, display_path, words)))
    if not matching:
        print_error(NO_MATCH)
    return 0 if matching else FAILED

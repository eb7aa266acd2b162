"""``emotag show``."""

from __future__ import annotations

import os
from contextlib import nullcontext

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_file_error, print_json, print_text
from tagger.cli.explanations import explain_files, explained_models_option
from tagger.cli.options import existing_paths_argument, json_flag, relative_option, store_option
from tagger.errors import TagError


@click.command()
@existing_paths_argument
@json_flag
@relative_option("Add the position of a file among all songs of the library")
@click.option("--why", is_flag=True, help="Explain the prediction: what in the music raises and lowers its values.")
@explained_models_option
@store_option
def show(
    paths: tuple[str, ...], as_json: bool, relative: str | None, why: bool, models: tuple[str, ...], store: str
) -> int:
    """Show the tags and the predicted moods of a file, or a summary of a folder.

    \b
    emotag show song.flac
    emotag show --why song.flac
    emotag show --json ~/Music
    """
    if why or models:
        return explain_files(paths, as_json=as_json, relative=relative, why=why, models=models, store=store)
    from tagger.library.relative import library_scale
    from tagger.library.store import Store
    from tagger.report.text import song_card

    status = 0
    json_values = []
    with Store(store) if os.path.exists(store) else nullcontext() as opened:
        scale = library_scale(opened, relative) if opened and relative else None
        for path in paths:
            try:
                value, lines = song_card.describe(path, opened, display_path(path), scale)
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

"""``emotag library``."""

from __future__ import annotations

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_json
from tagger.cli.options import json_flag, store_option
from tagger.cli.stored import open_library, require_store


@click.group()
def library() -> None:
    """Manage the library database.

    It stores the features and predictions of analysed songs, and what `emotag undo` needs.
    """


@library.command()
@json_flag
@store_option
def info(as_json: bool, store: str) -> None:
    """Print the path, size and contents of the library database.

    \b
    emotag library info
    """
    with open_library(store) as opened:
        size = opened.size()
    if as_json:
        from dataclasses import asdict

        from tagger.library.path_text import path_to_text

        counts = asdict(size)
        print_json({"path": path_to_text(store), "songs": counts.pop("audio"), **counts})
        return
    click.echo(f"{display_path(store)} ({size.bytes / 1e6:.1f} MB)")
    click.echo(f"  files        {size.files} ({size.failed} failed)")
    click.echo(f"  songs        {size.audio} ({size.analysed} analysed)")
    click.echo(f"  predictions  {size.predictions}")


@library.command()
@json_flag
@store_option
def check(as_json: bool, store: str) -> int:
    """Check the library database for damage.

    \b
    emotag library check
    """
    with open_library(store) as opened:
        faults = opened.check()
    if as_json:
        print_json({"faults": faults})
    else:
        click.echo("\n".join(faults) if faults else "No damage found.")
    return FAILED if faults else 0


@library.command()
@json_flag
@store_option
def prune(as_json: bool, store: str) -> None:
    """Remove entries whose files are gone.

    Entries are kept if the folder of the file is gone too, for example on a drive that is not connected.

    \b
    emotag library prune
    """
    from tagger.library.lock import library_lock
    from tagger.report.text.wording import count_noun

    with library_lock(require_store(store)), open_library(store) as opened:
        files, songs = opened.prune()
    if as_json:
        print_json({"files": files, "songs": songs})
        return
    click.echo(f"Removed {count_noun(files, 'file')} and {count_noun(songs, 'song')}.")

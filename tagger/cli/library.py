"""``emotag library``."""

from __future__ import annotations

import os

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, store_option
from tagger.errors import StoreError


@click.group()
def library() -> None:
    """Look after the library store, which remembers what is known of every song."""


@library.command()
@store_option
def info(store: str) -> None:
    """Say where the store is and how much it holds.

    \b
    emotag library info
    """
    from tagger.library.store import Store

    with Store(_existing(store)) as opened:
        size = opened.size()
    click.echo(f"{display_path(store)} ({size.bytes / 1e6:.1f} MB)")
    click.echo(f"  files        {size.files} ({size.failed} failed)")
    click.echo(f"  songs        {size.audio} ({size.analysed} analysed)")
    click.echo(f"  predictions  {size.predictions}")


@library.command()
@store_option
def check(store: str) -> int:
    """Check the store for damage.

    \b
    emotag library check
    """
    from tagger.library.store import Store

    with Store(_existing(store)) as opened:
        faults = opened.check()
    click.echo("\n".join(faults) if faults else "no damage found")
    return FAILED if faults else 0


@library.command()
@store_option
def prune(store: str) -> None:
    """Forget files that are gone, and songs of which there is no file any more.

    Files in folders that are gone too, such as those of a drive that is not plugged in, are kept.

    \b
    emotag library prune
    """
    from tagger.library.lock import library_lock
    from tagger.library.store import Store

    with library_lock(_existing(store)), Store(store) as opened:
        files, songs = opened.prune()
    click.echo(f"forgot {files} files and {songs} songs")


def _existing(store: str) -> str:
    if not os.path.exists(store):
        raise StoreError(f"{store}: there is no library store yet; emotag scan makes one")
    return store

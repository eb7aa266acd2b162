"""What the commands share that show or play songs of the library: which of them are meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tagger.cli.console import add_options, store_option
from tagger.emotions import MOODS, QUADRANTS

if TYPE_CHECKING:
    from tagger.library.songs import SongFilter
    from tagger.library.store import Store

FILTERS = (
    click.option("--mood", "moods", multiple=True, type=click.Choice(MOODS), help="With this mood, or that."),
    click.option("--not-mood", "not_moods", multiple=True, type=click.Choice(MOODS), help="Without this mood."),
    click.option(
        "--quadrant",
        "quadrants",
        multiple=True,
        type=click.Choice(tuple(QUADRANTS.values())),
        help="In this quarter of the plane; repeatable.",
    ),
)


filter_options = add_options(*FILTERS, store_option)
"""Adds the options that say which songs are wanted, and whose library."""


def song_filter(moods: tuple[str, ...], not_moods: tuple[str, ...], quadrants: tuple[str, ...]) -> SongFilter:
    """Return the filter that those options say.

    Raises
    ------
    click.UsageError
        If they want a mood and do not.
    """
    from tagger.library.songs import SongFilter

    if both := set(moods) & set(not_moods):
        raise click.UsageError(f"{min(both)}: wanted with --mood and not wanted with --not-mood")
    return SongFilter(moods, not_moods, quadrants)


@contextmanager
def open_library(store: str) -> Iterator[Store]:
    """Open the library store, if there is one.

    Raises
    ------
    StoreError
        If there is none yet.
    """
    import os

    from tagger.errors import StoreError
    from tagger.library.store import Store

    if not os.path.exists(store):
        raise StoreError(f"{store}: no library yet; `emotag scan` makes one")
    with Store(store) as opened:
        yield opened

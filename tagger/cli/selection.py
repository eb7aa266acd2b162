"""Paths and queries on the command line: which songs of the library a command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tagger.cli.options import MOOD, QUADRANT, add_options, store_option
from tagger.cli.outputs import WritingCommand

if TYPE_CHECKING:
    from tagger.library.query_terms import Node
    from tagger.library.store import Store

songs_argument = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH|QUERY]...")
"""Files and folders, and terms of a query; `parse_selection` takes them apart."""

query_option = click.option(
    "-Q",
    "--query",
    "queries",
    multiple=True,
    metavar="QUERY",
    help="Select songs by a query such as 'mood:happy artist:nina'; repeat for songs that match all of several.",
)

filter_options = add_options(
    query_option,
    click.option(
        "--mood",
        "moods",
        multiple=True,
        type=MOOD,
        help="Select songs with this mood, named by any of its words; repeat for any of several.",
    ),
    click.option(
        "--not-mood",
        "not_moods",
        multiple=True,
        type=MOOD,
        help="Leave out songs with this mood; repeat for several.",
    ),
    click.option(
        "--quadrant",
        "quadrants",
        multiple=True,
        type=QUADRANT,
        help="Select songs in this quadrant of the valence/arousal plane; repeat for any of several.",
    ),
    store_option,
)
"""Decorator that adds the options that select songs of the library; `parse_selection` takes their values."""


class QueryCommand(WritingCommand):
    """A command whose arguments may be terms of a query, of which a negated one begins with ``-`` like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write negated terms such as ``-mood:angry`` with ``^``, and parse the arguments."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*map(_without_dash, args[:end]), *args[end:]])


def _without_dash(argument: str) -> str:
    if len(argument) < 2 or argument[0] != "-" or argument[1] == "-":
        return argument
    from tagger.library.query import FIELDS, TERM

    match = TERM.fullmatch(argument)
    return f"^{argument[1:]}" if match and match["field"].lower() in FIELDS else argument


class Selection(NamedTuple):
    """The songs that a command is about.

    Attributes
    ----------
    roots : tuple of str
        Files and folders; empty for the whole library.
    query : Node
        The songs among them; `tagger.library.query.EVERY_SONG` for all.
    """

    roots: tuple[str, ...]
    query: Node

    @property
    def is_filtered(self) -> bool:
        """Whether there is a query."""
        from tagger.library.query import EVERY_SONG

        return self.query != EVERY_SONG


def parse_selection(
    paths: Sequence[str],
    queries: Sequence[str] = (),
    *,
    moods: Sequence[str] = (),
    not_moods: Sequence[str] = (),
    quadrants: Sequence[str] = (),
) -> Selection:
    """Return the songs that arguments and options describe: below any of the paths, and matching all queries.

    An argument is a path if there is such a file. Otherwise it is a term if it has a field, such as ``path:/music``; a
    path, which may be that of a file that is away, if it contains a slash or ends like an audio file; else a word.

    Parameters
    ----------
    paths : sequence of str
        Values of `songs_argument`.
    queries, moods, not_moods, quadrants : sequence of str
        Values of the options of `filter_options`.

    Returns
    -------
    Selection

    Raises
    ------
    click.UsageError
        If a mood is both selected and left out.
    QueryError
        If a query cannot be understood.
    """
    from tagger.library.query import EVERY_SONG, any_of, both, parse_query, parse_terms
    from tagger.library.query_terms import Mood, Not, Quadrant

    if contradicting := set(moods) & set(not_moods):
        raise click.UsageError(f"{min(contradicting)} is given to both --mood and --not-mood")
    terms = [argument for argument in paths if not _is_path(argument)]
    parts: list[Node] = [parse_terms(terms)] if terms else []
    parts += map(parse_query, queries)
    parts += [any_of(map(Mood, moods)), *(Not(Mood(mood)) for mood in not_moods), any_of(map(Quadrant, quadrants))]
    query: Node = EVERY_SONG
    for part in parts:
        query = both(query, part)
    return Selection(tuple(filter(_is_path, paths)), query)


def parse_selection_of_files(paths: Sequence[str], queries: Sequence[str], *, accept_words: bool) -> Selection:
    """Return the songs for a command that works on files on the disk: each path must exist.

    Parameters
    ----------
    paths : sequence of str
        Values of `songs_argument`.
    queries : sequence of str
        Values of `query_option`.
    accept_words : bool
        Whether a query may have plain words, which match more than one may expect.

    Returns
    -------
    Selection

    Raises
    ------
    click.UsageError
        If a path does not exist, if there is neither a path nor a query, or if a plain word is not accepted.
    QueryError
        If a query cannot be understood.
    """
    from tagger.library.query import has_form_of_term, has_words

    for argument in paths:
        if not os.path.exists(argument) and not has_form_of_term(argument):
            raise click.UsageError(f"Path '{argument}' does not exist.")
    if not paths and not queries:
        raise click.UsageError("Missing argument 'PATH|QUERY...'.")
    selection = parse_selection(paths, queries)
    if not accept_words and has_words(selection.query):
        raise click.UsageError("A word of the query needs a field here, such as artist:WORD, title:WORD or path:WORD.")
    return selection


def _is_path(argument: str) -> bool:
    from tagger.library.query import has_form_of_term
    from tagger.library.walk import AUDIO_SUFFIXES

    if os.path.lexists(argument):
        return True
    if has_form_of_term(argument):
        return False
    return "/" in argument or os.sep in argument or os.path.splitext(argument)[1].lower() in AUDIO_SUFFIXES


def read_missing_tags(store: Store, selection: Selection) -> None:
    """Read the tags that a query looks at, of songs that an older version of emotag has scanned.

    Parameters
    ----------
    store : Store
    selection : Selection
    """
    from tagger.cli.console import progress
    from tagger.library.query import reads_tags
    from tagger.library.query_terms import WithoutTags
    from tagger.library.songs import songs, with_tags

    if not reads_tags(selection.query):
        return
    unread: list[Any] = list(songs(store, selection.roots, query=WithoutTags()))
    if unread:
        with progress(len(unread), "file") as advance:
            for _ in with_tags(store, unread, advance):
                pass

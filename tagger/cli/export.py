"""``emotag export``."""

from __future__ import annotations

from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_message
from tagger.cli.outputs import Output, WritingCommand, sd_option
from tagger.cli.songs import filter_options, open_library, song_filter


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("--csv", type=Output(), metavar="FILE", help="Write CSV to FILE ('-', the default, is stdout).")
@click.option("--jsonl", type=Output(), metavar="FILE", help="The same as JSON Lines.")
@sd_option
@filter_options
def export(paths: tuple[str, ...], csv: str | None, jsonl: str | None, sd: bool, store: str, **chosen: Any) -> int:
    """Write what the library knows of the songs in PATH..., or of all, as a report; nothing is analysed.

    \b
    emotag export > library.csv
    emotag export --mood sad-lonely --jsonl sad.jsonl ~/Music
    """
    from contextlib import ExitStack
    from itertools import chain, islice

    from tagger.io.output import open_output
    from tagger.report.text.rows import writers
    from tagger.scanning.stored import stored_results

    if csv is None and jsonl is None:
        csv = "-"
    if csv == "-" and jsonl == "-":
        raise click.UsageError("only one report can go to stdout")
    with ExitStack() as stack:
        opened = stack.enter_context(open_library(store))
        found = stored_results(opened, paths, song_filter(**chosen))
        first = list(islice(found, 1))
        if not first:
            print_message("nothing is known of such songs; `emotag scan` finds out")
            return FAILED
        asked = {"csv": csv, "jsonl": jsonl}
        sinks = [writers(sd=sd)[kind](stack.enter_context(open_output(path))) for kind, path in asked.items() if path]
        for outcome in chain(first, found):
            for write in sinks:
                write(outcome)
    return 0

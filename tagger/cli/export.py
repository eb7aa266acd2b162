"""``emotag export``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_error
from tagger.cli.options import filter_options, library_paths_argument, relative_option, report_options, song_filter
from tagger.cli.outputs import WritingCommand
from tagger.cli.stored import NOT_ANALYSED, open_library


@click.command(cls=WritingCommand)
@library_paths_argument
@report_options("Write the report as CSV to FILE ('-' for stdout; the default without --jsonl).")
@relative_option("Add columns with the position among all songs of the library, such as valence_rank and arousal_rank")
@filter_options
def export(
    paths: tuple[str, ...],
    csv: str | None,
    jsonl: str | None,
    sd: bool,
    relative: str | None,
    store: str,
    **filters: Any,
) -> int:
    """Write the predictions in the library to a report: of the songs in PATH..., or of all songs.

    Nothing is analysed. Without a filter, the report also lists the files that could not be analysed.

    \b
    emotag export > library.csv
    emotag export --mood sad-lonely --jsonl sad.jsonl ~/Music
    emotag export --relative rank --csv ranks.csv
    """
    from itertools import chain, islice

    from tagger.io.output import open_output
    from tagger.library.own_labels import own_labels
    from tagger.library.relative import library_scale
    from tagger.report.text.rows import writers
    from tagger.scanning.stored_results import stored_results

    if csv is None and jsonl is None:
        csv = "-"
    if csv == "-" and jsonl == "-":
        raise click.UsageError("only one report can be written to stdout")
    outputs = {kind: path for kind, path in (("csv", csv), ("jsonl", jsonl)) if path}
    with ExitStack() as stack:
        library = stack.enter_context(open_library(store))
        results = stored_results(library, paths, song_filter(**filters))
        first = list(islice(results, 1))
        if not first:
            print_error(NOT_ANALYSED)
            return FAILED
        begin = writers(sd=sd, scale=library_scale(library, relative) if relative else None, own=own_labels(library))
        writing = [begin[kind](stack.enter_context(open_output(path))) for kind, path in outputs.items()]
        for result in chain(first, results):
            for write in writing:
                write(result)
    return 0

"""``emotag export``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_error, report_written
from tagger.cli.options import relative_option
from tagger.cli.report_options import check_columns, report_files, report_options
from tagger.cli.selection import QueryCommand, filter_options, parse_selection, read_missing_tags, songs_argument
from tagger.cli.stored import NO_MATCH, NOT_ANALYSED, open_library


@click.command(cls=QueryCommand)
@songs_argument
@report_options("Write the report to FILE.", show_default="stdout")
@relative_option("Add columns with the position among all songs of the library, such as valence_rank and arousal_rank")
@filter_options
def export(
    paths: tuple[str, ...],
    output: str | None,
    format_: str | None,
    csv: str | None,
    jsonl: str | None,
    sd: bool,
    columns: str | None,
    absolute: bool,
    relative: str | None,
    store: str,
    **filters: Any,
) -> int:
    """Write the predictions in the library to a report: of the songs in PATH... that match QUERY..., or of all songs.

    Nothing is analysed. Without a query, the report also lists the files that could not be analysed. Paths begin as in
    PATH..., and are absolute if there is none.

    \b
    emotag export -o library.csv
    emotag export --columns path,artist,title,moods -o moods.csv ~/Music
    emotag export mood:sad -o sad.jsonl
    emotag export --relative rank -o ranks.csv
    """
    from functools import partial
    from itertools import chain, islice

    from tagger.io.output import open_output
    from tagger.library.own_labels import own_labels
    from tagger.library.relative import library_scale
    from tagger.library.songs import file_tags
    from tagger.report.text.rows import writers
    from tagger.report.text.wording import count_noun
    from tagger.scanning.stored_results import stored_results

    check_columns(columns, relative)
    csv, jsonl = report_files(output or (format_ and "-"), format_, csv, jsonl)
    if csv is None and jsonl is None:
        csv = "-"
    if csv == "-" and jsonl == "-":
        raise click.UsageError("only one report can be written to stdout")
    outputs = {kind: path for kind, path in (("csv", csv), ("jsonl", jsonl)) if path}
    selection = parse_selection(paths, **filters)
    with ExitStack() as stack:
        library = stack.enter_context(open_library(store))
        read_missing_tags(library, selection)
        results = stored_results(library, selection.roots, selection.query)
        first = list(islice(results, 1))
        if not first:
            print_error(NO_MATCH if selection.is_filtered else NOT_ANALYSED)
            return FAILED
        begin = writers(
            sd=sd,
            scale=library_scale(library, relative) if relative else None,
            own=own_labels(library),
            columns=columns or "",
            tags_of=partial(file_tags, library),
            absolute=absolute,
        )
        writing = [begin[kind](stack.enter_context(open_output(path))) for kind, path in outputs.items()]
        rows = 0
        for result in chain(first, results):
            rows += 1
            for write in writing:
                write(result)
        library.commit()  # tags that the library lacked
    for path in outputs.values():
        report_written(count_noun(rows, "row"), path)
    return 0

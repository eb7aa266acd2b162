"""``emotag map``."""

from __future__ import annotations

import os
from typing import Any

import click
from click.core import ParameterSource

from tagger.cli import FAILED
from tagger.cli.console import print_error, print_message, progress
from tagger.cli.formats import format_option, output_format
from tagger.cli.options import output_option, relative_option
from tagger.cli.outputs import Output
from tagger.cli.selection import QueryCommand, filter_options, parse_selection, read_missing_tags, songs_argument
from tagger.cli.stored import NOT_ANALYSED, open_library

IMAGES = ("png", "svg")
FORMATS = ("html", *IMAGES)


@click.command(cls=QueryCommand)
@songs_argument
@output_option(
    "HTML page to write, which links to the audio files, or image.",
    type=Output(kinds=("picture",)),
    default="map.html",
    show_default=True,
)
@format_option(FORMATS, "html")
@click.option(
    "--image", type=Output(kinds=("picture",)), metavar="FILE", hidden=True, help="Image to write instead of a page."
)
@click.option("--curves", is_flag=True, help="Add the valence and arousal of each analysed window of the songs.")
@relative_option("Draw the songs at their positions among all songs of the library")
@filter_options
def map(
    paths: tuple[str, ...],
    output: str,
    format_: str | None,
    image: str | None,
    curves: bool,
    relative: str | None,
    store: str,
    **filters: Any,
) -> int:
    """Draw the songs in PATH... that match QUERY..., or the whole library, on the valence/arousal plane.

    The page is a single file that works offline. It plays the songs, filters them, and saves playlists of the songs
    that you select. Quadrants are those of the prediction, also with --relative.

    \b
    emotag map -o map.html
    emotag map -o map.png ~/Music
    emotag map genre:jazz -o jazz.html
    emotag map --relative rank -o ranks.html
    """
    source = click.get_current_context().get_parameter_source("output")
    if image:
        output = image
    elif format_ and source is ParameterSource.DEFAULT:
        output = f"map.{format_}"
    format_ = output_format(output, format_, IMAGES if image else FORMATS, "html")
    from tagger.io.output import write_output
    from tagger.library.relative import library_scale
    from tagger.library.songs import songs, with_tags
    from tagger.report.html import map_page

    selection = parse_selection(paths, **filters)
    with open_library(store) as opened:
        read_missing_tags(opened, selection)
        selected = list(songs(opened, selection.roots, query=selection.query))
        if not selected:
            print_error(NOT_ANALYSED)
            return FAILED
        if relative:
            scale = library_scale(opened, relative)
            selected = [scale.place(song) for song in selected]
        if format_ in IMAGES:
            write_output(output, map_page.image(selected, format_))
            return 0
        curves_by_audio = map_page.predict_curves(selected, opened) if curves else {}
        with progress(len(selected), "song") as advance:
            tagged = list(with_tags(opened, selected, advance))
        page = map_page.html(tagged, os.path.dirname(os.path.abspath(output)), curves_by_audio)
    write_output(output, page.encode())
    print_message(f"{output}: map of {len(selected)} songs")
    return 0

"""``emotag map``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_error, progress, report_written
from tagger.cli.options import filter_options, library_paths_argument, output_option, relative_option, song_filter
from tagger.cli.outputs import Output, WritingCommand
from tagger.cli.stored import NOT_ANALYSED, open_library

IMAGE_SUFFIXES = (".png", ".svg")


@click.command(cls=WritingCommand)
@library_paths_argument
@output_option("HTML page to write; it links to the audio files.", default="map.html", show_default=True)
@click.option(
    "--image", type=Output(kinds=("picture",)), metavar="FILE", help="Write an image (.png or .svg) instead of a page."
)
@click.option("--curves", is_flag=True, help="Add the valence and arousal of each analysed window of the songs.")
@relative_option("Draw the songs at their positions among all songs of the library")
@filter_options
def map(
    paths: tuple[str, ...],
    output: str,
    image: str | None,
    curves: bool,
    relative: str | None,
    store: str,
    **filters: Any,
) -> int:
    """Draw the songs in PATH..., or the whole library, on the valence/arousal plane.

    The page is a single file that works offline and plays the songs. Colours are those of the predicted quadrant, also
    with --relative.

    \b
    emotag map -o map.html
    emotag map --image map.png ~/Music
    emotag map --relative rank -o ranks.html
    """
    image_suffix = Path(image or "").suffix.lower()
    if image and image_suffix not in IMAGE_SUFFIXES:
        raise click.UsageError(f"{image}: the name of an image must end in {' or '.join(IMAGE_SUFFIXES)}")
    from tagger.io.output import write_output
    from tagger.library.relative import library_scale
    from tagger.library.songs import songs
    from tagger.report.html import map_page
    from tagger.report.text.wording import count_noun

    song_filter_ = song_filter(**filters)
    with open_library(store) as opened:
        selected = [song for song in songs(opened, paths) if song_filter_.matches(song)]
        if not selected:
            print_error(NOT_ANALYSED)
            return FAILED
        if relative:
            scale = library_scale(opened, relative)
            selected = [scale.place(song) for song in selected]
        if image:
            write_output(image, map_page.image(selected, image_suffix.removeprefix(".")))
            report_written(f"Map of {count_noun(len(selected), 'song')}", image)
            return 0
        curves_by_audio = map_page.predict_curves(selected, opened) if curves else {}
    with progress(len(selected), "song") as advance:
        map_songs = map_page.read_map_songs(selected, curves_by_audio, advance)
        page = map_page.html(map_songs, os.path.dirname(os.path.abspath(output)))
    write_output(output, page.encode())
    report_written(f"Map of {count_noun(len(selected), 'song')}", output)
    return 0

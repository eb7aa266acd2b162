"""``emotag map``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_message, progress
from tagger.cli.outputs import Output, WritingCommand
from tagger.cli.songs import filter_options, open_library, song_filter

if TYPE_CHECKING:
    from tagger.library.songs import Song
    from tagger.library.store import Store

PICTURES = (".png", ".svg")


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "-o",
    "--output",
    type=Output(),
    default="map.html",
    show_default=True,
    metavar="FILE",
    help="Page to write; links lead from it to the songs.",
)
@click.option("--image", type=Output(kinds=("picture",)), metavar="FILE", help="A picture (.png, .svg) instead.")
@click.option("--curves", is_flag=True, help="With each song's emotion over time, from the windows that were analysed.")
@filter_options
def map(paths: tuple[str, ...], output: str, image: str | None, curves: bool, store: str, **chosen: Any) -> int:
    """Draw the songs in PATH..., or the whole library, on the plane of valence and arousal, as a page that plays them.

    \b
    emotag map -o map.html
    emotag map --image map.png ~/Music
    """
    kind = Path(image or "").suffix.lower()
    if image and kind not in PICTURES:
        raise click.UsageError(f"{image}: a picture's name ends in {' or '.join(PICTURES)}")
    from tagger.io.output import write_output
    from tagger.library.songs import songs
    from tagger.report.html import map_page as report
    from tagger.tags.basic_tags import read_basic_tags

    with open_library(store) as opened:
        filter_ = song_filter(**chosen)
        found = [song for song in songs(opened, paths) if filter_.matches(song)]
        if not found:
            print_message("nothing is known of such songs; `emotag scan` finds out")
            return FAILED
        if image:
            write_output(image, report.image(found, kind.removeprefix(".")))
            return 0
        points = _curves(opened, found) if curves else {}
    with progress(len(found), "song") as advance:

        def dots() -> Any:
            for song in found:
                yield report.MapSong(song, read_basic_tags(song.path), points.get(song.audio, ()))
                advance(1)

        page = report.html(dots(), os.path.dirname(os.path.abspath(output)))
    write_output(output, page.encode())
    print_message(f"{len(found)} songs on {output}")
    return 0


def _curves(store: Store, found: list[Song]) -> dict[int, tuple[tuple[float, float], ...]]:
    """Return valence and arousal of each window of the songs whose features the store has."""
    from tagger.library.records import feature_arrays
    from tagger.models.predictor import Predictor
    from tagger.scanning.pipeline import batches

    models = Predictor()
    told: dict[int, tuple[tuple[float, float], ...]] = {}
    for batch in batches(sorted({song.audio for song in found})):
        told |= models.predict_windows(feature_arrays(store.features(batch, models.versions)))
    return told

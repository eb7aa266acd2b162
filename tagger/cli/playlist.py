"""``emotag playlist``."""

from __future__ import annotations

import os
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import print_error, print_file_error, print_json, progress, report_written
from tagger.cli.options import Number, output_option, relative_option
from tagger.cli.selection import QueryCommand, filter_options, parse_selection, read_missing_tags, songs_argument
from tagger.cli.stored import NO_MATCH, open_library

if TYPE_CHECKING:
    from tagger.library.playlist_selection import Candidates

    ParamType = click.ParamType[str | tuple[float, float]]
else:
    ParamType = click.ParamType  # generic since click 8.4


class SongOrPoint(ParamType):
    """The path of a song in the library, or a point as ``V,A``."""

    name = "file|v,a"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a path, or a tuple of two numbers."""
        if os.path.exists(value):
            return value
        try:
            valence, arousal = map(float, value.split(","))
        except ValueError:
            self.fail(f"{value} is neither an existing file nor a point such as 0.5,-0.2", param, ctx)
        if not (isfinite(valence) and isfinite(arousal)):
            self.fail(f"{value}: valence and arousal must be finite numbers", param, ctx)
        return valence, arousal


@click.command(cls=QueryCommand)
@songs_argument
@click.option(
    "--order",
    type=click.Choice(["match", "shuffle", "path", "curve"]),
    show_default="match",
    help="match: best matches of the query first; shuffle: at random; path: by path; curve: a smooth "
    "walk through the valence/arousal plane.",
)
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Order by similarity to FILE, the most similar song first.",
)
@click.option(
    "--by",
    type=click.Choice(["plane", "features"]),
    default="plane",
    show_default=True,
    help="Similarity measure for --like: position on the plane, or audio features.",
)
@click.option(
    "--near",
    type=SongOrPoint(),
    metavar="FILE|V,A",
    help="Order by distance from FILE or from the point V,A on the plane, the nearest song first.",
)
@click.option(
    "--from",
    "start",
    type=SongOrPoint(),
    metavar="FILE|V,A",
    help="Start the playlist at this song or point; requires --to.",
)
@click.option(
    "--to",
    "end",
    type=SongOrPoint(),
    metavar="FILE|V,A",
    help="End the playlist at this song or point; requires --from.",
)
@relative_option(
    "Measure distances on the plane between positions among all songs of the library, and read V,A as such a position"
)
@click.option(
    "--count",
    type=click.IntRange(1),
    metavar="N",
    show_default="20 with --from and --to, otherwise unlimited",
    help="Maximum number of songs.",
)
@click.option("--minutes", type=Number(0, min_open=True), metavar="M", help="Maximum duration in minutes.")
@click.option("--per-artist", type=click.IntRange(1), metavar="N", help="Maximum number of songs by one artist.")
@click.option(
    "--in-a-row",
    type=click.IntRange(1),
    metavar="N",
    show_default="1 with --order match, shuffle and curve, otherwise unlimited",
    help="Maximum number of songs by one artist in a row, as long as there are songs by others.",
)
@click.option("--shuffle", is_flag=True, hidden=True, help="Shuffle the songs; the same as --order shuffle.")
@click.option(
    "--seed",
    type=int,
    metavar="N",
    show_default="a different order each time",
    help="Seed for --order shuffle, and for the order of songs that match equally well.",
)
@output_option("Write the playlist to FILE.", show_default="stdout")
@click.option("--absolute", is_flag=True, help="Write absolute paths to FILE; paths on stdout are always absolute.")
@click.option(
    "--uri",
    is_flag=True,
    help="Write percent-encoded file:// URIs, for players that misread '#' or '%' in paths, such as VLC.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the songs as JSON on stdout, in place of the playlist or in addition to --output.",
)
@filter_options
def playlist(
    paths: tuple[str, ...],
    output: str | None,
    absolute: bool,
    uri: bool,
    as_json: bool,
    store: str,
    queries: tuple[str, ...],
    moods: tuple[str, ...],
    not_moods: tuple[str, ...],
    quadrants: tuple[str, ...],
    **options: Any,
) -> int:
    """Make a playlist (M3U8) from the songs in PATH... that match QUERY..., or from the whole library.

    The best matches come first: songs with the highest probability of a mood, or most clearly in a quadrant or range.
    Songs that match equally well are shuffled. --order, --like, --near, or --from and --to order the songs otherwise.
    Each recording is listed once.

    \b
    emotag playlist mood:calm ^mood:sad --minutes 60 -o calm.m3u8
    emotag playlist valence:0.3.. genre:jazz --order curve --count 30 -o jazz.m3u8
    emotag playlist --like song.mp3 --count 20 -o like.m3u8
    emotag playlist --from=-0.5,-0.5 --to 0.5,0.5 -o lift.m3u8
    emotag playlist --relative rank --near 1,1 --count 20 -o happiest.m3u8
    """
    from tagger.io.output import write_output
    from tagger.library.path_text import path_to_text
    from tagger.library.playlist_selection import PlaylistOptions, find_candidates, select_songs
    from tagger.library.songs import with_tags
    from tagger.report.text import m3u, song_list
    from tagger.report.text.wording import count_noun, format_minutes

    order = PlaylistOptions(**options)
    if conflict := order.conflict():
        raise click.UsageError(conflict)
    selection = parse_selection(paths, queries, moods=moods, not_moods=not_moods, quadrants=quadrants)
    if as_json and output == "-":
        raise click.UsageError("Only one of the playlist and JSON can go to stdout.")
    to_file = output is not None
    output = output or "-"
    folder = None if absolute or output == "-" else os.path.dirname(os.path.abspath(output))
    with open_library(store) as opened:
        read_missing_tags(opened, selection)
        candidates = find_candidates(opened, *selection, lambda path: uri or m3u.is_writable(path, folder))
        _report_left_out(candidates)
        with progress(len(candidates.songs), "song") as advance:
            known = list(with_tags(opened, candidates.songs, advance))
        selected = select_songs(known, opened, order, selection.query)
    seconds = sum(song.duration for song in selected)
    if selected and (to_file or not as_json):
        write_output(output, m3u.playlist(selected, folder, uri=uri).encode())
    if as_json:
        file = path_to_text(output) if to_file and selected else None
        print_json({"output": file, "duration": seconds, "songs": song_list.list_json(selected)})
    if not selected:
        print_error(NO_MATCH)
        return FAILED
    length = format_minutes(seconds)
    report_written(f"{count_noun(len(selected), 'song')} ({length})", output)
    return 0


def _report_left_out(candidates: Candidates) -> None:
    """Print which matching songs cannot be in the playlist, and why."""
    if candidates.missing:
        files = "1 file no longer exists" if candidates.missing == 1 else f"{candidates.missing} files no longer exist"
        print_error(f"{files}; left out")
    for song in candidates.unwritable:
        print_file_error(song.path, "left out, because a playlist cannot contain this file name")

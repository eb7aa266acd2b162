"""``emotag playlist``."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import Number, display_path, print_message
from tagger.cli.outputs import Output, WritingCommand
from tagger.cli.songs import filter_options, open_library, song_filter
from tagger.errors import EmotagError

if TYPE_CHECKING:
    from tagger.library.songs import Song
    from tagger.library.store import Store

COUNT = 20
"""Songs of a path from one mood to another, unless it is said how many."""


class SongOrPoint(click.ParamType):
    """A song of the library, or a point of the plane as ``V,A``."""

    name = "file|v,a"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return a point as two numbers, or a path."""
        if os.path.exists(value):
            return value
        try:
            valence, arousal = map(float, value.split(","))
        except ValueError:
            self.fail(f"{value}: neither a file nor a point like 0.5,-0.2", param, ctx)
        if not (-1 <= valence <= 1 and -1 <= arousal <= 1):
            self.fail(f"{value}: valence and arousal lie between -1 and 1", param, ctx)
        return valence, arousal


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "--like", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="The songs most like FILE first."
)
@click.option(
    "--by", type=click.Choice(["plane", "features"]), default="plane", show_default=True, help="Like in what."
)
@click.option("--near", type=SongOrPoint(), metavar="V,A", help="The songs nearest to a point first.")
@click.option("--from", "start", type=SongOrPoint(), metavar="FILE|V,A", help="Lead from this mood...")
@click.option("--to", "end", type=SongOrPoint(), metavar="FILE|V,A", help="...to this one.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="At most N songs.")
@click.option("--minutes", type=Number(0, min_open=True), metavar="M", help="At most M minutes.")
@click.option("--per-artist", type=click.IntRange(1), metavar="N", help="At most N songs of an artist.")
@click.option("--shuffle", is_flag=True, help="In another order.")
@click.option("--seed", type=int, help="The same other order each time.")
@click.option("-o", "--output", type=Output(), metavar="FILE", help="Write to FILE.")
@click.option("--absolute", is_flag=True, help="Absolute paths in FILE, too; on stdout they always are.")
@filter_options
def playlist(paths: tuple[str, ...], output: str | None, absolute: bool, store: str, **asked: Any) -> int:
    """Make a playlist (M3U8) of songs in PATH..., or in the whole library: by mood, by likeness, or from mood to mood.

    \b
    emotag playlist --mood relaxing-calm --not-mood sad-lonely --minutes 60 -o calm.m3u8
    emotag playlist --like song.mp3 --count 20 -o like.m3u8
    emotag playlist --from=-0.5,-0.5 --to 0.5,0.5 -o lift.m3u8
    """
    _check(asked)
    filter_ = song_filter(*(asked.pop(key) for key in ("moods", "not_moods", "quadrants")))
    from tagger.io.output import write_output
    from tagger.library.songs import songs
    from tagger.report.text import m3u
    from tagger.tags.basic_tags import read_basic_tags

    called = cache(read_basic_tags)
    output = None if output == "-" else output
    folder = None if absolute or output is None else os.path.dirname(os.path.abspath(output))
    with open_library(store) as opened:
        found = _playable([song for song in songs(opened, paths) if filter_.matches(song)], folder)
        kept = _chosen(found, opened, asked, lambda path: called(path).artist)
    if not kept:
        print_message("no song is what you ask for")
        return FAILED
    write_output(output or "-", m3u.playlist(kept, called, folder).encode())
    return 0


def _check(asked: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    orders = [key for key in ("like", "near", "start", "shuffle") if asked[key]]
    if len(orders) > 1:
        raise click.UsageError("name one order: --like, --near, --from with --to, or --shuffle")
    if (asked["start"] is None) != (asked["end"] is None):
        raise click.UsageError("--from and --to belong together")
    if asked["by"] == "features" and not asked["like"]:
        raise click.UsageError("--by features is for --like")
    if asked["seed"] is not None and not asked["shuffle"]:
        raise click.UsageError("--seed is for --shuffle")


def _playable(found: list[Song], folder: str | None) -> list[Song]:
    """Return the songs whose files are there and can be named; say which are not."""
    from tagger.report.text import m3u

    there = [song for song in found if os.path.exists(song.path)]
    if gone := len(found) - len(there):
        print_message(f"{gone} {'song is' if gone == 1 else 'songs are'} left out: no such file any more")
    named = []
    for song in there:
        try:
            m3u.entry_path(song.path, folder)
            named.append(song)
        except m3u.UnwritablePath:
            print_message(f"{display_path(song.path)}: left out, for no playlist can hold this name")
    return named


def _chosen(found: list[Song], store: Store, asked: dict[str, Any], artist_of: Callable[[str], str]) -> list[Song]:
    """Put songs in the order asked for, and keep as many as are asked for."""
    from tagger.library import playlists
    from tagger.library.songs import limit_length, limit_per_artist

    count, minutes, per_artist = (asked[key] for key in ("count", "minutes", "per_artist"))
    if asked["start"]:
        start, end = (_point(store, asked[key]) for key in ("start", "end"))
        lead = partial(playlists.mood_path, found, start, end, artist_of=artist_of, per_artist=per_artist)
        if not minutes:
            return lead(count or COUNT)
        return playlists.mood_path_within(found, 60 * minutes, lambda most: lead(min(most, count or most)))
    ordered = _ordered(found, store, asked)
    return limit_length(
        limit_per_artist(ordered, artist_of, per_artist) if per_artist else ordered, count=count, minutes=minutes
    )


def _ordered(found: list[Song], store: Store, asked: dict[str, Any]) -> list[Song]:
    from tagger.library import playlists
    from tagger.library.songs import shuffle

    if asked["shuffle"]:
        return shuffle(found, asked["seed"])
    if asked["near"]:
        return playlists.nearest(found, _point(store, asked["near"]))
    if not asked["like"]:
        return found
    to = _song(store, asked["like"])
    others = [song for song in found if song.audio != to.audio]
    return (
        playlists.nearest(others, playlists.plane_point(to))
        if asked["by"] == "plane"
        else playlists.most_similar(others, to, store)
    )


def _point(store: Store, place: str | tuple[float, float]) -> tuple[float, float]:
    from tagger.library import playlists

    return playlists.plane_point(_song(store, place)) if isinstance(place, str) else place


class UnknownSong(EmotagError):
    """A song of which the library knows nothing."""


def _song(store: Store, path: str) -> Song:
    from tagger.library.songs import songs

    for song in songs(store, [path]):
        return song
    raise UnknownSong(f"{display_path(path)}: not known to the library yet; scan it first")

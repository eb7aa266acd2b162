"""``emotag learn``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import FAILED
from tagger.cli.console import display_path, print_error, print_json, print_message, print_text
from tagger.cli.datasets import MODEL_FILE
from tagger.cli.options import json_flag, output_option, store_option
from tagger.cli.outputs import WritingCommand
from tagger.cli.stored import open_library
from tagger.io.library_paths import journal_dir

if TYPE_CHECKING:
    from tagger.datasets.given_moods import GivenMoods
    from tagger.library.store import Store
    from tagger.training.recipes.own_moods import Refusal

MAX_LISTED = 10
"""Labels that are not learnt are listed up to this number; tags such as comments have many."""


@click.command(cls=WritingCommand)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="FIELD",
    help="Learn the values of this tag field, such as MOOD, GENRE or COMMENT, of the songs in PATH or of all songs; "
    "repeatable. Moods that emotag wrote are left out.",
)
@click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Learn the name of this folder from the songs in it; repeatable.",
)
@click.option(
    "--playlist",
    "playlists",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Learn the name of this M3U playlist from its songs; repeatable.",
)
@click.option(
    "--csv",
    "tables",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Learn from a CSV file with the columns path and labels (separated by semicolons); repeatable.",
)
@click.option("--only", multiple=True, metavar="LABEL", help="Learn only this label; repeatable.")
@click.option(
    "--rest",
    is_flag=True,
    help="Learn from all other songs of the library too, as songs without the labels.",
)
@output_option(
    "Model file to write, with the suffix .model; its card is written next to it, with the suffix .json.",
    type=MODEL_FILE,
    default="own.model",
    show_default=True,
)
@json_flag
@store_option
def learn(output: Path, as_json: bool, store: str, **options: Any) -> int:
    """Learn your own moods from songs that you have tagged or sorted, for use with `emotag scan --model`.

    The songs must have been scanned; they are not analysed again. Each label is evaluated on songs that were left out,
    with their artist where it is known. Labels with too few songs, and labels that cannot be predicted better than by
    chance, are not learnt.

    \b
    emotag learn --tag MOOD -o mine.model
    emotag learn --playlist gym.m3u8 --playlist sleep.m3u8 --rest -o mine.model
    emotag scan --model mine.model ~/Music
    """
    from tagger.training.recipes import own_moods

    if not any(options[name] for name in ("tags", "folders", "playlists", "tables")):
        raise click.UsageError("say where the moods are: --tag, --folder, --playlist or --csv")
    if options["paths"] and not options["tags"]:
        raise click.UsageError("PATH selects songs for --tag")
    with open_library(store) as library:
        given = _read_given_moods(library, store, **options)
        artists = _artists(library, given, options["rest"])
        labels = {audio: given.labels.get(audio, set()) for audio in own_moods.limit_songs(artists)}
        features = own_moods.read_features(library, labels)
    if len(labels) < len(artists):
        print_message(f"learning from {len(labels)} of {len(artists)} songs, chosen at random")
    if lacking := len(labels.keys() - features.keys()):
        songs = "song was" if lacking == 1 else "songs were"
        print_message(f"{lacking} {songs} left out, because the library lacks features; run `emotag scan` on the files")
    songs_with_labels = own_moods.labelled_songs(features, labels, artists)
    learnt = own_moods.learn(songs_with_labels, options["only"])
    _print_refusals(learnt.refusals)
    if not learnt.labels:
        print_error("no label can be learnt; no model was written")
        return FAILED
    card = own_moods.save(learnt, _sources(**options), output)
    if as_json:
        print_json(card)
        return 0
    width = max(len("label"), *map(len, learnt.labels))
    print_text(f"{'label':{width}}  songs  AUC on songs left out (chance: 0.50)")
    for label, figures in card["figures"].items():
        auc = figures["auc"]
        print_text(f"{label:{width}}  {figures['songs']:5}  {auc['mean']:.2f} +- {auc['se']:.2f}")
    print_message(
        f"{output}: {card['name']}, {len(learnt.labels)} {'label' if len(learnt.labels) == 1 else 'labels'} from "
        f"{card['data']['songs']} songs; use it with `emotag scan --model {display_path(str(output))} PATH`"
    )
    return 0


def _read_given_moods(
    library: Store,
    store: str,
    paths: Sequence[str],
    tags: Sequence[str],
    folders: Sequence[str],
    playlists: Sequence[str],
    tables: Sequence[str],
    **_: Any,
) -> GivenMoods:
    from tagger.datasets.given_moods import GivenMoods
    from tagger.library.history import History

    given = GivenMoods()
    history = History(library, journal_dir(store))
    for field in tags:
        given.add_tags(library, paths, field, history)
    for folder in folders:
        given.add_folder(library, folder)
    for playlist in playlists:
        given.add_playlist(library, playlist)
    for table in tables:
        given.add_csv(library, table)
    given.merge_spellings()
    if given.missing:
        more = f" and {len(given.missing) - 1} more" if len(given.missing) > 1 else ""
        print_message(f"{display_path(given.missing[0])}{more}: not analysed yet, so left out; run `emotag scan`")
    return given


def _artists(library: Store, given: GivenMoods, rest: bool) -> dict[int, str]:
    """Return the artists of the songs to learn from, by audio id: the labelled ones, or all of the library."""
    from tagger.library.analysed import analysed_files
    from tagger.tags.basic_tags import read_basic_tags

    artists: dict[int, str] = {}
    for file in analysed_files(library):
        if (rest or file.audio in given.labels) and not artists.get(file.audio):
            known = file.artist if file.artist is not None else read_basic_tags(file.path).artist
            artists[file.audio] = known
    return artists


def _print_refusals(refusals: Sequence[Refusal]) -> None:
    for refusal in refusals[:MAX_LISTED]:
        print_message(f"{refusal.label}: not learnt: {refusal.reason}")
    if len(refusals) > MAX_LISTED:
        print_message(f"{len(refusals) - MAX_LISTED} more labels are not learnt for such reasons; the card lists them")


def _sources(
    tags: Sequence[str], folders: Sequence[str], playlists: Sequence[str], tables: Sequence[str], **_: Any
) -> list[str]:
    """Return where the labels come from, for the card."""
    names = [f"tag {field}" for field in tags]
    for kind, paths in (("folder", folders), ("playlist", playlists), ("CSV file", tables)):
        names += [f"{kind} {os.path.basename(os.path.abspath(path))}" for path in paths]
    return names

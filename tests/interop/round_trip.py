"""Tag files, save them with another program, scan and undo: what is kept at each step."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tagger.tags.basic_tags import read_basic_tags
from tests.interop.containers import CONTAINERS, emotag, fields, make_songs, scan
from tests.interop.savers import Unsupported


@dataclass(frozen=True)
class Saved:
    """What became of a tagged file that another program saved.

    Attributes
    ----------
    kept : str
        What of emotag's fields is in the file after the save: ``all``, ``joined`` (the moods are one value), ``first
        mood``, ``last mood``, ``no`` and the missing fields, ``none`` or ``changed``.
    restored : bool
        Whether the fields are the same as before after the next scan, each mood once.
    undone : bool
        Whether `undo` removes them, and the title stays as the program saved it.
    """

    kept: str
    restored: bool
    undone: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def tagged_songs(folder: Path) -> Path:
    """Make songs in a folder, scan them, and return the copy of the folder from which `round_trip` begins."""
    make_songs(folder / "music")
    scan(folder / "library.sqlite", folder / "music")
    template = folder.with_name(f"{folder.name}-tagged")
    folder.rename(template)
    return template


def round_trip(folder: Path, save: Callable[[Path], None]) -> tuple[dict[str, Saved | None], int]:
    """Save tagged songs with another program, scan and undo.

    Parameters
    ----------
    folder : Path
        The folder of which `tagged_songs` returned the copy; the paths in its library are those of this folder.
    save : callable
        As in `SAVERS`.

    Returns
    -------
    dict of str to Saved or None
        The outcome by container; None where the program cannot save the file.
    int
        How many songs the next scan analysed again.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(folder.with_name(f"{folder.name}-tagged"), folder)
    music, store = folder / "music", folder / "library.sqlite"
    before = {name: fields(music / file) for name, file in CONTAINERS.items()}
    titles = {}
    after: dict[str, dict[str, list[str]]] = {}
    for name, file in CONTAINERS.items():
        try:
            save(music / file)
            after[name] = fields(music / file)
            titles[name] = read_basic_tags(str(music / file)).title
        except Unsupported:
            (music / file).unlink()
    match = re.match(r"(\d+) analysed", scan(store, music))
    assert match
    again = {name: fields(music / CONTAINERS[name]) for name in after}
    emotag(store, "undo", music)
    outcome: dict[str, Saved | None] = dict.fromkeys(CONTAINERS)
    for name in after:
        path = music / CONTAINERS[name]
        undone = not any(fields(path).values()) and read_basic_tags(str(path)).title == titles[name]
        outcome[name] = Saved(_describe(before[name], after[name]), again[name] == before[name], undone)
    return outcome, int(match[1])


def _describe(before: dict[str, list[str]], after: dict[str, list[str]]) -> str:
    """Compare emotag's fields before and after the save of another program."""
    if after == before:
        return "all"
    missing = [name for name in before if not after[name]]
    if len(missing) == len(before):
        return "none"
    if missing:
        return "no " + ", ".join(missing)
    same = all(after[name] == before[name] for name in before if name != "moods")
    joined = len(after["moods"]) == 1 and all(mood in after["moods"][0] for mood in before["moods"])
    if same and joined:
        return "joined"
    if same and len(after["moods"]) == 1:
        return {before["moods"][0]: "first mood", before["moods"][-1]: "last mood"}.get(after["moods"][0], "changed")
    return "changed"

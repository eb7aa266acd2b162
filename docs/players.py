"""Run other programs on tagged files and write what they show and keep to docs/players.json and docs/players.md.

python docs/players.py           # run the programs and write both
python docs/players.py --page    # write the page from the result, without running anything
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).with_name("players.json")
PAGE = Path(__file__).with_name("players.md")

Result = dict[str, Any]

UNSUPPORTED = "\N{EN DASH}"
"""The program cannot open files of this kind."""

KEPT = {"all": "kept", "none": "dropped"}
"""Shorter words for what is left of emotag's fields."""


def measure() -> Result:
    """Run all programs that are installed and return what they show and keep."""
    sys.path.insert(0, str(ROOT))
    from tests.interop.containers import CONTAINERS, fields
    from tests.interop.playlists import OPENERS, measure_playlists
    from tests.interop.programs import version
    from tests.interop.readers import READERS
    from tests.interop.round_trip import round_trip, tagged_songs
    from tests.interop.savers import SAVERS

    others = (program for program, _ in [*SAVERS.values(), *OPENERS.values()])
    programs = dict.fromkeys([*READERS, *others])
    versions = {program: version(program) for program in programs}
    missing = [program for program, found in versions.items() if found is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="players") as temporary:
        folder = Path(temporary).resolve() / "songs"
        songs = tagged_songs(folder) / "music"
        paths = [songs / name for name in CONTAINERS.values()]
        moods = [fields(path)["moods"] for path in paths]
        read = {
            program: {
                container: seen and {"seen": seen.moods_seen(expected), **seen.to_dict()}
                for container, expected, seen in zip(CONTAINERS, moods, reader(paths), strict=True)
            }
            for program, reader in READERS.items()
        }
        saved = {}
        for name, (program, save) in SAVERS.items():
            outcome, analysed = round_trip(folder, save)
            containers = {container: kept and kept.to_dict() for container, kept in outcome.items()}
            saved[name] = {"program": program, "analysed": analysed, "containers": containers}
        playlists = measure_playlists(Path(temporary).resolve() / "playlists")
    return {"versions": versions, "read": read, "saved": saved, "playlists": playlists}


def read_table(result: Result) -> str:
    """Return the table of what programs show."""
    programs = list(result["read"])
    heads = [f"{program} {result['versions'][program]}" for program in programs]
    containers = list(result["read"][programs[0]])
    rows = [[name, *(_shown(result["read"][program][name]) for program in programs)] for name in containers]
    return table(["container", *heads], rows)


def _shown(seen: dict[str, Any] | None) -> str:
    if seen is None:
        return UNSUPPORTED
    numbers = ", V/A" if seen["valence"] and seen["arousal"] else ""
    return f"{seen['seen']}{numbers}"


def saved_table(result: Result) -> str:
    """Return the table of what programs keep."""
    names = list(result["saved"])
    heads = [_with_version(name, result["versions"][result["saved"][name]["program"]]) for name in names]
    containers = list(result["saved"][names[0]]["containers"])
    rows = [[name, *(_kept(result["saved"][saver]["containers"][name]) for saver in names)] for name in containers]
    rows.append(["songs analysed again", *(str(result["saved"][saver]["analysed"]) for saver in names)])
    return table(["container", *heads], rows)


def _with_version(name: str, version: str) -> str:
    program, comma, setting = name.partition(", ")
    return f"{program} {version}{comma}{setting}"


def _kept(saved: dict[str, Any] | None) -> str:
    if saved is None:
        return UNSUPPORTED
    failed = [name for name in ("restored", "undone") if not saved[name]]
    return ", not ".join([KEPT.get(saved["kept"], saved["kept"]), *failed])


def playlist_table(result: Result) -> str:
    """Return the table of which songs programs open, by form of the playlist."""
    playlists = result["playlists"]
    heads = [_with_version(name, result["versions"][name.partition(", ")[0]]) for name in playlists]
    forms = list(next(iter(playlists.values())))
    return table(["playlist", *heads], [[form, *(opened[form] for opened in playlists.values())] for form in forms])


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


PARTS = {"read": read_table, "saved": saved_table, "playlists": playlist_table}
"""The generated parts of the page."""


def page(result: Result) -> str:
    """Return the page with its generated parts made from a result."""
    text = PAGE.read_text("utf-8")
    for name, make in PARTS.items():
        head, rest = text.split(f"<!-- generated: {name} -->\n")
        _, tail = rest.split("<!-- end -->", 1)
        text = f"{head}<!-- generated: {name} -->\n{make(result)}\n<!-- end -->{tail}"
    return text


def committed_result() -> Result:
    """Return the result that the page shows."""
    result: Result = json.loads(RESULT.read_text("utf-8"))
    return result


if __name__ == "__main__":
    if "--page" not in sys.argv:
        RESULT.write_text(json.dumps(measure(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(committed_result()), "utf-8")

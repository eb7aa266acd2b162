"""The rooms of docs/architecture.md are those of the code, and no import goes up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROOMS = [
    room.removesuffix("/").removesuffix(".py")
    for line in PAGE.splitlines()
    if line.startswith("| `")
    for room in re.findall(r"`([\w/]+(?:\.py|/))`", line.split("|")[1])
]
"""From the top down."""

MOST_LINES = 400


def modules() -> Iterator[Path]:
    return (ROOT / "tagger").rglob("*.py")


def imports() -> set[tuple[str, str]]:
    """Return pairs of rooms, of which the first imports the second."""
    names = {module.stem for module in (ROOT / "tagger").iterdir()}
    found = set()
    for module in modules():
        room = module.relative_to(ROOT / "tagger").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tagger":
                below = (node.module or "").split(".")[1:2] or [a.name for a in node.names if a.name in names]
                found |= {(room, each) for each in below if each != room}
    return {pair for pair in found if pair[0] not in ("__init__", "__main__")}


def test_every_room_has_its_line() -> None:
    there = {
        module.stem for module in (ROOT / "tagger").iterdir() if module.stem[0] != "_" and module.suffix != ".typed"
    }
    assert sorted(ROOMS) == sorted(there)


def test_no_import_goes_up() -> None:
    found = imports()
    assert len(found) > 40
    assert [pair for pair in sorted(found) if ROOMS.index(pair[0]) >= ROOMS.index(pair[1])] == []


def test_the_picture_shows_imports_that_are_there() -> None:
    (picture,) = re.findall(r"```mermaid\n(.*?)```", PAGE, re.S)
    arrows = [line.split(" --> ") for line in picture.splitlines() if "-->" in line]
    drawn = {(above.strip(), below) for above, many in arrows for below in many.split(" & ")}
    assert drawn <= imports()


def test_no_room_is_too_large() -> None:
    lengths = {str(module): len(module.read_text("utf-8").splitlines()) for module in modules()}
    assert {module: lines for module, lines in lengths.items() if lines > MOST_LINES} == {}

"""Imports point down the layers of docs/architecture.py, and the page shows what the code is."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "architecture.py"))
LAYERS: tuple[dict[str, str], ...] = ARCHITECTURE["LAYERS"]
DEPTH: dict[str, int] = ARCHITECTURE["DEPTH"]
MODULES: list[Path] = ARCHITECTURE["modules"]()

MAX_LINES = 400


def test_each_package_and_module_at_the_root_is_in_one_layer() -> None:
    listed = [name for layer in LAYERS for name in layer]
    existing = {ARCHITECTURE["root_name"](module) for module in MODULES}
    assert sorted(listed) == sorted(existing - ARCHITECTURE["ENTRY_POINTS"])


def test_imports_point_down() -> None:
    imports: dict[tuple[str, str], set[str]] = ARCHITECTURE["imports"]()
    assert len(imports) > 40
    upward = {pair: files for pair, files in imports.items() if DEPTH[pair[0]] >= DEPTH[pair[1]]}
    assert upward == {}


def test_the_lowest_layer_imports_nothing() -> None:
    assert {pair for pair in ARCHITECTURE["imports"]() if pair[0] in LAYERS[-1]} == set()


@pytest.mark.parametrize("name", ARCHITECTURE["PARTS"])
def test_the_page_has_each_generated_part(name: str) -> None:
    text = ARCHITECTURE["PAGE"].read_text("utf-8")
    parts = dict(ARCHITECTURE["generated_parts"](text))
    assert parts[name].rstrip("\n") == ARCHITECTURE["PARTS"][name](), "stale: run python docs/architecture.py"


def test_only_entry_points_may_be_skipped_by_the_layers() -> None:
    assert {module.name for module in MODULES if module.parent == ROOT / "tagger" and module.stem[0] == "_"} == {
        "__init__.py",
        "__main__.py",
        "_version.py",
    }


def test_every_module_has_a_docstring() -> None:
    assert [str(module) for module in MODULES if not ast.get_docstring(ast.parse(module.read_text("utf-8")))] == []


def test_no_module_is_too_long() -> None:
    lengths = {str(module.relative_to(ROOT)): len(module.read_text("utf-8").splitlines()) for module in MODULES}
    assert {module: lines for module, lines in lengths.items() if lines > MAX_LINES} == {}

"""Write the generated parts of docs/architecture.md: the table of layers, the picture, and the list of modules.

python docs/architecture.py           # write them
python docs/architecture.py --check   # exit with 1 if they are stale

`LAYERS` is the single source: the page and ``tests/test_architecture.py`` are made from it and from the code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("architecture.md")
PACKAGE = Path(__file__).resolve().parents[1] / "tagger"

LAYERS: tuple[dict[str, str], ...] = (
    {"cli": "Command line: one module per command, settings, messages. Only this package parses options and prints."},
    {"api": "Functions for Python programs: `tagger.analyse`, `tagger.scan` and `tagger.read_tags`."},
    {"session": "`tagger.Session`, which players and plugins keep open. It runs `ScanSession` and `UndoSession`."},
    {"report": "Output formats: `text/` (CSV, JSON, M3U8, terminal) and `html/` (pages from jinja2 templates)."},
    {"training": "Training: estimators (scikit-learn, XGBoost, PyTorch), recipes, model cards."},
    {"evaluation": "Cross-validation, metrics, results, invariance tests."},
    {"datasets": "Readers of data sets, and a statistical summary."},
    {"scanning": "A scan: session, pipeline, worker processes, retries, the result of each file, undo."},
    {"library": "The library: SQLite store, journal, lock, walk through directories, playlists."},
    {"models": "Model files (`format`), their components, prediction."},
    {"tags": "Reading and writing tags, their undo records, recovery after a crash. `raw/` parses containers."},
    {"analysis": "From a file to its features, or to a failure."},
    {
        "audio": "Decoding: one pass that hashes the packets and decodes the excerpts.",
        "features": "Features: pure functions on arrays. They know neither files nor models.",
    },
    {
        "io": "Regular files, durable writes, output files, file kinds.",
        "interrupts": "Signals that end a command.",
        "emotions": "Moods, quadrants, predictions, and the rule that assigns moods.",
        "extras": "Optional dependencies.",
    },
    {"errors": "All exceptions, and `Failure`, a failed file as a value.", "_version": "The version of emotag."},
)
"""Packages and modules at the root of `tagger`, from top to bottom. Each imports only from the layers below it."""

ENTRY_POINTS = {"__init__", "__main__"}
"""Modules at the root that are in no layer: they re-export the API and start the command line."""

DEPTH = {name: depth for depth, layer in enumerate(LAYERS) for name in layer}


def modules() -> list[Path]:
    """Return the paths of all modules."""
    return sorted(PACKAGE.rglob("*.py"))


def root_name(module: Path) -> str:
    """Return the name of the package or module at the root of `tagger` that a module belongs to."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(module: Path) -> set[str]:
    """Return the names at the root of `tagger` that a module imports from, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {parts[1] for alias in node.names if (parts := alias.name.split("."))[0] == "tagger" and parts[1:]}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tagger":
            parts = (node.module or "").split(".")
            names |= {parts[1]} if parts[1:] else {alias.name for alias in node.names}
    return names & DEPTH.keys()


def imports() -> dict[tuple[str, str], set[str]]:
    """Return the modules that contain each import, by (importing name, imported name)."""
    pairs: dict[tuple[str, str], set[str]] = {}
    for module in modules():
        importing = root_name(module)
        if importing not in ENTRY_POINTS:
            for imported in imported_names(module) - {importing}:
                pairs.setdefault((importing, imported), set()).add(module.relative_to(PACKAGE).as_posix())
    return pairs


def layer_table() -> str:
    """Return `LAYERS` as a Markdown table."""
    rows = [
        f"| {depth} | `{name}{'/' if (PACKAGE / name).is_dir() else '.py'}` | {purpose} |"
        for depth, layer in enumerate(LAYERS, 1)
        for name, purpose in layer.items()
    ]
    return "\n".join(["| layer | package | purpose |", "|---|---|---|", *rows])


def picture() -> str:
    """Draw the imports between packages with Mermaid.

    An arrow is left out if a longer chain of arrows says the same, and so are arrows to the two lowest layers.
    """
    base = LAYERS[-1].keys() | LAYERS[-2].keys()
    below: dict[str, set[str]] = {name: set() for name in DEPTH if name not in base}
    for importing, imported in imports():
        if importing in below and imported in below and DEPTH[importing] < DEPTH[imported]:
            below[importing].add(imported)
    reachable: dict[str, set[str]] = {}
    for name in reversed(below):  # from the bottom to the top
        reachable[name] = below[name].union(*(reachable[lower] for lower in below[name]))
    arrows = []
    for name, lower in below.items():
        direct = sorted(lower - {far for near in lower for far in reachable[near]}, key=list(below).index)
        if direct:
            arrows.append(f"    {name} --> {' & '.join(direct)}")
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```"])


def module_list() -> str:
    """Return all packages and modules with the first sentence of each docstring."""
    lines = []
    for name in DEPTH:
        path = PACKAGE / name
        paths = sorted(path.rglob("*.py"), key=_tree_order) if path.is_dir() else [path.with_suffix(".py")]
        lines += [_module_line(module) for module in paths if module.read_text("utf-8").strip()]
    return "\n".join(lines)


def _tree_order(module: Path) -> tuple[tuple[bool, str], ...]:
    """Return a sort key: a package's own line first, then its modules, then its subpackages."""
    parts = module.relative_to(PACKAGE).parts
    last = "" if parts[-1] == "__init__.py" else parts[-1]
    return (*((True, part) for part in parts[:-1]), (False, last))


def _module_line(module: Path) -> str:
    parts = list(module.relative_to(PACKAGE).parts)
    indent, name = len(parts) - 1, f"`{parts[-1]}`"
    if parts[-1] == "__init__.py":
        indent, name = len(parts) - 2, f"**`{parts[-2]}/`**"
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    summary = " ".join(docstring.split("\n\n")[0].split()).replace("``", "`").replace("<", "&lt;")
    return f"{'  ' * indent}- {name} {summary}".rstrip()


PARTS = {"layers": layer_table, "imports": picture, "modules": module_list}
"""Generated parts of the page, by the name in their markers."""


def generated_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each generated part of a page."""
    yield from re.findall(r"<!-- generated: (\w+) -->\n(.*?)<!-- end -->", text, re.DOTALL)


def page(text: str) -> str:
    """Return a page with its generated parts made anew.

    Parameters
    ----------
    text : str
        The page, with each generated part between ``<!-- generated: NAME -->`` and ``<!-- end -->``.

    Returns
    -------
    str
    """
    for name, old in generated_parts(text):
        marker = f"<!-- generated: {name} -->\n"
        text = text.replace(f"{marker}{old}<!-- end -->", f"{marker}{PARTS[name]()}\n<!-- end -->")
    return text


if __name__ == "__main__":
    current = PAGE.read_text("utf-8")
    if "--check" in sys.argv:
        sys.exit(current != page(current) and f"{PAGE} is stale: run python {__file__}")
    PAGE.write_text(page(current), "utf-8")

"""Do the tests notice when the code is wrong? Change one thing at a time in a copy of the tree, and run its tests.

python benchmarks/mutants.py [--count 40] [--seed 0] [ROOM...]    # rooms: tags, features, store
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[1]

ROOMS = {
    "tags": (
        "tagger/tags/writer.py tagger/tags/delta.py tagger/tags/id3.py tagger/tags/vorbis.py tagger/tags/mp4.py",
        "tests/tags/test_delta.py tests/tags/test_writer.py tests/tags/test_id3.py tests/tags/test_faults.py"
        " tests/tags/test_undo.py tests/tags/test_survival.py",
    ),
    "features": (
        "tagger/features/marsyas.py tagger/features/beats.py tagger/features/affect.py tagger/features/tonality.py",
        "tests/features",
    ),
    "store": (
        "tagger/library/store.py tagger/library/schema.py",
        "tests/library tests/cli/test_library.py",
    ),
}
"""Files, and the tests that should notice."""

SWAPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
TIMEOUT = 180


def places(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield what can be changed: the number of a node in the walk, and a word for the change."""
    skipped = {id(inner) for node in ast.walk(tree) if _aside(node) for inner in ast.walk(node)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
            yield number, "comparison"
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
            yield number, "operator"
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            yield number, "constant"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield number, "not"


def _aside(node: ast.AST) -> bool:
    """Tell what has no effect when it runs: annotations, and what is for type checkers alone."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.arg | ast.ImportFrom)


def changed(source: str, number: int) -> str:
    """Return source with the node of a number in the walk changed."""
    tree = copy.deepcopy(ast.parse(source))
    node = list(ast.walk(tree))[number]
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPPED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = SWAPPED[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)
    return ast.unparse(ast.fix_missing_locations(tree))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", default=list(ROOMS))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emotag-") as folder:
        trees: Queue[Path] = Queue()
        for job in range(asked.jobs):
            trees.put(_copy(Path(folder) / str(job) / "main"))
        for room in asked.rooms:
            _try(trees, asked.jobs, room, asked.count, random.Random(asked.seed))


def _copy(tree: Path) -> Path:
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "*.egg-info", "dist", "build", "__pycache__"))
    if (ROOT.parent / "shared").exists():
        (tree.parent / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def _try(trees: Queue[Path], jobs: int, room: str, count: int, chance: random.Random) -> None:
    files, tests = (part.split() for part in ROOMS[room])
    tree = trees.get()
    if _fails(tree, tests):
        sys.exit(f"{room}: the tests fail before anything is changed")
    trees.put(tree)
    every = [(f, *p) for f in files for p in places(ast.parse((ROOT / f).read_text("utf-8")))]
    drawn = chance.sample(every, min(count, len(every)))

    def noticed(place: tuple[str, int, str]) -> bool:
        file, number, kind = place
        source = (ROOT / file).read_text("utf-8")
        tree = trees.get()
        (tree / file).write_text(changed(source, number), "utf-8")
        fails = _fails(tree, tests)
        (tree / file).write_text(source, "utf-8")
        trees.put(tree)
        if not fails:
            line = getattr(list(ast.walk(ast.parse(source)))[number], "lineno", 0)
            print(f"  not noticed: {file}:{line}: {kind}: {source.splitlines()[line - 1].strip()}", flush=True)
        return fails

    with ThreadPoolExecutor(jobs) as threads:
        found = sum(threads.map(noticed, drawn))
    print(f"{room}: {found} of {len(drawn)} changes noticed, drawn from {len(every)}", flush=True)


def _fails(tree: Path, tests: list[str]) -> bool:
    run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    try:
        return bool(subprocess.run(run, cwd=tree, env=environment, capture_output=True, timeout=TIMEOUT).returncode)
    except subprocess.TimeoutExpired:
        return True


if __name__ == "__main__":
    main()

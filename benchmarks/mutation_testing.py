"""Measure how many faults in the code the tests detect (mutation testing).

Changes one comparison, operator, constant or ``not`` at a time in a copy of the repository and runs the tests of its
module. Prints each change that no test detects, and the number of detected changes for each area.

    python benchmarks/mutation_testing.py [AREA...] [--count 40] [--seed 0] [--jobs N] [--check]

The areas are tags, features and store. With ``--check`` the exit status is 1 if the share of detected changes of an
area is below its budget.
"""

from __future__ import annotations

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

from common import parser

ROOT = Path(__file__).resolve().parents[1]

AREAS = {
    "tags": (
        "tagger/tags/writer.py tagger/tags/planning.py tagger/tags/prepared_copy.py tagger/tags/delta.py"
        " tagger/tags/delta_matching.py tagger/tags/id3.py tagger/tags/vorbis.py tagger/tags/mp4.py",
        "tests/tags/test_delta_matching.py tests/tags/test_delta.py tests/tags/test_undo.py tests/tags/test_writer.py"
        " tests/tags/test_id3.py tests/tags/test_id3_moods.py tests/tags/test_ownership.py"
        " tests/tags/test_survival.py tests/tags/test_faults.py",
    ),
    "features": (
        "tagger/features/marsyas.py tagger/features/beats.py tagger/features/affect.py tagger/features/tonality.py",
        "tests/features/test_marsyas.py tests/features/test_beats.py tests/features/test_affect.py",
    ),
    "store": (
        "tagger/library/store.py tagger/library/schema.py",
        "tests/library/test_schema.py tests/library/test_store.py tests/library/test_songs.py"
        " tests/library/test_upgrade.py tests/cli/test_library.py",
    ),
}
"""Source files of each area, and the tests that cover them."""

LEAST_DETECTED = {"tags": 0.9, "features": 0.85, "store": 0.9}
"""Budget: least share of changes that the tests detect."""

REPLACEMENTS = {
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
"""Seconds after which the tests count as failed."""


def mutation_points(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the nodes that can be changed: index in the walk of the tree, and kind of the change."""
    skipped = {id(inner) for node in ast.walk(tree) if _has_no_effect(node) for inner in ast.walk(node)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in REPLACEMENTS:
            yield number, "comparison"
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in REPLACEMENTS:
            yield number, "operator"
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            yield number, "constant"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield number, "not"


def _has_no_effect(node: ast.AST) -> bool:
    """Return whether a node has no effect at run time: annotations, imports, and code for type checkers."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.arg | ast.ImportFrom)


def mutate(source: str, number: int) -> str:
    """Return source code with a changed node, given its index in the walk of the tree."""
    tree = copy.deepcopy(ast.parse(source))
    node = list(ast.walk(tree))[number]
    if isinstance(node, ast.Compare):
        node.ops[0] = REPLACEMENTS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = REPLACEMENTS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)
    return ast.unparse(ast.fix_missing_locations(tree))


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("areas", nargs="*", default=list(AREAS), metavar="AREA")
    arguments.add_argument("--count", type=int, default=40, help="changes per area [default: 40]")
    arguments.add_argument("--seed", type=int, default=0, help="of the choice of changes [default: 0]")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests run at once")
    options = arguments.parse_args()
    if unknown := set(options.areas) - set(AREAS):
        arguments.error(f"unknown area: {', '.join(sorted(unknown))}")
    missed = False
    with tempfile.TemporaryDirectory(prefix="emotag-") as folder:
        trees: Queue[Path] = Queue()
        for job in range(options.jobs):
            trees.put(_copy(Path(folder) / str(job) / "main"))
        for area in options.areas:
            share = _detected_share(trees, options.jobs, area, options.count, random.Random(options.seed))
            missed |= share < LEAST_DETECTED[area]
    sys.exit(1 if options.check and missed else 0)


def _copy(tree: Path) -> Path:
    """Copy the repository, and link the data sets beside it if there are any."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "*.egg-info", "dist", "build", "__pycache__"))
    if (ROOT.parent / "shared").exists():
        (tree.parent / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def _detected_share(trees: Queue[Path], jobs: int, area: str, count: int, rng: random.Random) -> float:
    """Test a random sample of the changes of an area; return the share that the tests detect."""
    files, tests = (paths.split() for paths in AREAS[area])
    tree = trees.get()
    if _fails(tree, tests):
        sys.exit(f"{area}: the tests fail without any change")
    trees.put(tree)
    points = [(f, *p) for f in files for p in mutation_points(ast.parse((ROOT / f).read_text("utf-8")))]
    sample = rng.sample(points, min(count, len(points)))

    def is_detected(point: tuple[str, int, str]) -> bool:
        file, number, kind = point
        source = (ROOT / file).read_text("utf-8")
        tree = trees.get()
        (tree / file).write_text(mutate(source, number), "utf-8")
        fails = _fails(tree, tests)
        (tree / file).write_text(source, "utf-8")
        trees.put(tree)
        if not fails:
            line = getattr(list(ast.walk(ast.parse(source)))[number], "lineno", 0)
            print(f"  not detected: {file}:{line}: {kind}: {source.splitlines()[line - 1].strip()}", flush=True)
        return fails

    with ThreadPoolExecutor(jobs) as threads:
        detected = sum(threads.map(is_detected, sample))
    share = detected / len(sample)
    missed = " MISSED" if share < LEAST_DETECTED[area] else ""
    print(
        f"{area}: {detected} of {len(sample)} changes detected, sampled from {len(points)};"
        f" budget >= {LEAST_DETECTED[area]:.0%}{missed}",
        flush=True,
    )
    return share


def _fails(tree: Path, tests: list[str]) -> bool:
    """Return whether the tests of a copy fail or do not finish."""
    run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    try:
        return bool(subprocess.run(run, cwd=tree, env=environment, capture_output=True, timeout=TIMEOUT).returncode)
    except subprocess.TimeoutExpired:
        return True


if __name__ == "__main__":
    main()

"""The commands in README and docs run, what they name exists, and their figures are those of the committed results."""

from __future__ import annotations

import ast
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tagger import models
from tagger._version import __version__
from tagger.tags.schema import NAMES
from tests.sounds import song

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

TESTED_ELSEWHERE = {
    "pip install": "CI installs with the command of the README",
    "pipx install": "the release workflow",
    "uv tool install": "the same commands as of pipx",
    "docker ": "tests/test_dockerfile.py; CI builds the image",
    "mkdir -p ~/.local/share/emotag": "for Docker",
    "gh attestation": "needs a release on GitHub",
    "python3 -m venv": "the same",
    "dask ": "tests/scanning/test_workers.py starts a scheduler and workers",
    "--dask": "the same",
    "emotag train": "needs data sets; tests/training and tests/cli/test_train.py",
    "emotag evaluate moods": "the same",
    "emotag evaluate affect": "the same",
    "emotag evaluate emotion": "the same",
    "emotag explore": "the same; tests/cli/test_explore.py",
    "emotag watch": "does not end by itself; tests/cli/test_watch.py",
    "mine.model": "needs a model of more songs; tests/cli/test_train.py and tests/cli/test_learn.py",
    "listener.model": "needs more ratings; tests/cli/test_rate.py",
    "python benchmarks": "needs data sets",
    ".venv/bin/": "CI runs them",
}
"""Command lines that another test or CI runs, by a part of them."""

KINDS_OF_CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
"""Headings of Keep a Changelog."""


def code_blocks(page: Path) -> list[str]:
    return re.findall(r"^\s*```sh\n(.*?)^\s*```", page.read_text("utf-8"), re.M | re.S)


def command_lines(page: Path) -> list[str]:
    blocks = [re.sub(r"\\\n\s*", "", block) for block in code_blocks(page)]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.thorough
def test_every_command_line_runs(tmp_path: Path) -> None:
    music = tmp_path / "Music"
    (music / "new").mkdir(parents=True)
    song(music / "a.mp3", 6)
    song(music / "new" / "b.flac", 6, rate=22050, seed=1)
    for path in (music / "song.flac", tmp_path / "song.flac", tmp_path / "song.mp3", tmp_path / "other.flac"):
        song(path, 8, rate=22050, seed=2)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EMOTAG_")}
    environment |= {
        "HOME": str(tmp_path),
        "EMOTAG_SCAN_JOBS": "1",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    (tmp_path / "config" / "emotag").mkdir(parents=True)
    preparation = f'emotag() {{ "{sys.executable}" -m tagger "$@"; }}\nset -e\nemotag scan -q ~/Music song.mp3\n'
    all_lines = dict.fromkeys(line for page in PAGES for line in command_lines(page))
    lines = [
        line.replace("~/.emotag/bin/", "") for line in all_lines if not any(part in line for part in TESTED_ELSEWHERE)
    ]
    assert len(lines) > 20
    assert all(line.startswith("emotag ") for line in lines), lines
    # It may be that none of the three songs has a mood or matches a query, which is status 1.
    selecting = re.compile(r"--mood|--quadrant|\b(mood|quadrant|valence|artist|genre)[:>]")
    script = [f"{line.split('  #')[0]} || [ $? = 1 ]" if selecting.search(line) else line for line in lines]
    run = subprocess.run(
        ["bash", "-xc", preparation + "\n".join(script)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert link.startswith("http") or (page.parent / link).exists(), link
    for path in re.findall(r"`((?:tests|benchmarks|tagger|docs|models|\.github)/[\w/.-]+)(?:::\w+)?`", text):
        assert (ROOT / path).exists(), path
    for file, test in re.findall(r"`(tests/[\w/.]+)::(\w+)`", text):
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), test


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_sections_exist(page: Path) -> None:
    for link, anchor in re.findall(r"\]\(((?!http)[^)#]*)#([^)]+)\)", page.read_text("utf-8")):
        text = ((page.parent / link) if link else page).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.M)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_are_in_the_modules_that_are_given_for_them(page: Path) -> None:
    for name, file in re.findall(r"`(\w+)` (?:in |\()`((?:tagger|tests)/[\w/]+\.py)`", page.read_text("utf-8")):
        assert name in defined_names(ROOT / file), (name, file)


def defined_names(module: Path) -> set[str]:
    """Return the names that a module defines at its top level."""
    names: set[str] = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def test_usage_page_is_up_to_date() -> None:
    usage = runpy.run_path(str(ROOT / "docs" / "usage.py"))
    assert usage["PAGE"].read_text("utf-8") == usage["page"](), "stale: run python docs/usage.py"


def test_tags_page_has_the_schema() -> None:
    text = (ROOT / "docs" / "tags.md").read_text("utf-8")
    for family, names in NAMES.items():
        (row,) = (line for line in text.splitlines() if line.startswith(f"| {family} |"))
        cells = [cell.strip(" `").rsplit(":", 1)[-1] for cell in row.split("|")[3:7]]
        assert cells == [names[field] for field in ("moods", "valence", "arousal", "marker")]


def test_readme_fits_two_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 100


def readme_row(label: str) -> list[str]:
    """Return the figures in a row of a table of the README."""
    text = (ROOT / "README.md").read_text("utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith(f"| {label} |"))
    return [cell.strip() for cell in row.split("|")[2:-1]]


def committed_figures(file: str, model: str) -> dict[str, float]:
    """Return the mean figures of a model in a result of `docs/accuracy`."""
    results = json.loads((ROOT / "docs" / "accuracy" / file).read_text("utf-8"))
    (figures,) = (entry["figures"] for entry in results["models"] if entry["name"] == model)
    return means(figures)


def means(figures: dict[str, Any]) -> dict[str, float]:
    return {name: figure["mean"] for name, figure in figures.items()}


def rounded(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"[1:]


MOOD_METRICS = ("micro_f1", "ranking_loss", "macro_auc", "hamming")


@pytest.mark.parametrize(("label", "file"), [("10-fold cross-validation", "cv.json"), ("official split", "split.json")])
def test_readme_figures_of_moods_are_those_of_the_accuracy_page(label: str, file: str) -> None:
    figures = committed_figures(file, "ensemble")
    assert readme_row(label) == [rounded(figures[name], 3) for name in MOOD_METRICS]


def test_readme_figures_of_moods_are_those_of_the_card() -> None:
    figures = means(models.cards()["moods"]["figures"])
    assert readme_row("10-fold cross-validation") == [rounded(figures[name], 3) for name in MOOD_METRICS]


@pytest.mark.parametrize(
    ("label", "file"),
    [("DEAM, 1200 songs, by song", "deam.json"), ("emoMusic, 744 songs, by artist", "emomusic.json")],
)
def test_readme_figures_of_valence_and_arousal_are_those_of_the_accuracy_page(label: str, file: str) -> None:
    shipped, in_domain = (committed_figures(file, model) for model in ("shipped", "in-domain"))
    figures = (shipped["valence_r2"], shipped["arousal_r2"], in_domain["valence_r2"])
    assert readme_row(label) == [rounded(figure, 2) for figure in figures]


def changelog_sections() -> dict[str, str]:
    """Return the sections of the changelog by version."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    return dict(re.findall(r"^## \[([^]]+)\][^\n]*\n(.*?)(?=^## |^\[|\Z)", text, re.M | re.S))


def test_changelog_has_entries_for_unreleased_changes_or_for_this_version() -> None:
    sections = changelog_sections()
    entries = sections.get("Unreleased", "") + sections.get(__version__, "")
    assert re.search(r"^- \S", entries, re.M)


def test_changelog_groups_changes_by_kind() -> None:
    for version, section in changelog_sections().items():
        assert set(re.findall(r"^### (.+)$", section, re.M)) <= KINDS_OF_CHANGES, version


def test_citation_has_this_version() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("450 clips", ("quadrants_auc_valence", "quadrants_auc_valence_quiet", "quadrants_auc_arousal")),
        ("quadrants predicted", ("quadrants_quadrants_right", "quadrants_contradictions")),
        ("AUC of the words", ("words_auc_moods", "words_calibration_error")),
        ("1200 songs of DEAM", ("ratings_valence_r2", "ratings_arousal_r2")),
    ],
)
def test_readme_figures_of_the_joint_model_are_those_of_its_card(start: str, names: tuple[str, ...]) -> None:
    figures = means(json.loads((ROOT / "models" / "emotion.json").read_text("utf-8"))["figures"]["joint"])
    text = (ROOT / "README.md").read_text("utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith(f"| {start}"))
    assert row.split("|")[2].strip() == " / ".join(rounded(figures[name], 2) for name in names)

"""What README and docs tell people to run, runs; what they name is there."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tagger.tags.schema import NAMES
from tests.sounds import song

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

ELSEWHERE = {
    "pip install": "CI installs with the README's own command",
    "python3 -m venv": "the same",
    "dask ": "tests/test_pipeline.py runs a scheduler and workers of its own",
    "--dask": "the same",
    "emotag train": "needs data sets; tests/training and tests/cli/test_train.py",
    "emotag evaluate moods": "the same",
    "emotag evaluate affect": "the same",
    "emotag explore": "the same; tests/cli/test_explore.py",
    "mine.model": "needs a model that was trained on a data set; tests/cli/test_train.py",
    "python benchmarks": "needs data sets",
    ".venv/bin/": "CI runs them",
    "zsh_source": "needs zsh; tests/cli/test_config.py compares what is printed",
    "fish_source": "needs fish; the same",
    "bash_source": "tests/cli/test_config.py runs it in bash",
}
"""Lines that another test or CI runs, by what is in them."""


def blocks(page: Path) -> list[str]:
    return re.findall(r"^\s*```sh\n(.*?)^\s*```", page.read_text("utf-8"), re.M | re.S)


def lines(page: Path) -> list[str]:
    found = [line.strip() for block in blocks(page) for line in block.splitlines()]
    return [line for line in found if line and not line.startswith("#")]


@pytest.mark.thorough
def test_every_command_line_runs(tmp_path: Path) -> None:
    music = tmp_path / "Music"
    (music / "new").mkdir(parents=True)
    song(music / "a.mp3", 6)
    song(music / "new" / "b.flac", 6, rate=22050, seed=1)
    for place in (music / "song.flac", tmp_path / "song.flac", tmp_path / "song.mp3", tmp_path / "other.flac"):
        song(place, 8, rate=22050, seed=2)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EMOTAG_")}
    environment |= {
        "HOME": str(tmp_path),
        "EMOTAG_SCAN_JOBS": "1",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    (tmp_path / "config" / "emotag").mkdir(parents=True)
    command = f'emotag() {{ "{sys.executable}" -m tagger "$@"; }}\nset -e\nemotag scan -q ~/Music song.mp3\n'
    wanted = dict.fromkeys(line for page in PAGES for line in lines(page))
    here = [line.replace("~/.emotag/bin/", "") for line in wanted if not any(part in line for part in ELSEWHERE)]
    assert len(here) > 20
    assert all(line.startswith("emotag ") for line in here), here
    # Of three songs none may be of a mood or a quadrant, which is status 1.
    runs = [
        f"{line.split('  #')[0]} || [ $? = 1 ]" if "--mood" in line or "--quadrant" in line else line for line in here
    ]
    run = subprocess.run(
        ["bash", "-xc", command + "\n".join(runs)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert link.startswith("http") or (page.parent / link).exists(), link
    for name in re.findall(r"`((?:tests|benchmarks|tagger)/[\w/.]+)(?:::\w+)?`", text):
        assert (ROOT / name).exists(), name
    for file, test in re.findall(r"`(tests/[\w/.]+)::(\w+)`", text):
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), test


def test_the_page_of_commands_is_what_they_say() -> None:
    usage = runpy.run_path(str(ROOT / "docs" / "usage.py"))
    assert usage["PAGE"].read_text("utf-8") == usage["page"](), "stale: run python docs/usage.py"


def test_the_page_of_tags_is_the_schema() -> None:
    text = (ROOT / "docs" / "tags.md").read_text("utf-8")
    for family, names in NAMES.items():
        (row,) = (line for line in text.splitlines() if line.startswith(f"| {family} |"))
        cells = [cell.strip(" `").rsplit(":", 1)[-1] for cell in row.split("|")[3:7]]
        assert cells == [names[field] for field in ("moods", "valence", "arousal", "marker")]


def test_the_readme_fits_two_screens_and_its_figures_are_the_cards() -> None:
    from tagger.models import cards

    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 100
    figures = cards()["moods"]["figures"]
    for name in ("micro_f1", "ranking_loss", "macro_auc", "hamming_at_half"):
        assert f"{figures[name]['mean']:.3f}"[1:] in text, name

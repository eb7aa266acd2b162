"""What the wheel and the sdist contain: licences, the manual page; and what a release needs."""

from __future__ import annotations

import re
import runpy
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted((ROOT / "models").glob("*.model"))
RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / ".ci" / "release_notes.py"))

PACKAGE, CITATION = '__version__ = "1.2.0"\n', "title: emotag\nversion: 1.2.0\n"
CHANGELOG = "# Changelog\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- This.\n\n## [1.1.0] - 2026-11-01\n\n- That.\n"


def config() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_each_model_has_the_licence_of_itself_and_of_its_data(model: Path) -> None:
    text = model.with_suffix(".LICENSE.txt").read_text("utf-8")
    assert model.name in text
    assert "licence" in text
    assert "\nData: " in text or "\nData:\n" in text
    for other in re.findall(r"\b(\w+)\.(?:LICENSE\.txt|model)\b", text):
        assert (ROOT / "models" / f"{other}.model").exists()


def test_the_wheel_and_the_sdist_have_licences_and_the_manual_page() -> None:
    parser = config()
    listed = [file for glob in parser["metadata"]["license_files"].split() for file in ROOT.glob(glob)]
    assert sorted(listed) == sorted([ROOT / "LICENSE", *(model.with_suffix(".LICENSE.txt") for model in MODELS)])
    assert "*.LICENSE.txt" in parser["options.package_data"]["tagger.bundled"]
    assert parser["options.data_files"]["share/man/man1"] == "docs/emotag.1"


def test_every_extra_is_documented() -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    for extra in config()["options.extras_require"]:
        assert f"| `{extra}` |" in page, extra


def test_a_version_that_is_ready_has_the_notes_of_its_section() -> None:
    assert RELEASE["problems"]("1.2.0", PACKAGE, CITATION, CHANGELOG) == []
    assert RELEASE["notes"]("1.2.0", CHANGELOG) == "### Added\n\n- This."


@pytest.mark.parametrize(
    ("version", "changelog", "count"),
    [
        ("1.3.0", CHANGELOG, 3),
        ("1.2.0", CHANGELOG.replace(" - 2026-12-01", ""), 1),
        ("1.2.0", CHANGELOG.replace("## [1.2.0]", "## [Unreleased]\n\n## [1.2.0]"), 1),
    ],
)
def test_a_version_that_is_not_ready_is_not_released(version: str, changelog: str, count: int) -> None:
    assert len(RELEASE["problems"](version, PACKAGE, CITATION, changelog)) == count


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))
    return loaded


def test_a_release_is_built_checked_attested_and_published_without_a_stored_token() -> None:
    release = workflow("release.yml")
    jobs = release["jobs"]
    steps = [step.get("run", step.get("uses", "")) for step in jobs["build"]["steps"]]
    order = [".ci/release_notes.py", ".ci/run", "pipx install", "attest-build-provenance", "upload-artifact"]
    positions = [next(i for i, step in enumerate(steps) if part in step) for part in order]
    assert positions == sorted(positions)
    assert release["permissions"] == {"contents": "read"}
    assert [jobs[name].get("needs") for name in ("build", "pypi", "github")] == [None, "build", "pypi"]
    assert jobs["pypi"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in str(release)


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_files_that_a_workflow_runs_exist(name: str) -> None:
    text = (ROOT / ".github" / "workflows" / name).read_text("utf-8")
    for file in re.findall(r"(?:python |run: |/)((?:docs|\.ci)/[\w.]+)", text):
        assert (ROOT / file).exists(), file

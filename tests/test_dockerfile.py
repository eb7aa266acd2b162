"""The Dockerfile is safe by the usual rules, and its steps work, run without Docker in a new virtual environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.sounds import song

ROOT = Path(__file__).resolve().parents[1]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile as pairs of keyword and arguments."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines)]


def values(keyword: str) -> list[str]:
    return [rest for name, rest in instructions() if name == keyword]


def last_stage() -> list[tuple[str, str]]:
    steps = instructions()
    return steps[max(i for i, (keyword, _) in enumerate(steps) if keyword == "FROM") :]


def test_images_have_a_version() -> None:
    assert values("FROM")
    for image in values("FROM"):
        assert re.fullmatch(r"python:3\.\d+-slim( AS \w+)?", image)


def test_the_container_does_not_run_as_root() -> None:
    stage = last_stage()
    (user,) = (rest for keyword, rest in stage if keyword == "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "numbers, which an orchestrator can compare with 0"
    keywords = [keyword for keyword, _ in stage]
    assert "RUN" not in keywords[keywords.index("USER") :]
    assert not any("sudo" in run for run in values("RUN"))


def test_music_and_library_database_are_volumes() -> None:
    (volumes,) = map(json.loads, values("VOLUME"))
    assert volumes == ["/music", "/store"]
    environment = dict(rest.split("=") for rest in values("ENV"))
    assert environment["EMOTAG_STORE"].startswith("/store/")
    (made,) = (run for run in values("RUN") if "useradd" in run)
    assert all(volume in made.split() for volume in volumes)


def test_the_command_gets_signals_and_arguments() -> None:
    assert [json.loads(value) for value in values("ENTRYPOINT")] == [["emotag"]]
    assert [json.loads(value) for value in values("CMD")] == [["--help"]]


def test_nothing_is_left_in_caches() -> None:
    for run in values("RUN"):
        assert "pip" not in run or "--no-cache-dir" in run
        assert "apt" not in run or "rm -rf /var/lib/apt/lists" in run


def included() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    return [line[1:] for line in lines if line.startswith("!")]


def test_the_build_gets_what_the_wheel_is_made_of_and_nothing_else() -> None:
    assert all((ROOT / name).exists() for name in included())
    assert not {".git", ".venv", "tests", ".github"} & set(included())


@pytest.mark.thorough
def test_each_step_works_in_a_new_virtual_environment(tmp_path: Path) -> None:
    """The arguments of RUN are run with the paths of the image in a temporary directory, except for the new user."""
    for name in included():
        target = tmp_path / "src" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("EMOTAG_", "PYTHONPATH"))}
    environment |= {"PATH": f"{programs}{os.pathsep}{environment['PATH']}"}
    environment |= {"EMOTAG_STORE": str(tmp_path / "store" / "library.sqlite")}

    def run(command: str) -> str:
        process = subprocess.run(command, shell=True, env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert process.returncode == 0, (command, process.stdout, process.stderr)
        return process.stdout

    for command in values("RUN"):
        essence = re.sub(r"useradd [^&]*&& ", "", command)
        essence = re.sub(r" --(owner|group)=\w+", "", essence)
        run(re.sub(r"(?<= )/(?=src|wheels|music|store)", f"{tmp_path}/", essence))
    song(tmp_path / "music" / "a.flac", 5, rate=22050)
    entry = json.loads(values("ENTRYPOINT")[0])[0]
    assert "Usage: emotag" in run(f"{entry} --help")
    run(f"{entry} scan -q -j 1 music")
    assert "1 songs" in run(f"{entry} show music") or "1 song" in run(f"{entry} show music")
    assert (tmp_path / "store" / "library.sqlite").exists()
    assert (tmp_path / "venv" / "share" / "man" / "man1" / "emotag.1").exists()

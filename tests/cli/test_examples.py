"""Every command's help has examples, and those that need no data set are run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tagger import cli
from tests.sounds import song

DATA_SETS = ("train", "evaluate", "explore")
"""Commands whose examples need data sets that are not ours; their own tests run them on made-up ones."""


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for below in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), below)
            assert inner is not None
            yield from commands(inner, f"{name} {below}")
        if not command.invoke_without_command:
            return
    yield name, command


def examples(command: click.Command) -> list[str]:
    lines = (command.help or "").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("emotag ")]


EVERY = dict(commands(cli.emotag, "emotag"))


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_an_example(name: str) -> None:
    if name.startswith("emotag models "):
        pytest.skip("its group's help has it")
    assert any(line.startswith(name) for line in examples(EVERY[name])), f"{name}: no example"


def test_the_examples_run(tmp_path: Path) -> None:
    music = tmp_path / "Music"
    (music / "new").mkdir(parents=True)
    song(music / "a.mp3", 6)
    song(music / "song.flac", 6, rate=22050, seed=3)
    song(music / "new" / "b.flac", 6, rate=22050, seed=1)
    for name in ("song.mp3", "song.flac", "other.flac"):
        song(tmp_path / name, 6, rate=22050, seed=2)
    shell = f'emotag() {{ "{sys.executable}" -m tagger "$@"; }}\nset -e\nemotag scan -q ~/Music song.mp3\n'
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EMOTAG_")}
    environment |= {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    (tmp_path / "config" / "emotag").mkdir(parents=True)
    lines = [line for name, each in EVERY.items() if name.split()[1] not in DATA_SETS for line in examples(each)]
    assert len(lines) > 15
    # What makes or changes comes in the order of the commands; a playlist of sad songs may be empty.
    runs = [f"{line} || [ $? = 1 ]" if "--mood" in line else line for line in lines]
    found = subprocess.run(
        ["bash", "-c", shell + "\n".join(runs)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert (tmp_path / "map.html").exists()
    assert (tmp_path / "library.csv").read_text().startswith("path,status")

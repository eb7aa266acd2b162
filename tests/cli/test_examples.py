"""Every command's help has an example; tests/test_docs.py runs them."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tagger import cli


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

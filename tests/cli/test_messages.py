"""Help texts are complete, and all errors have one form."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tagger import cli

Captured = pytest.CaptureFixture[str]


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and all its subcommands, with their full names."""
    yield context.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from commands(subcommand, click.Context(subcommand, parent=context, info_name=name))


COMMANDS = dict(commands(cli.emotag, click.Context(cli.emotag, info_name="emotag")))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_sentence_as_help(name: str) -> None:
    options = [parameter for parameter in COMMANDS[name].params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not (option.help or "").endswith((".", ")"))] == []
    assert (COMMANDS[name].help or "").split("\n\n")[0].endswith(".")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show"], "Missing argument 'PATH|QUERY...'."),
        (["models", "--nothing"], "No such option '--nothing'."),
        (["nothing"], "No such command 'nothing'."),
        (["playlist", "--near", "0,0", "--seed", "1"], "--seed requires --order match, shuffle or curve"),
        (["playlist", "--mood", "tense"], "'tense' is a quadrant, not a mood; use --quadrant tense."),
        (["export", "--quadrant", "sad-lonely"], "'sad-lonely' is a mood, not a quadrant; use --mood sad-lonely."),
        (["map", "--image", "map.gif"], "map.gif: the suffix is none of png, svg; add --format"),
    ],
)
def test_usage_errors_end_with_a_message_in_the_form_of_all_errors(
    arguments: list[str], message: str, capsys: Captured
) -> None:
    assert cli.run(arguments) == 2
    usage, *_, last = capsys.readouterr().err.splitlines()
    assert usage.startswith("Usage: emotag ")
    assert last.startswith("emotag: ")
    assert last.removesuffix(".").endswith(message.removesuffix("."))


def test_other_errors_are_one_line(capsys: Captured) -> None:
    assert cli.run(["library", "info", "--store", "/missing/library.sqlite"]) == 2
    line = "emotag: /missing/library.sqlite: no library database; run `emotag scan` first\n"
    assert capsys.readouterr().err == line


def test_without_a_command_the_help_is_printed(capsys: Captured) -> None:
    cli.run([])
    printed = "".join(capsys.readouterr())
    assert printed.startswith("Usage: emotag ")
    assert "emotag: " not in printed

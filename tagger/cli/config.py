"""``emotag config``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from tagger.cli import settings as settings_file
from tagger.cli.console import print_json
from tagger.cli.options import json_flag

SOURCES = {"DEFAULT": "default", "DEFAULT_MAP": "file", "ENVIRONMENT": "environment"}
"""Where the value of an option comes from, by click's name."""


class Setting(NamedTuple):
    """The value of an option.

    Attributes
    ----------
    command : tuple of str
        Names of the command and its groups, the outermost first.
    name : str
        Key of the option in the settings file.
    value : object
        Value as JSON and TOML can hold it; None if the option is not set.
    source : {"default", "file", "environment"}
        Where the value comes from.
    """

    command: tuple[str, ...]
    name: str
    value: Any
    source: str


@click.command()
@click.option("--path", is_flag=True, help="Print the path of the settings file.")
@json_flag
@click.pass_context
def config(context: click.Context, path: bool, as_json: bool) -> None:
    """Show the settings of all commands and their sources: default, settings file or environment.

    The output can be used as a settings file.

    \b
    emotag config
    emotag config --path
    """
    if path:
        click.echo(settings_file.config_path())
        return
    assert context.parent is not None
    group = context.parent.command
    tables = settings_file.read()
    words = settings_file.take_words(tables)
    context.parent.default_map = settings_file.defaults(tables, group)
    settings = [
        *_settings(group, context.parent, ()),
        *(Setting((settings_file.WORDS_TABLE,), mood, list(texts) or "", "file") for mood, texts in words.items()),
    ]
    if as_json:
        print_json([{**setting._asdict(), "command": " ".join(setting.command)} for setting in settings])
        return
    click.echo(f"# {settings_file.config_path()}; options on the command line take precedence")
    table: tuple[str, ...] = ()
    for setting in settings:
        if setting.command != table:
            table = setting.command
            click.echo(f"\n[{'.'.join(table)}]")
        click.echo(_toml_line(setting))


def _toml_line(setting: Setting) -> str:
    if setting.value is None:
        return f"# {setting.name} is not set"
    line = f"{setting.name} = {_toml(setting.value)}"
    # Defaults are comments, so that a copy of the output does not fix the defaults of this version.
    return f"# {line}" if setting.source == "default" else f"{line}  # {setting.source}"


def _settings(command: click.Command, context: click.Context, names: tuple[str, ...]) -> Iterator[Setting]:
    """Yield the options of a command and its subcommands."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            if subcommand is not None and name != "config":
                subcontext = click.Context(subcommand, parent=context, info_name=name)
                yield from _settings(subcommand, subcontext, (*names, name))
        return
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "help":
            value, source = option.consume_value(context, {})
            if option.hidden and SOURCES[source.name] == "default":  # an older spelling that is not used
                continue
            # The value that click has for an option that is not set depends on the version of click.
            is_set = isinstance(value, bool | int | float | str | list | tuple)
            converted = option.type_cast_value(context, value) if is_set else None
            yield Setting(names, settings_file.option_key(option), _simplify(converted), SOURCES[source.name])


def _simplify(value: Any) -> Any:
    """Return a value as JSON and TOML can hold it."""
    if isinstance(value, tuple | list):
        return [_simplify(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)

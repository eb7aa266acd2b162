"""``emotag config``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from tagger.cli import settings as settings_file
from tagger.cli.console import print_json


class Setting(NamedTuple):
    """An option of a command, its value, and where that comes from: ``default``, ``file`` or ``environment``."""

    command: tuple[str, ...]
    name: str
    value: Any
    source: str


@click.command()
@click.option("--path", is_flag=True, help="Print where the file of settings lies, or would lie.")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.pass_context
def config(context: click.Context, path: bool, as_json: bool) -> None:
    """Show the settings of all commands, and where each comes from, as a file of settings has them.

    \b
    emotag config
    emotag config --path
    """

    if path:
        click.echo(settings_file.config_path())
        return
    assert context.parent is not None
    group = context.parent.command
    context.parent.default_map = settings_file.defaults(settings_file.read(), group)
    found = list(_settings(group, context.parent, ()))
    if as_json:
        rows = [{**row._asdict(), "command": " ".join(row.command)} for row in found]
        print_json(rows)
        return
    click.echo(f"# {settings_file.config_path()}; the command line comes before all that is here")
    table: tuple[str, ...] = ()
    for row in found:
        if row.command != table:
            table = row.command
            click.echo(f"\n[{'.'.join(table)}]")
        line = f"# {row.name} is not set" if row.value is None else f"{row.name} = {_toml(row.value)}"
        # What only repeats the default is not to be pasted: a later version may have a better one.
        click.echo(f"# {line}" if row.source == "default" and row.value is not None else f"{line}{_from(row.source)}")


def _from(source: str) -> str:
    return "" if source == "default" else f"  # {source}"


def _settings(command: click.Command, context: click.Context, where: tuple[str, ...]) -> Iterator[Setting]:
    from tagger.cli.settings import option_key

    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and name != "config":
                below = click.Context(inner, parent=context, info_name=name)
                yield from _settings(inner, below, (*where, name))
        return
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "help":
            value, source = option.consume_value(context, {})
            # What click takes for an option that is not set has changed from version to version.
            there = isinstance(value, bool | int | float | str | list | tuple)
            plain = option.type_cast_value(context, value) if there else None
            yield Setting(where, option_key(option), _plain(plain), SOURCES[source.name])


SOURCES = {"DEFAULT": "default", "DEFAULT_MAP": "file", "ENVIRONMENT": "environment"}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)

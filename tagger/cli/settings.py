"""Settings: a TOML file whose keys are the options' names, in a table for each command."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagger.errors import EmotagError
from tagger.io import regular

if TYPE_CHECKING:
    import click

VARIABLE = "EMOTAG_CONFIG"
"""Names another file than the usual one."""

LARGEST = 1 << 20
"""Bytes of a settings file at most."""


class SettingsError(EmotagError):
    """A file of settings that cannot be used."""


def config_path() -> str:
    """Return where the file of settings lies, or would lie."""
    from platformdirs import user_config_dir

    return os.environ.get(VARIABLE) or os.path.join(user_config_dir("emotag", appauthor=False), "config.toml")


def read() -> dict[str, Any]:
    """Read the settings; none if there is no file where it usually lies.

    Raises
    ------
    SettingsError
        If the file cannot be read, or is no TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    path = config_path()
    if not os.path.exists(path) and VARIABLE not in os.environ:
        return {}
    try:
        # EMOTAG_CONFIG=/dev/null is how to say: no settings.
        data = b"" if path == os.devnull else regular.read_bytes(path, LARGEST)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML ({error})") from None
    except RecursionError:
        raise SettingsError(f"{path}: not a settings file (tables or lists are nested too deeply)") from None
    except ValueError as error:  # a number of thousands of digits
        raise SettingsError(f"{path}: not TOML ({error})") from None


def defaults(settings: Mapping[str, Any], command: click.Command, where: str = "") -> dict[str, Any]:
    """Return the settings as a command, and the commands below it, take them for defaults.

    Parameters
    ----------
    settings : mapping
        By option or, for a group, by command.
    command : click.Command
    where : str
        The table they stand in.

    Raises
    ------
    SettingsError
        If there is no such option or command; the nearest there is is named.
    """
    import click

    found: dict[str, Any] = {}
    options = {option_key(option): option for option in command.params if isinstance(option, click.Option)}
    below = set(command.list_commands(click.Context(command))) if isinstance(command, click.Group) else set()
    for key, value in settings.items():
        if key in below and isinstance(value, dict):
            assert isinstance(command, click.Group)
            inner = command.get_command(click.Context(command), key)
            assert inner is not None
            found[key] = defaults(value, inner, f"{where}{key}.")
        elif key in options and key != "help":
            option = options[key]
            assert option.name is not None
            found[option.name] = _checked(value, option, f"{where}{key}")
        else:
            kind = "a command" if isinstance(value, dict) else "an option"
            raise SettingsError(f"{config_path()}: {where}{key} is not {kind}{_nearest(key, [*options, *below])}")
    return found


def unknown_table(settings: Mapping[str, Any], commands: Iterable[str]) -> str:
    """Return what is wrong with the tables of a file of settings; nothing if each is a command's."""
    known = list(commands)
    for key, value in settings.items():
        if key not in known or not isinstance(value, dict):
            return f"{config_path()}: {key} is not a table for a command{_nearest(key, known)}"
    return ""


def option_key(option: click.Option) -> str:
    """Return what an option is called in the settings: its long name, without dashes before it."""
    return max(option.opts, key=len).lstrip("-")


def _checked(value: Any, option: click.Option, key: str) -> Any:
    """Return a setting if it is what its option takes."""
    import click

    if (option.multiple and not isinstance(value, list)) or (not option.multiple and isinstance(value, list | dict)):
        raise SettingsError(f"{config_path()}: {key} takes {'a list' if option.multiple else 'one value'}")
    try:
        option.type_cast_value(click.Context(click.Command("emotag")), value)
    except click.BadParameter as error:
        raise SettingsError(f"{config_path()}: {key}: {error.message}") from None
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise SettingsError(f"{config_path()}: {key}: not a value that it takes ({error})") from None
    return value


def _nearest(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), 1, 0.5)
    return f"; did you mean {near[0]}?" if near else ""

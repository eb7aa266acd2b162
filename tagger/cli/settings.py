"""Settings: a TOML file with a table for each command, whose keys are the names of its options, and one of words."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagger.errors import EmotagError, WordsError
from tagger.io import regular

if TYPE_CHECKING:
    import click

    from tagger.tags.mood_words import MoodWords

VARIABLE = "EMOTAG_CONFIG"
"""Environment variable with the path of the settings file, in place of the default one."""

WORDS_TABLE = "moods"
"""Table of the user's words for moods."""

MAX_FILE_BYTES = 1 << 20
"""Maximum size of a settings file in bytes."""


class SettingsError(EmotagError):
    """A settings file that cannot be used."""


def config_path() -> str:
    """Return the path of the settings file, whether it exists or not.

    Returns
    -------
    str
    """
    from platformdirs import user_config_dir

    return os.environ.get(VARIABLE) or os.path.join(user_config_dir("emotag", appauthor=False), "config.toml")


def read() -> dict[str, Any]:
    """Read the settings file.

    Returns
    -------
    dict of str to object
        Empty if the default file does not exist.

    Raises
    ------
    SettingsError
        If the file cannot be read or is not TOML.
    """
    path = config_path()
    if not os.path.exists(path) and VARIABLE not in os.environ:
        return {}
    # EMOTAG_CONFIG=/dev/null means: no settings.
    return {} if path == os.devnull else read_toml(path)


def read_toml(path: str) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : str

    Returns
    -------
    dict of str to object

    Raises
    ------
    SettingsError
        If the file cannot be read or is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        data = regular.read_bytes(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML ({error})") from None
    except RecursionError:
        raise SettingsError(f"{path}: not a settings file (tables or lists are nested too deeply)") from None
    except ValueError as error:  # a number with thousands of digits
        raise SettingsError(f"{path}: not TOML ({error})") from None


def take_words(settings: dict[str, Any]) -> MoodWords:
    """Remove the table of the user's words for moods from the settings, and return the words.

    Parameters
    ----------
    settings : dict of str to object
        Content of the file.

    Returns
    -------
    mapping of str to tuple of str

    Raises
    ------
    SettingsError
        If it is not a table, or a word cannot be written to tags.
    """
    table = settings.pop(WORDS_TABLE, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{config_path()}: {WORDS_TABLE} is not a table of words for moods")
    if not table:
        return {}
    from tagger.tags.mood_words import parse_words

    try:
        return parse_words(table)
    except WordsError as error:
        raise SettingsError(f"{config_path()}: [{WORDS_TABLE}]: {error}") from None


def defaults(settings: Mapping[str, Any], command: click.Command, prefix: str = "") -> dict[str, Any]:
    """Return settings as the default values of a command and its subcommands.

    Parameters
    ----------
    settings : mapping of str to object
        Values by option or, for a group, by command.
    command : click.Command
    prefix : str, optional
        Names of the enclosing tables, each with a dot at the end, for messages.

    Returns
    -------
    dict of str to object
        As for `click.Context.default_map`.

    Raises
    ------
    SettingsError
        If there is no such option or command, with the most similar one, or if an option does not accept the value.
    """
    import click

    values: dict[str, Any] = {}
    options = {option_key(option): option for option in command.params if isinstance(option, click.Option)}
    subcommands = set(command.list_commands(click.Context(command))) if isinstance(command, click.Group) else set()
    for key, value in settings.items():
        if key in subcommands and isinstance(value, dict):
            assert isinstance(command, click.Group)
            subcommand = command.get_command(click.Context(command), key)
            assert subcommand is not None
            values[key] = defaults(value, subcommand, f"{prefix}{key}.")
        elif key in options and key != "help":
            option = options[key]
            assert option.name is not None
            values[option.name] = _check_value(value, option, f"{prefix}{key}")
        else:
            kind = "a command" if isinstance(value, dict) else "an option"
            hint = _did_you_mean(key, [*options, *subcommands])
            raise SettingsError(f"{config_path()}: {prefix}{key} is not {kind}{hint}")
    return values


def shared(settings: Mapping[str, Any], command: click.Command) -> dict[str, Any]:
    """Return the settings of another command that are options of a command, too.

    Parameters
    ----------
    settings : mapping of str to object
        Values by option.
    command : click.Command

    Returns
    -------
    dict of str to object
    """
    import click

    keys = {option_key(option) for option in command.params if isinstance(option, click.Option)}
    return {key: value for key, value in settings.items() if key in keys - {"log", "yes", "quiet", "nice"}}


def check_tables(settings: Mapping[str, Any], commands: Iterable[str]) -> None:
    """Check that a settings file consists of tables for commands.

    Parameters
    ----------
    settings : mapping of str to object
        Content of the file.
    commands : iterable of str
        Names of the commands.

    Raises
    ------
    SettingsError
        If it does not.
    """
    known = list(commands)
    for key, value in settings.items():
        if key not in known or not isinstance(value, dict):
            hint = _did_you_mean(key, [*known, WORDS_TABLE])
            raise SettingsError(f"{config_path()}: {key} is not a table for a command{hint}")


def option_key(option: click.Option) -> str:
    """Return the key of an option in the settings file: its long name without leading dashes.

    Parameters
    ----------
    option : click.Option

    Returns
    -------
    str
    """
    return max(option.opts, key=len).lstrip("-")


def _check_value(value: Any, option: click.Option, key: str) -> Any:
    """Return a value if its option accepts it."""
    import click

    if (option.multiple and not isinstance(value, list)) or (not option.multiple and isinstance(value, list | dict)):
        expected = "a list" if option.multiple else "one value"
        raise SettingsError(f"{config_path()}: {key} must be {expected}")
    try:
        option.type_cast_value(click.Context(click.Command("emotag")), value)
    except click.BadParameter as error:
        raise SettingsError(f"{config_path()}: {key}: {error.message}") from None
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise SettingsError(f"{config_path()}: {key}: invalid value ({error})") from None
    return value


def _did_you_mean(key: str, known: Iterable[str]) -> str:
    similar = difflib.get_close_matches(key, sorted(known), 1, 0.5)
    return f"; did you mean {similar[0]}?" if similar else ""

"""The user's words for moods: the table ``[moods]`` of the settings, and the option ``--words``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from tagger.cli import settings
from tagger.errors import WordsError

if TYPE_CHECKING:
    from tagger.tags.mood_words import MoodWords


class Words(dict[str, tuple[str, ...]]):
    """The user's words for moods, which are also the path of their file, so that no output overwrites it.

    Parameters
    ----------
    words : mapping of str to tuple of str
    path : str
        The file that they are from.
    """

    def __init__(self, words: MoodWords, path: str) -> None:
        super().__init__(words)
        self.path = path

    def __fspath__(self) -> str:
        return self.path


class WordsFile(click.Path):
    """A TOML file with words for moods, at its top level or in a table ``[moods]``. The command gets the words."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the words, or fail if the file has other content; words from the settings are returned as they are."""
        from tagger.tags.mood_words import parse_words

        if isinstance(value, Words):
            return value
        path = os.fsdecode(super().convert(value, param, ctx))
        try:
            content = settings.read_toml(path)
            table = content.get(settings.WORDS_TABLE)
            return Words(parse_words(table if isinstance(table, dict) else content), path)
        except settings.SettingsError as error:
            self.fail(str(error), param, ctx)
        except WordsError as error:
            self.fail(f"{path}: {error}", param, ctx)


words_option = click.option(
    "--words",
    type=WordsFile(),
    metavar="FILE",
    show_default="the table [moods] of the settings",
    help="TOML file with your words for moods, in the form of the table [moods] of the settings.",
)
"""Option whose value is `Words`, or None if the user has no words."""


def word_defaults(command: click.Command, words: MoodWords) -> dict[str, Any]:
    """Return the words of the settings as the default value of a command's option ``--words``.

    Parameters
    ----------
    command : click.Command
    words : mapping of str to tuple of str
        The user's words.

    Returns
    -------
    dict of str to object
        Empty if the command does not have the option, or there are no words.
    """
    has_option = any(isinstance(option.type, WordsFile) for option in command.params)
    return {"words": Words(words, settings.config_path())} if words and has_option else {}

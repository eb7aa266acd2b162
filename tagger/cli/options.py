"""Options and arguments that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tagger.cli.outputs import Output
from tagger.emotions import MOODS, QUADRANTS, UnknownWord, find_mood, find_quadrant
from tagger.io.library_paths import store_path
from tagger.library.relative import RELATIVE_SCALES
from tagger.models.predictor import CLASSICAL

if TYPE_CHECKING:
    Choice = click.Choice[str]
else:
    Choice = click.Choice  # generic since click 8.2

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


class Number(click.FloatRange):
    """A finite number in a range; ``nan`` and ``inf``, which `click.FloatRange` accepts, are rejected."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or fail if it is not finite or out of range."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class ModelFile(click.Path):
    """An existing model file, or the name `tagger.models.predictor.CLASSICAL`."""

    def __init__(self) -> None:
        super().__init__(exists=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path or the name."""
        return value if value == CLASSICAL else super().convert(value, param, ctx)


models_option = click.option(
    "--model",
    multiple=True,
    type=ModelFile(),
    metavar="FILE",
    help="Use this model for what it predicts, in place of the bundled one; repeatable. A model of `emotag learn` "
    "predicts your own moods. `classical` stands for the "
    "bundled models without a neural network, which are faster and less accurate.",
)


def add_options(*options: Decorator[Any]) -> Decorator[Any]:
    """Return a decorator that adds several options to a command.

    Parameters
    ----------
    *options : callable
        Decorators, in the order in which the help lists the options.

    Returns
    -------
    callable
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        """Add the options to a command."""
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class LabelChoice(Choice):
    """A mood or quadrant, named by any unambiguous word or the beginning of one.

    For a word of the other vocabulary, the error names the option to use.

    Parameters
    ----------
    choices : iterable of str
        The labels.
    find : callable
        From a word to the label; `tagger.emotions.find_mood` or `tagger.emotions.find_quadrant`.
    find_other : callable
        The same for the other vocabulary.
    hint : str
        What words of the other vocabulary are, and which option to use, with ``{}`` for the label.
    """

    def __init__(
        self, choices: Iterable[str], find: Callable[[str], str], find_other: Callable[[str], str], hint: str
    ) -> None:
        super().__init__(tuple(choices))
        self.find = find
        self.find_other = find_other
        self.hint = hint

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the label, or fail if the word stands for none of them or for several."""
        try:
            return self.find(str(value))
        except UnknownWord as error:
            message, is_ambiguous = f"{error}.", error.is_ambiguous
        if not is_ambiguous:
            with suppress(UnknownWord):
                message = f"'{value}' {self.hint.format(self.find_other(str(value)))}"
        self.fail(message, param, ctx)


store_option = click.option(
    "--store",
    envvar="EMOTAG_STORE",
    default=store_path,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    show_default="$EMOTAG_STORE, or library.sqlite in the data directory of the user",
    help="Library database to use.",
)

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")

jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    show_default="one per processor",
    help="Number of worker processes.",
)

sd_option = click.option(
    "--sd",
    is_flag=True,
    help="Add the predicted standard deviations to the report, as columns valence_sd and arousal_sd.",
)


def output_option(help: str, **settings: Any) -> Decorator[Any]:
    """Return the option ``-o``, ``--output`` of a command.

    Parameters
    ----------
    help : str
        Help text.
    **settings
        Further arguments of `click.option`; the default of `type` is a text file.

    Returns
    -------
    callable
    """
    return click.option("-o", "--output", **{"type": Output(), "metavar": "FILE", "help": help, **settings})


def relative_option(use: str) -> Decorator[Any]:
    """Return the option ``--relative``.

    Parameters
    ----------
    use : str
        What the command does with the relative positions, without a full stop.

    Returns
    -------
    callable
    """
    return click.option(
        "--relative",
        type=Choice(RELATIVE_SCALES),
        help=f"{use}: rank (from -1, the lowest in the library, to 1, the highest) or z (standard scores: mean 0, "
        "standard deviation 1, not limited to -1..1).",
    )


def seed_option(help: str) -> Decorator[Any]:
    """Return the option ``--seed`` of a command that trains or evaluates.

    Parameters
    ----------
    help : str
        Help text.

    Returns
    -------
    callable
    """
    return click.option("--seed", type=int, default=0, show_default=True, metavar="N", help=help)


MOOD = LabelChoice(MOODS, find_mood, find_quadrant, "is a quadrant, not a mood; use --quadrant {}.")
QUADRANT = LabelChoice(QUADRANTS.values(), find_quadrant, find_mood, "is a mood, not a quadrant; use --mood {}.")

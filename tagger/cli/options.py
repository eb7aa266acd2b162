"""Options and arguments that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tagger.cli.outputs import Output
from tagger.emotions import MOODS, QUADRANTS
from tagger.io.library_paths import store_path
from tagger.library.relative import RELATIVE_SCALES
from tagger.models.predictor import CLASSICAL

if TYPE_CHECKING:
    from tagger.library.songs import SongFilter

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


class OtherVocabularyChoice(Choice):
    """A choice that explains which option to use for a value of another vocabulary.

    Parameters
    ----------
    choices : iterable of str
    other : iterable of str
        The other vocabulary.
    hint : str
        What its values are, and which option to use, with ``{}`` for the value.
    """

    def __init__(self, choices: Iterable[str], other: Iterable[str], hint: str) -> None:
        super().__init__(tuple(choices))
        self.other = frozenset(other)
        self.hint = hint

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value, or fail if it is not one of the choices."""
        if value in self.other:
            self.fail(f"'{value}' {self.hint.format(value)}", param, ctx)
        return super().convert(value, param, ctx)


library_paths_argument = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
"""Files and folders of the library; all songs if there are none."""

existing_paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True), metavar="PATH..."
)
"""Files and folders on the disk; at least one."""

store_option = click.option(
    "--store",
    envvar="EMOTAG_STORE",
    default=store_path,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Library database to use (default: library.sqlite in the data directory of the user, or $EMOTAG_STORE).",
)

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")

jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Number of processes (default: all processors)."
)

sd_option = click.option(
    "--sd",
    is_flag=True,
    help="Add the predicted standard deviations to the report, as columns valence_sd and arousal_sd.",
)


def report_options(csv_help: str) -> Decorator[Any]:
    """Return a decorator that adds the options for a report: ``--csv``, ``--jsonl`` and ``--sd``.

    Parameters
    ----------
    csv_help : str
        Help text of ``--csv``.

    Returns
    -------
    callable
    """
    return add_options(
        click.option("--csv", type=Output(), metavar="FILE", help=csv_help),
        click.option(
            "--jsonl", type=Output(), metavar="FILE", help="Write the report as JSON Lines to FILE ('-' for stdout)."
        ),
        sd_option,
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


MOOD = OtherVocabularyChoice(MOODS, QUADRANTS.values(), "is a quadrant, not a mood; use --quadrant {}.")
QUADRANT = OtherVocabularyChoice(QUADRANTS.values(), MOODS, "is a mood, not a quadrant; use --mood {}.")

filter_options = add_options(
    click.option(
        "--mood",
        "moods",
        multiple=True,
        type=MOOD,
        help="Select songs with this mood; repeat for any of several.",
    ),
    click.option(
        "--not-mood",
        "not_moods",
        multiple=True,
        type=MOOD,
        help="Leave out songs with this mood; repeat for several.",
    ),
    click.option(
        "--quadrant",
        "quadrants",
        multiple=True,
        type=QUADRANT,
        help="Select songs in this quadrant of the valence/arousal plane; repeat for any of several.",
    ),
    store_option,
)
"""Decorator that adds the options that select songs of the library; `song_filter` takes their values."""


def song_filter(moods: tuple[str, ...], not_moods: tuple[str, ...], quadrants: tuple[str, ...]) -> SongFilter:
    """Return the filter that the options of `filter_options` describe.

    Parameters
    ----------
    moods, not_moods, quadrants : tuple of str
        Values of the options.

    Returns
    -------
    SongFilter

    Raises
    ------
    click.UsageError
        If a mood is both selected and left out.
    """
    from tagger.library.songs import SongFilter

    if contradicting := set(moods) & set(not_moods):
        raise click.UsageError(f"{min(contradicting)} is given to both --mood and --not-mood")
    return SongFilter(moods, not_moods, quadrants)

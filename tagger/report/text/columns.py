"""The columns of a report, and those that a user requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagger.emotions import MOODS
from tagger.library.relative import relative_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBABILITIES = tuple("p_" + mood.replace("-", "_") for mood in MOODS)
DEVIATIONS = ("valence_sd", "arousal_sd")
TAGS = ("artist", "title", "album", "genre")
"""Columns with tags of the file, which are written on request."""

OWN_MOODS = "own_moods"
OWN_PREFIX = "p_own_"
"""How the columns with the probabilities of the user's own moods begin."""

COLUMNS = (
    *("path", "status", "duration", "valence", "arousal", "quadrant", "moods"),
    *PROBABILITIES,
    *("model", "error"),
)
"""Columns of a report; those of `DEVIATIONS`, relative positions, own moods and `TAGS` follow if they are needed."""


def own_column(label: str) -> str:
    """Return the name of the column with the probability of one of the user's own moods.

    Parameters
    ----------
    label : str

    Returns
    -------
    str
    """
    return OWN_PREFIX + label


def report_columns(
    requested: str = "", *, sd: bool = False, relative: str = "", own: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the columns of a report.

    Parameters
    ----------
    requested : str, optional
        Names of columns, separated by commas; after a ``+``, in addition to the others.
    sd : bool, optional
        Whether the standard deviations are included.
    relative : str, optional
        The scale on which relative valence and arousal are included; empty for none.
    own : sequence of str, optional
        The user's own moods, each of which has a column of probabilities; None for no such columns. Columns of other
        own moods can be requested, because it depends on the models and the library which own moods there are.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If there is no such column, with a message of one sentence.
    """
    positions = relative_columns(relative) if relative else ()
    own_columns = () if own is None else (OWN_MOODS, *map(own_column, own))
    usual = (*COLUMNS, *(DEVIATIONS if sd else ()), *positions, *own_columns)
    names = [name.strip() for name in requested.removeprefix("+").split(",")] if requested else []
    _check_names(names, (*COLUMNS, *DEVIATIONS, *positions, OWN_MOODS, *TAGS))
    return tuple(dict.fromkeys((*(usual if requested.startswith("+") or not names else ()), *names)))


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known and not name.startswith(OWN_PREFIX):
            raise ValueError(f"'{name}' is not a column; the columns are {', '.join(known)}")

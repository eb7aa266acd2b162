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

COLUMNS = (
    *("path", "status", "duration", "valence", "arousal", "quadrant", "moods"),
    *PROBABILITIES,
    *("model", "error"),
)
"""Columns of a report; those of `DEVIATIONS`, of relative positions and of `TAGS` follow if they are requested."""


def report_columns(requested: str = "", *, sd: bool = False, relative: str = "") -> tuple[str, ...]:
    """Return the columns of a report.

    Parameters
    ----------
    requested : str, optional
        Names of columns, separated by commas; after a ``+``, in addition to the others.
    sd : bool, optional
        Whether the standard deviations are included.
    relative : str, optional
        The scale on which relative valence and arousal are included; empty for none.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If there is no such column, with a message of one sentence.
    """
    positions = relative_columns(relative) if relative else ()
    usual = (*COLUMNS, *(DEVIATIONS if sd else ()), *positions)
    names = [name.strip() for name in requested.removeprefix("+").split(",")] if requested else []
    _check_names(names, (*COLUMNS, *DEVIATIONS, *positions, *TAGS))
    return tuple(dict.fromkeys((*(usual if requested.startswith("+") or not names else ()), *names)))


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"'{name}' is not a column; the columns are {', '.join(known)}")

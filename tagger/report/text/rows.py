"""The report of a scan: one row per file, as CSV (RFC 4180) or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from tagger.emotions import MOODS
from tagger.library.path_text import path_to_text
from tagger.library.relative import LibraryScale, relative_columns

if TYPE_CHECKING:
    from tagger.scanning.result import ScanResult

    RowsOfFile: TypeAlias = Callable[[ScanResult], Iterable[dict[str, Any]]]
    """Returns the rows of a file: values by column."""

    WriteRows: TypeAlias = Callable[[ScanResult], None]
    """Writes the rows of a file to a report."""

PROBABILITIES = tuple("p_" + mood.replace("-", "_") for mood in MOODS)
DEVIATIONS = ("valence_sd", "arousal_sd")
OWN_MOODS = "own_moods"
COLUMNS = (
    *("path", "status", "duration", "valence", "arousal", "quadrant", "moods"),
    *PROBABILITIES,
    *("model", "error"),
)
"""Columns of a report; those of `DEVIATIONS`, of relative positions and of the user's own moods follow if needed."""

CHANGE_COLUMNS = ("path", "field", "old", "new", "error")
"""Columns of a dry run's report, which has a row for each field that would change."""

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet recognises a formula."""


def report_columns(sd: bool, scale: LibraryScale | None = None, own: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the columns of a report.

    Parameters
    ----------
    sd : bool
        Whether the standard deviations are included.
    scale : LibraryScale, optional
        The library relative to which valence and arousal are included.
    own : sequence of str, optional
        The user's own moods, each of which has a column of probabilities; None for no such columns.

    Returns
    -------
    tuple of str
    """
    own_columns = () if own is None else (OWN_MOODS, *map(_own_column, own))
    return (
        *COLUMNS,
        *(DEVIATIONS if sd else ()),
        *(relative_columns(scale.name) if scale else ()),
        *own_columns,
    )


def _own_column(label: str) -> str:
    return f"p_own_{label}"


def row(
    result: ScanResult, *, sd: bool = False, scale: LibraryScale | None = None, own: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return the row of a file.

    A file that could not be analysed has no numbers; one whose tags could not be written has both numbers and an error.

    Parameters
    ----------
    result : ScanResult
    sd : bool, optional
        Whether the standard deviations are included.
    scale : LibraryScale, optional
        The library relative to which valence and arousal are included.
    own : sequence of str, optional
        The user's own moods, as for `report_columns`.

    Returns
    -------
    dict
        Values by column.
    """
    cells: dict[str, Any] = dict.fromkeys(report_columns(sd, scale, own))
    status = "failed" if result.status.has_error else "ok"
    cells.update(path=path_to_text(result.path), status=status, error=result.error)
    if result.emotion is not None and result.duration is not None:
        emotion = result.emotion
        cells.update(duration=round(result.duration, 4))
        cells.update(valence=round(emotion.valence, 4), arousal=round(emotion.arousal, 4))
        cells.update(quadrant=emotion.quadrant, moods=list(emotion.moods), model=result.model)
        cells.update(zip(PROBABILITIES, (round(p, 4) for p in emotion.probabilities), strict=True))
        if sd and emotion.valence_sd is not None and emotion.arousal_sd is not None:
            cells.update(valence_sd=round(emotion.valence_sd, 4), arousal_sd=round(emotion.arousal_sd, 4))
        if scale:
            cells.update(scale.position(emotion).columns)
        if own is not None and emotion.own is not None:
            cells[OWN_MOODS] = list(emotion.own_moods)
            cells.update((_own_column(mood.name), round(mood.probability, 4)) for mood in emotion.own)
    return cells


def _cell(value: Any) -> str:
    """Return a cell of the CSV; an apostrophe protects text that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value + 0.0:.4f}"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


def _changes(result: ScanResult) -> Iterator[dict[str, Any]]:
    """Yield a row for each field that would change, or one with the error."""
    path = path_to_text(result.path)
    if result.error:
        yield dict(zip(CHANGE_COLUMNS, (path, None, None, None, result.error), strict=True))
    elif result.change is not None:
        for field, (old, new) in result.change.fields.items():
            if old != new:
                yield dict(zip(CHANGE_COLUMNS, (path, field, list(old), list(new), None), strict=True))


def _csv_writer(columns: Sequence[str], rows: RowsOfFile, file: IO[str]) -> WriteRows:
    """Write the header of a CSV report and return a function that writes the rows of a file."""
    writer = csv.writer(file)
    writer.writerow(columns)
    return lambda result: writer.writerows([_cell(value) for value in cells.values()] for cells in rows(result))


def _jsonl_writer(rows: RowsOfFile, file: IO[str]) -> WriteRows:
    """Return a function that writes the rows of a file as lines of JSON."""

    def write(result: ScanResult) -> None:
        for cells in rows(result):
            print(json.dumps(cells, ensure_ascii=False), file=file)

    return write


def _writers(columns: Sequence[str], rows: RowsOfFile) -> dict[str, Callable[[IO[str]], WriteRows]]:
    return {"csv": partial(_csv_writer, columns, rows), "jsonl": partial(_jsonl_writer, rows)}


def writers(
    *, sd: bool = False, scale: LibraryScale | None = None, own: Sequence[str] | None = None
) -> dict[str, Callable[[IO[str]], WriteRows]]:
    """Return the functions that begin a report, by format. Each returns a function that writes the row of a file.

    Parameters
    ----------
    sd : bool, optional
        Whether the standard deviations are included.
    scale : LibraryScale, optional
        The library relative to which valence and arousal are included.
    own : sequence of str, optional
        The user's own moods, as for `report_columns`.

    Returns
    -------
    dict of str to callable
    """
    columns = report_columns(sd, scale, own)
    return _writers(columns, lambda result: [row(result, sd=sd, scale=scale, own=own)])


CHANGE_WRITERS = _writers(CHANGE_COLUMNS, _changes)
"""The functions that begin a dry run's report, by format. Each returns a function that writes the changes of a file."""

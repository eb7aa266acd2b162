"""The report of a scan: one row per file, as CSV (RFC 4180) or JSON Lines."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from tagger.library.path_text import path_to_text
from tagger.report.text.columns import OWN_MOODS, PROBABILITIES, TAGS, own_column, report_columns

if TYPE_CHECKING:
    from tagger.library.relative import LibraryScale
    from tagger.scanning.result import ScanResult
    from tagger.tags.basic_tags import BasicTags

    TagsOf: TypeAlias = Callable[[str], BasicTags]
    """Returns the tags of a file, by its path."""

    RowsOfFile: TypeAlias = Callable[[ScanResult], Iterable[dict[str, Any]]]
    """Returns the rows of a file: values by column."""

    WriteRows: TypeAlias = Callable[[ScanResult], int]
    """Writes the rows of a file to a report, and returns their number."""

CHANGE_COLUMNS = ("path", "field", "old", "new", "error")
"""Columns of a dry run's report, which has a row for each field that would change."""

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet recognises a formula."""


def row(
    result: ScanResult,
    columns: Sequence[str],
    *,
    scale: LibraryScale | None = None,
    tags_of: TagsOf | None = None,
    absolute: bool = False,
) -> dict[str, Any]:
    """Return the row of a file.

    A file that could not be analysed has no numbers; one whose tags could not be written has both numbers and an error.

    Parameters
    ----------
    result : ScanResult
    columns : sequence of str
        Names of the columns, as from `tagger.report.text.columns.report_columns`.
    scale : LibraryScale, optional
        The library relative to which valence and arousal are included.
    tags_of : callable, optional
        Returns the tags of a file; needed for the columns that hold tags.
    absolute : bool, optional
        Whether the path is absolute.

    Returns
    -------
    dict
        Values by column.
    """
    status = "failed" if result.status.has_error else "ok"
    cells: dict[str, Any] = {"path": _path(result, absolute), "status": status, "error": result.error}
    if result.emotion is not None and result.duration is not None:
        emotion = result.emotion
        cells.update(duration=round(result.duration, 4))
        cells.update(valence=round(emotion.valence, 4), arousal=round(emotion.arousal, 4))
        cells.update(quadrant=emotion.quadrant, moods=list(emotion.moods), model=result.model)
        cells.update(zip(PROBABILITIES, (round(p, 4) for p in emotion.probabilities), strict=True))
        if emotion.valence_sd is not None and emotion.arousal_sd is not None:
            cells.update(valence_sd=round(emotion.valence_sd, 4), arousal_sd=round(emotion.arousal_sd, 4))
        if scale:
            cells.update(scale.position(emotion).columns)
        if emotion.own is not None:
            cells[OWN_MOODS] = list(emotion.own_moods)
            cells.update((own_column(mood.name), round(mood.probability, 4)) for mood in emotion.own)
        if tags_of and not set(TAGS).isdisjoint(columns):
            tags = result.tags or tags_of(result.path)
            cells.update(artist=tags.artist, title=tags.title, album=tags.album, genre=list(tags.genres))
    return {column: cells.get(column) for column in columns}


def _path(result: ScanResult, absolute: bool) -> str:
    return path_to_text(os.path.abspath(result.path) if absolute else result.path)


def _cell(value: Any) -> str:
    """Return a cell of the CSV; an apostrophe protects text that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value + 0.0:.4f}"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


def _changes(result: ScanResult, absolute: bool) -> Iterator[dict[str, Any]]:
    """Yield a row for each field that would change, or one with the error."""
    path = _path(result, absolute)
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

    def write(result: ScanResult) -> int:
        cells = [[_cell(value) for value in row.values()] for row in rows(result)]
        writer.writerows(cells)
        return len(cells)

    return write


def _jsonl_writer(rows: RowsOfFile, file: IO[str]) -> WriteRows:
    """Return a function that writes the rows of a file as lines of JSON."""

    def write(result: ScanResult) -> int:
        count = 0
        for cells in rows(result):
            # One write: a signal between two would leave a line without its end.
            file.write(json.dumps(cells, ensure_ascii=False) + "\n")
            count += 1
        return count

    return write


def _writers(columns: Sequence[str], rows: RowsOfFile) -> dict[str, Callable[[IO[str]], WriteRows]]:
    return {"csv": partial(_csv_writer, columns, rows), "jsonl": partial(_jsonl_writer, rows)}


def writers(
    *,
    sd: bool = False,
    scale: LibraryScale | None = None,
    own: Sequence[str] | None = None,
    columns: str = "",
    tags_of: TagsOf | None = None,
    absolute: bool = False,
) -> dict[str, Callable[[IO[str]], WriteRows]]:
    """Return the functions that begin a report, by format. Each returns a function that writes the row of a file.

    Parameters
    ----------
    sd : bool, optional
        Whether the standard deviations are included.
    scale : LibraryScale, optional
        The library relative to which valence and arousal are included.
    own : sequence of str, optional
        The user's own moods, as for `tagger.report.text.columns.report_columns`.
    columns : str, optional
        Columns that the user requests; see `tagger.report.text.columns.report_columns`.
    tags_of : callable, optional
        Returns the tags of a file; needed for the columns that hold tags.
    absolute : bool, optional
        Whether paths are absolute.

    Returns
    -------
    dict of str to callable
    """
    names = report_columns(columns, sd=sd, relative=scale.name if scale else "", own=own)
    options: Any = {"scale": scale, "tags_of": tags_of, "absolute": absolute}
    return _writers(names, lambda result: [row(result, names, **options)])


def change_writers(*, absolute: bool = False) -> dict[str, Callable[[IO[str]], WriteRows]]:
    """Return the functions that begin a dry run's report, by format; each returns one that writes the rows.

    Parameters
    ----------
    absolute : bool, optional
        Whether paths are absolute.

    Returns
    -------
    dict of str to callable
    """
    return _writers(CHANGE_COLUMNS, lambda result: _changes(result, absolute))

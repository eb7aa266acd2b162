"""What the data sets of rated songs have in common: tables by song, with ratings in them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger import regular
from tagger.errors import DataError

SAMPLE = "sample_"
"""How the columns of ratings made while a song played begin; what follows is the time, like ``15000ms``."""

Tracks = dict[str, np.ndarray]
"""By song, what was rated while it played: rows of second, valence and arousal."""


def rows(file: Path, columns: tuple[str, ...] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines of a CSV with their numbers, from 2 on.

    Parameters
    ----------
    file : Path
    columns : tuple of str
        Columns it must have, beside ``song_id``.

    Raises
    ------
    DataError
        If it cannot be read, or a column or a value in one of them is missing, or a song is there twice.
    """
    try:
        text = regular.read_text(file, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or 'not a text file'})") from None
    table = csv.reader(text.splitlines())
    header = [name.strip() for name in next(table, [])]
    needed = ("song_id", *columns)
    for column in needed:
        if column not in header:
            raise DataError(f"{file}: lacks the column {column}")
    seen = set()
    for line, cells in enumerate(table, 2):
        row = dict(zip(header, map(str.strip, cells), strict=False))
        if missing := [column for column in needed if not row.get(column)]:
            raise DataError(f"{file}: line {line} lacks its {missing[0]}")
        if row["song_id"] in seen:
            raise DataError(f"{file}: line {line} has song {row['song_id']} again")
        seen.add(row["song_id"])
        yield line, row


def number(file: Path, line: int, cell: str) -> float:
    """Return the number in a cell.

    Raises
    ------
    DataError
        If it holds none.
    """
    try:
        value = float(cell)
    except ValueError:
        raise DataError(f"{file}: line {line} holds a value that is no number") from None
    if not math.isfinite(value):
        raise DataError(f"{file}: line {line} lacks a value")
    return value


def tracks(valence: Path, arousal: Path) -> Tracks:
    """Read what was rated while the songs played, from a file each for valence and arousal.

    Raises
    ------
    DataError
        If a file, a column or a number is missing, or only one of the two has a song.
    """
    series = [_series(valence), _series(arousal)]
    for known, other, file in ((series[0], series[1], arousal), (series[1], series[0], valence)):
        if lacking := known.keys() - other.keys():
            raise DataError(f"{file}: lacks song {min(lacking)}")
    found = {}
    for song, values in series[0].items():
        times = sorted(values.keys() & series[1][song].keys())
        found[song] = np.array([(time, values[time], series[1][song][time]) for time in times])
    return found


def _series(file: Path) -> dict[str, dict[float, float]]:
    """Return each song's ratings by second."""
    found: dict[str, dict[float, float]] = {}
    for line, row in rows(file):
        cells = [(name, cell) for name, cell in row.items() if name.startswith(SAMPLE) and cell]
        if not cells:
            raise DataError(f"{file}: line {line} lacks its values")
        found[row["song_id"]] = {_second(file, name): number(file, line, cell) for name, cell in cells}
    return found


def _second(file: Path, column: str) -> float:
    try:
        return int(column.removeprefix(SAMPLE).removesuffix("ms")) / 1000
    except ValueError:
        raise DataError(f"{file}: has the column {column}, which tells no time") from None

"""Annotations of valence and arousal, the CSV files that hold annotations, and the audio files that belong to them."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tagger.errors import DataError
from tagger.io import regular

SAMPLE = "sample_"
"""Prefix of the columns of dynamic ratings; the rest of the name is the time, such as ``15000ms``."""


@dataclass(frozen=True)
class Annotations:
    """The annotations of a data set, by song id.

    Attributes
    ----------
    ratings : dict of str to (float, float)
        Mean valence and arousal, on the scale of 1..9.
    tracks : dict of str to numpy.ndarray, shape=(steps, 3)
        Dynamic ratings: time in seconds, valence and arousal in -1..1. Empty if the data set has none.
    artists : dict of str to str
        Empty if the data set does not name them.
    notes : tuple of str
        Corrections that the reader made, as sentences.
    """

    ratings: dict[str, tuple[float, float]]
    tracks: dict[str, np.ndarray] = field(default_factory=dict)
    artists: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_rows(
    file: Path, columns: tuple[str, ...] = (), may_be_empty: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read the rows of a CSV file.

    Parameters
    ----------
    file : Path
    columns : tuple of str
        Required columns, in addition to ``song_id``.
    may_be_empty : tuple of str
        Those of them that may have empty cells.

    Yields
    ------
    line : int
        Line number, from 2 on.
    row : dict of str to str
        Cells by column.

    Raises
    ------
    DataError
        If the file cannot be read, a required column or value is missing, or a song occurs twice.
    """
    try:
        text = regular.read_text(file, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or 'not a text file'})") from None
    table = csv.reader(text.splitlines())
    header = [name.strip() for name in next(table, [])]
    required = ("song_id", *columns)
    for column in required:
        if column not in header:
            raise DataError(f"{file}: column {column} is missing")
    seen = set()
    for line, cells in enumerate(table, 2):
        row = dict(zip(header, map(str.strip, cells), strict=False))
        row |= {column: "" for column in may_be_empty if column not in row}
        if missing := [column for column in required if not row.get(column) and column not in may_be_empty]:
            raise DataError(f"{file}: line {line}: {missing[0]} is missing")
        if row["song_id"] in seen:
            raise DataError(f"{file}: line {line}: duplicate song {row['song_id']}")
        seen.add(row["song_id"])
        yield line, row


def read_ratings(file: Path, valence: str, arousal: str) -> dict[str, tuple[float, float]]:
    """Read the mean ratings of songs from a CSV file.

    Parameters
    ----------
    file : Path
    valence, arousal : str
        Names of the columns.

    Returns
    -------
    dict of str to (float, float)
        Valence and arousal by song id, on the scale of the file.

    Raises
    ------
    DataError
        If the file cannot be read, a column or number is missing, or a song occurs twice.
    """
    return {
        row["song_id"]: (parse_number(file, line, row[valence]), parse_number(file, line, row[arousal]))
        for line, row in read_rows(file, (valence, arousal))
    }


def parse_number(file: Path, line: int, cell: str) -> float:
    """Convert a cell to a number.

    Parameters
    ----------
    file, line : Path, int
        Where the cell is; used in messages.
    cell : str

    Returns
    -------
    float

    Raises
    ------
    DataError
        If the cell does not hold a finite number.
    """
    try:
        value = float(cell)
    except ValueError:
        raise DataError(f"{file}: line {line}: a value is not a number") from None
    if not math.isfinite(value):
        raise DataError(f"{file}: line {line}: a value is missing")
    return value


def read_tracks(valence_file: Path, arousal_file: Path) -> dict[str, np.ndarray]:
    """Read the dynamic ratings of songs.

    Parameters
    ----------
    valence_file, arousal_file : Path
        CSV files with a row per song and a column per time.

    Returns
    -------
    dict of str to numpy.ndarray, shape=(steps, 3)
        By song id: time in seconds, valence and arousal on the scale of the files, where both are known.

    Raises
    ------
    DataError
        If a file, a column or a number is missing, or only one of the files has a song.
    """
    valence, arousal = _read_series(valence_file), _read_series(arousal_file)
    for required, available, file in ((valence, arousal, arousal_file), (arousal, valence, valence_file)):
        if missing := required.keys() - available.keys():
            raise DataError(f"{file}: song {min(missing)} is missing")
    tracks = {}
    for song, values in valence.items():
        times = sorted(values.keys() & arousal[song].keys())
        tracks[song] = np.array([(time, values[time], arousal[song][time]) for time in times])
    return tracks


def _read_series(file: Path) -> dict[str, dict[float, float]]:
    """Return each song's ratings by time in seconds."""
    series: dict[str, dict[float, float]] = {}
    for line, row in read_rows(file):
        cells = [(name, cell) for name, cell in row.items() if name.startswith(SAMPLE) and cell]
        if not cells:
            raise DataError(f"{file}: line {line}: all values are missing")
        series[row["song_id"]] = {_parse_time(file, name): parse_number(file, line, cell) for name, cell in cells}
    return series


def _parse_time(file: Path, column: str) -> float:
    """Return the time in seconds that the name of a column holds."""
    try:
        return int(column.removeprefix(SAMPLE).removesuffix("ms")) / 1000
    except ValueError:
        raise DataError(f"{file}: column {column} has no time in its name") from None


def find_audio(folder: Path, songs: Collection[str]) -> list[Path]:
    """Find the audio file of each song.

    Parameters
    ----------
    folder : Path
        Contains a file for each song, named by its id, with any suffix.
    songs : collection of str
        Ids of the songs.

    Returns
    -------
    list of Path
        In the order of `songs`.

    Raises
    ------
    DataError
        If the folder or the file of a song is missing, or a song has several files.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such directory")
    wanted = set(songs)
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        song = file.stem
        if song in wanted and found.setdefault(song, file) != file:
            raise DataError(f"{folder}: both {found[song].name} and {file.name} match song {song}")
    if missing := [song for song in songs if song not in found]:
        raise DataError(f"{folder}: the audio of song {missing[0]} is missing")
    return [found[song] for song in songs]

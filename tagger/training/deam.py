"""DEAM's original annotations, with a fault of theirs found and mended.

In the published static annotations valence and arousal are exchanged for a part of the songs. Every song was
also rated while it played; these dynamic annotations tell which part it is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger.errors import DataError

STATIC, DYNAMIC = "static_annotations*.csv", ("valence.csv", "arousal.csv")
COLUMNS = ("valence_mean", "arousal_mean")
NEUTRAL = 5.0

CHANGE = 12.0
"""How much better the labels must fit, in log-likelihood, for one more change between right and exchanged."""

ROUNDS = 5
"""Of learning how static ratings follow from dynamic ones, and of parting the songs by it."""


def read(folder: Path) -> tuple[dict[str, tuple[float, float]], tuple[str, ...]]:
    """Read the mean valence and arousal of each song, on the scale of 1 to 9.

    Parameters
    ----------
    folder : Path
        Holds the files of static annotations, and ``valence.csv`` and ``arousal.csv`` with the dynamic ones.

    Returns
    -------
    ratings : dict of str to (float, float)
        By song id, in ascending order.
    notes : tuple of str
        What was mended, in sentences.

    Raises
    ------
    DataError
        If a file, a column or a number is missing, or a song is there twice.
    """
    static: dict[int, tuple[float, float]] = {}
    files = sorted(folder.glob(STATIC))
    if not files:
        raise DataError(f"{folder}: holds no {STATIC}")
    for file in files:
        for line, row in _rows(file, COLUMNS):
            song = int(_number(file, line, row["song_id"]))
            if song in static:
                raise DataError(f"{file}: line {line} has song {song} again")
            valence, arousal = (_number(file, line, row[column]) for column in COLUMNS)
            static[song] = valence, arousal
    dynamic = [_means(folder / name) for name in DYNAMIC]
    for song in static:
        for means, name in zip(dynamic, DYNAMIC, strict=True):
            if song not in means:
                raise DataError(f"{folder / name}: lacks song {song}")
    songs = sorted(static)
    given = np.array([static[song] for song in songs])
    exchanged = found_exchanged(given, np.array([[means[song] for means in dynamic] for song in songs]))
    given[exchanged] = given[exchanged][:, ::-1]
    notes = []
    for first, last in _runs(exchanged):
        count = last - first + 1
        notes.append(
            f"valence and arousal were exchanged for {count} songs, {songs[first]} to {songs[last]}, as their dynamic "
            "annotations show; they were put right"
        )
    return {str(song): (v, a) for song, (v, a) in zip(songs, given.tolist(), strict=True)}, tuple(notes)


def found_exchanged(static: np.ndarray, dynamic: np.ndarray) -> np.ndarray:
    """Tell for which songs the two static ratings are exchanged.

    The songs are held to be right or exchanged in long runs: of all such partings, that is taken under which static
    and dynamic ratings agree best, each change between runs costing `CHANGE`. How the one follows from the other is
    learnt on the way.

    Parameters
    ----------
    static, dynamic : numpy.ndarray, shape=(songs, 2)
        Valence and arousal as they are written, in the order of the songs, each on a scale of its own.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Of bool.
    """
    # Exchanged or not, both columns together have the same spread, so their scale is known before.
    told = NEUTRAL + dynamic / dynamic.std() * static.std()
    residuals = np.stack([static - told, static[:, ::-1] - told])
    exchanged = _parted(0.5 * np.square(residuals / static.std()).sum(axis=2).T)
    for _ in range(ROUNDS):
        right = np.where(exchanged[:, None], static[:, ::-1], static)
        design = np.column_stack([dynamic, np.ones(len(dynamic))])
        told = design @ np.linalg.lstsq(design, right, rcond=None)[0]
        precision = np.linalg.inv(np.cov((right - told).T))
        residuals = np.stack([static - told, static[:, ::-1] - told])
        exchanged = _parted(0.5 * np.einsum("ksi,ij,ksj->sk", residuals, precision, residuals))
    return exchanged


def _parted(costs: np.ndarray) -> np.ndarray:
    """Tell for which songs the second of two costs is to be paid, each change between the two costing as well."""
    best, came_from = costs[0], np.zeros((len(costs), 2), int)
    for place, cost in enumerate(costs[1:], 1):
        stay, change = best, best[::-1] + CHANGE
        came_from[place] = np.where(change < stay, [1, 0], [0, 1])
        best = np.minimum(stay, change) + cost
    states = np.empty(len(costs), int)
    state = int(best.argmin())
    for place in range(len(costs) - 1, -1, -1):
        states[place] = state
        state = came_from[place, state]
    return states == 1


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        yield int(first), int(end) - 1


def _means(file: Path) -> dict[int, float]:
    """Return the mean of each song's dynamic annotations."""
    means = {}
    for line, row in _rows(file, ()):
        values = [_number(file, line, cell) for name, cell in row.items() if name.startswith("sample_") and cell]
        if not values:
            raise DataError(f"{file}: line {line} lacks its values")
        means[int(_number(file, line, row["song_id"]))] = float(np.mean(values))
    return means


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or 'not a text file'})") from None
    rows = csv.reader(text.splitlines())
    header = [name.strip() for name in next(rows, [])]
    for column in ("song_id", *columns):
        if column not in header:
            raise DataError(f"{file}: lacks the column {column}")
    for line, row in enumerate(rows, 2):
        if len(row) < len(header) and columns:
            raise DataError(f"{file}: line {line} lacks a value")
        yield line, dict(zip(header, row, strict=False))


def _number(file: Path, line: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise DataError(f"{file}: line {line} holds a value that is no number") from None
    if not np.isfinite(value):
        raise DataError(f"{file}: line {line} lacks a value")
    return value

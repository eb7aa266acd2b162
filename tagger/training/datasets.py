"""Read the data sets, and say in one sentence what is wrong with one."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tagger.emotions import MOODS
from tagger.errors import DataError

SPELLINGS = {"amazed-suprised": "amazed-surprised", "angry-aggresive": "angry-aggressive"}
"""How the data set spells two of the moods."""


@dataclass(frozen=True)
class MoodsData:
    """The `emotions` data set: features (songs, 72), labels 0 or 1 (songs, 6), and the file's hash."""

    features: np.ndarray
    labels: np.ndarray
    sha256: str
    source: str


def digest(*files: Path) -> str:
    """Return the SHA-256 of files, one after the other, in hexadecimal."""
    hashed = hashlib.sha256()
    for file in files:
        hashed.update(file.read_bytes())
    return hashed.hexdigest()


def read_moods(path: Path, columns: Sequence[str]) -> MoodsData:
    """Read the `emotions` data set from ARFF, as Mulan publishes it, or from CSV.

    Parameters
    ----------
    path : Path
        The file: numeric features, then six labels of 0 or 1. A CSV may have a column of numbers before them.
    columns : sequence of str
        Names the features must have, in order.

    Raises
    ------
    DataError
        If the file cannot be read, lacks or adds a column, or holds a value that is none.
    """
    names, rows = (_csv if path.suffix.lower() == ".csv" else _arff)(path)
    expected = len(columns) + len(MOODS)
    missing = [c for c in columns if c not in names]
    if missing:
        raise DataError(f"{path}: lacks the column {missing[0]}")
    if len(names) != expected or tuple(names[: len(columns)]) != tuple(columns):
        raise DataError(f"{path}: has {len(names)} columns, not the {len(columns)} features and {len(MOODS)} labels")
    labels = [SPELLINGS.get(name, name) for name in names[len(columns) :]]
    if tuple(labels) != MOODS:
        wrong = next(label for label, mood in zip(labels, MOODS, strict=True) if label != mood)
        raise DataError(f"{path}: has the label {wrong} where {MOODS[labels.index(wrong)]} should be")
    table = np.array([_numbers(path, number, row, expected) for number, row in rows])
    if not len(table):
        raise DataError(f"{path}: holds no songs")
    features, given = table[:, : len(columns)], table[:, len(columns) :]
    if not np.isin(given, (0, 1)).all():
        raise DataError(f"{path}: has a label that is neither 0 nor 1")
    return MoodsData(features, given.astype(int), digest(path), path.name)


def _csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    rows = list(csv.reader(_text(path).splitlines()))
    if not rows:
        raise DataError(f"{path}: holds no songs")
    first = 1 if rows[0][0] in ("", "id", "song_id") else 0
    return rows[0][first:], [(number, row[first:]) for number, row in enumerate(rows[1:], 2)]


def _arff(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    names, rows, in_data = [], [], False
    for number, raw in enumerate(_text(path).splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        if in_data:
            rows.append((number, line.split(",")))
        elif line.lower().startswith("@attribute"):
            names.append(line.split(None, 2)[1].strip("'\""))
        in_data = in_data or line.lower().startswith("@data")
    if not in_data:
        raise DataError(f"{path}: not an ARFF file: it has no @data")
    return names, rows


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file") from None


def _numbers(path: Path, line: int, row: list[str], count: int) -> list[float]:
    try:
        values = [float(cell) for cell in row]
    except (TypeError, ValueError):  # A cell of a row that is too short is None.
        raise DataError(f"{path}: line {line} holds a value that is no number") from None
    if len(values) != count:
        raise DataError(f"{path}: line {line} has {len(values)} values instead of {count}")
    if not all(map(math.isfinite, values)):
        raise DataError(f"{path}: line {line} lacks a value")
    return values

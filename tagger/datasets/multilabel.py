"""Readers of multi-label data sets: tables of features and labels in ARFF or CSV files."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from tagger.emotions import MOODS
from tagger.errors import DataError
from tagger.io import regular

SPELLINGS = {"amazed-suprised": "amazed-surprised", "angry-aggresive": "angry-aggressive"}
"""Misspelt moods of the `emotions` data set, and their corrected spelling."""

MISSING = ("", "?", "nan")
"""Cells that stand for a missing value, in lower case."""

ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class MultilabelTable:
    """A multi-label data set as read; values may be missing.

    Attributes
    ----------
    columns, names : tuple of str
        Names of the features and of the labels.
    features : numpy.ndarray, shape=(rows, columns)
        NaN where a value is missing.
    labels : numpy.ndarray, shape=(rows, labels)
        0 or 1.
    lines : tuple of int
        Line number of each row in the file.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    features: np.ndarray
    labels: np.ndarray
    lines: tuple[int, ...]


@dataclass(frozen=True)
class MoodDataset:
    """The `emotions` data set.

    K. Trohidis et al., "Multi-label classification of music into emotions", ISMIR 2008.

    Attributes
    ----------
    features : numpy.ndarray, shape=(songs, 72)
    labels : numpy.ndarray, shape=(songs, 6)
        0 or 1, in the order of `tagger.emotions.MOODS`.
    sha256, source : str
        Hash and name of the file.
    """

    features: np.ndarray
    labels: np.ndarray
    sha256: str
    source: str


def sha256_of(*files: Path) -> str:
    """Return the SHA-256 of the concatenated contents of files.

    Parameters
    ----------
    *files : Path

    Returns
    -------
    str
        In hexadecimal.
    """
    hashed = hashlib.sha256()
    for file in files:
        hashed.update(regular.read_bytes(file))
    return hashed.hexdigest()


def read_table(path: Path, labels: Path | None = None) -> MultilabelTable:
    """Read a multi-label data set from an ARFF or CSV file.

    Parameters
    ----------
    path : Path
        Numeric features and labels of 0 or 1. A CSV file may have row numbers or song ids in its first column.
    labels : Path, optional
        Mulan's XML file with the names of the labels. Without it, the last six columns must be the moods.

    Returns
    -------
    MultilabelTable

    Raises
    ------
    DataError
        If a file cannot be read, a row has the wrong length, a cell is not a number, a label is neither 0 nor 1, a
        column name occurs twice, or a label has no column.
    """
    columns, rows = (_csv if path.suffix.lower() == ".csv" else _arff)(path)
    columns = [SPELLINGS.get(name, name) for name in columns]
    if duplicates := [name for name, count in Counter(columns).items() if count > 1]:
        raise DataError(f"{path}: duplicate column {duplicates[0]}")
    names = _mood_columns(path, columns) if labels is None else [SPELLINGS.get(n, n) for n in _xml_labels(labels)]
    if unknown := [name for name in names if name not in columns]:
        raise DataError(f"{labels}: label {unknown[0]} is not a column of {path.name}")
    if not rows:
        raise DataError(f"{path}: no songs found")
    table = np.array([_parse_row(path, line, row, len(columns)) for line, row in rows])
    label_columns = [columns.index(name) for name in names]
    feature_columns = [i for i in range(len(columns)) if i not in set(label_columns)]
    label_values = table[:, label_columns]
    if invalid := np.argwhere(~np.isin(label_values, (0, 1))).tolist():
        row, label = invalid[0]
        raise DataError(f"{path}: line {rows[row][0]}: label {names[label]} is neither 0 nor 1")
    lines = tuple(line for line, _ in rows)
    return MultilabelTable(
        tuple(columns[i] for i in feature_columns),
        tuple(names),
        table[:, feature_columns],
        label_values.astype(int),
        lines,
    )


def read_mood_dataset(path: Path, columns: Sequence[str], labels: Path | None = None) -> MoodDataset:
    """Read the `emotions` data set, and check that it is complete.

    Parameters
    ----------
    path, labels : Path
        As for `read_table`.
    columns : sequence of str
        Names of the features, in the order of the result.

    Returns
    -------
    MoodDataset

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing or unknown, a value is missing, or a song occurs twice.
    """
    table = read_table(path, labels)
    if missing := [c for c in columns if c not in table.columns]:
        raise DataError(f"{path}: column {missing[0]} is missing")
    if unknown := [c for c in table.columns if c not in columns]:
        raise DataError(f"{path}: column {unknown[0]} is not one of the features")
    if set(table.names) != set(MOODS):
        raise DataError(f"{path}: the labels are {', '.join(table.names)}, not the moods")
    features = table.features[:, [table.columns.index(c) for c in columns]]
    if incomplete := np.flatnonzero(np.isnan(features).any(axis=1)).tolist():
        raise DataError(f"{path}: line {table.lines[incomplete[0]]}: a value is missing")
    for rows in duplicate_rows(features):
        first, second = (table.lines[row] for row in rows[:2])
        raise DataError(f"{path}: lines {first} and {second} contain the same song")
    moods = table.labels[:, [table.names.index(mood) for mood in MOODS]]
    return MoodDataset(features, moods, sha256_of(path), path.name)


def _mood_columns(path: Path, columns: list[str]) -> list[str]:
    """Return the names of the last columns, after checking that they are the moods."""
    if missing := [mood for mood in MOODS if mood not in columns[-len(MOODS) :]]:
        raise DataError(f"{path}: label {missing[0]} is not among the last {len(MOODS)} columns")
    return columns[-len(MOODS) :]


def duplicate_rows(features: np.ndarray) -> list[list[int]]:
    """Find groups of equal rows.

    Parameters
    ----------
    features : numpy.ndarray, shape=(rows, columns)
        Without NaN.

    Returns
    -------
    list of list of int
        Indices of the rows of each group of two or more.
    """
    _, group, counts = np.unique(features, axis=0, return_inverse=True, return_counts=True)
    return [np.flatnonzero(group.ravel() == number).tolist() for number in np.flatnonzero(counts > 1)]


def _csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    rows = list(csv.reader(_text(path).splitlines()))
    if not rows:
        raise DataError(f"{path}: no songs found")
    first = 1 if rows[0][:1] in ([""], ["id"], ["song_id"]) else 0
    return rows[0][first:], [(number, row[first:]) for number, row in enumerate(rows[1:], 2)]


def _arff(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    names, rows, in_data = [], [], False
    for number, raw in enumerate(_text(path).splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        if in_data:
            rows.append((number, line.split(",")))
        elif match := ATTRIBUTE.match(line):
            names.append(match[1].strip("'\""))
        in_data = in_data or line.lower().startswith("@data")
    if not in_data:
        raise DataError(f"{path}: not an ARFF file (@data is missing)")
    return names, rows


def _xml_labels(path: Path) -> list[str]:
    """Return the names of the labels from one of Mulan's XML files."""
    text = _text(path)
    if "<!" in text.replace("<!--", ""):
        # The format does not use entities, and nested entities can exhaust the memory.
        raise DataError(f"{path}: document type declarations are not allowed")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DataError(f"{path}: not an XML file ({error})") from None
    names = [node.get("name", "") for node in root.iter() if node.tag.rpartition("}")[2] == "label"]
    if not all(names) or not names:
        raise DataError(f"{path}: no labels found")
    return names


def _text(path: Path) -> str:
    try:
        return regular.read_text(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file") from None


def _parse_row(path: Path, line: int, row: list[str], count: int) -> list[float]:
    if len(row) != count:
        raise DataError(f"{path}: line {line} has {len(row)} values instead of {count}")
    try:
        values = [math.nan if cell.strip().lower() in MISSING else float(cell) for cell in row]
    except ValueError:
        raise DataError(f"{path}: line {line}: a value is not a number") from None
    if any(map(math.isinf, values)):
        raise DataError(f"{path}: line {line}: a value is not finite")
    return values

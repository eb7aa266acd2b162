"""Multi-label data sets: tables of features and labels, read from ARFF or CSV, or refused in one sentence."""

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

from tagger import regular
from tagger.emotions import MOODS
from tagger.errors import DataError

SPELLINGS = {"amazed-suprised": "amazed-surprised", "angry-aggresive": "angry-aggressive"}
"""How the data set spells two of the moods."""

MISSING = ("", "?", "nan")
"""How a value that is not there is written."""

ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A multi-label data set as it is, with what it lacks.

    Attributes
    ----------
    columns, names : tuple of str
        Of the features, and of the labels.
    features : numpy.ndarray, shape=(rows, columns)
        NaN where a value is missing.
    labels : numpy.ndarray, shape=(rows, labels)
        0 or 1.
    lines : tuple of int
        Where each row stands in the file.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    features: np.ndarray
    labels: np.ndarray
    lines: tuple[int, ...]


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
        hashed.update(regular.read_bytes(file))
    return hashed.hexdigest()


def read_table(path: Path, labels: Path | None = None) -> Table:
    """Read a multi-label data set from ARFF or CSV.

    Parameters
    ----------
    path : Path
        Numeric features, and labels of 0 or 1. A CSV may have a column of numbers before them.
    labels : Path, optional
        Mulan's XML file that names the labels; without it, the last six columns are the moods.

    Raises
    ------
    DataError
        If a file cannot be read, a row is too short or long, a cell is no number, a label is neither 0 nor 1, or
        columns of one name or none of a label's are there.
    """
    columns, rows = (_csv if path.suffix.lower() == ".csv" else _arff)(path)
    columns = [SPELLINGS.get(name, name) for name in columns]
    if twice := [name for name, count in Counter(columns).items() if count > 1]:
        raise DataError(f"{path}: has two columns {twice[0]}")
    names = _moods(path, columns) if labels is None else [SPELLINGS.get(n, n) for n in _xml_labels(labels)]
    if unknown := [name for name in names if name not in columns]:
        raise DataError(f"{labels}: names the label {unknown[0]}, which {path.name} does not have")
    if not rows:
        raise DataError(f"{path}: holds no songs")
    table = np.array([_numbers(path, line, row, len(columns)) for line, row in rows])
    own = [columns.index(name) for name in names]
    features = [i for i in range(len(columns)) if i not in set(own)]
    given = table[:, own]
    if wrong := np.argwhere(~np.isin(given, (0, 1))).tolist():
        row, label = wrong[0]
        raise DataError(f"{path}: line {rows[row][0]} has a label {names[label]} that is neither 0 nor 1")
    lines = tuple(line for line, _ in rows)
    return Table(tuple(columns[i] for i in features), tuple(names), table[:, features], given.astype(int), lines)


def read_moods(path: Path, columns: Sequence[str], labels: Path | None = None) -> MoodsData:
    """Read the `emotions` data set, complete and with nothing else in it.

    Parameters
    ----------
    path, labels : Path
        As for `read_table`.
    columns : sequence of str
        Names the features must have.

    Raises
    ------
    DataError
        If the file cannot be read, lacks or adds a column, lacks a value, or has a song twice.
    """
    table = read_table(path, labels)
    if missing := [c for c in columns if c not in table.columns]:
        raise DataError(f"{path}: lacks the column {missing[0]}")
    if unknown := [c for c in table.columns if c not in columns]:
        raise DataError(f"{path}: has the column {unknown[0]}, which is none of the features")
    if set(table.names) != set(MOODS):
        raise DataError(f"{path}: its labels are {', '.join(table.names)}, and not the moods")
    features = table.features[:, [table.columns.index(c) for c in columns]]
    if lacking := np.flatnonzero(np.isnan(features).any(axis=1)).tolist():
        raise DataError(f"{path}: line {table.lines[lacking[0]]} lacks a value")
    for rows in duplicates(features):
        first, second = (table.lines[row] for row in rows[:2])
        raise DataError(f"{path}: lines {first} and {second} hold the same song")
    moods = table.labels[:, [table.names.index(mood) for mood in MOODS]]
    return MoodsData(features, moods, digest(path), path.name)


def _moods(path: Path, columns: list[str]) -> list[str]:
    """Return the names of the last columns, which are the moods where no file of labels says otherwise."""
    if lost := [mood for mood in MOODS if mood not in columns[-len(MOODS) :]]:
        raise DataError(f"{path}: lacks the label {lost[0]} among its last {len(MOODS)} columns")
    return columns[-len(MOODS) :]


def duplicates(features: np.ndarray) -> list[list[int]]:
    """Return the rows that are equal to another one, together."""
    _, group, counts = np.unique(features, axis=0, return_inverse=True, return_counts=True)
    return [np.flatnonzero(group.ravel() == number).tolist() for number in np.flatnonzero(counts > 1)]


def _csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    rows = list(csv.reader(_text(path).splitlines()))
    if not rows:
        raise DataError(f"{path}: holds no songs")
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
        elif found := ATTRIBUTE.match(line):
            names.append(found[1].strip("'\""))
        in_data = in_data or line.lower().startswith("@data")
    if not in_data:
        raise DataError(f"{path}: not an ARFF file: it has no @data")
    return names, rows


def _xml_labels(path: Path) -> list[str]:
    """Return the labels that one of Mulan's XML files names."""
    text = _text(path)
    if "<!" in text.replace("<!--", ""):
        # Entities can be made to grow without end; the format has none.
        raise DataError(f"{path}: declares a document type, which a file of labels does not")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise DataError(f"{path}: not an XML file ({error})") from None
    names = [node.get("name", "") for node in root.iter() if node.tag.rpartition("}")[2] == "label"]
    if not all(names) or not names:
        raise DataError(f"{path}: names no labels")
    return names


def _text(path: Path) -> str:
    try:
        return regular.read_text(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file") from None


def _numbers(path: Path, line: int, row: list[str], count: int) -> list[float]:
    if len(row) != count:
        raise DataError(f"{path}: line {line} has {len(row)} values instead of {count}")
    try:
        values = [math.nan if cell.strip().lower() in MISSING else float(cell) for cell in row]
    except ValueError:
        raise DataError(f"{path}: line {line} holds a value that is no number") from None
    if any(map(math.isinf, values)):
        raise DataError(f"{path}: line {line} holds a value that is not finite")
    return values

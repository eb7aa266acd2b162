"""The summary of a multi-label data set as text for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from tagger.datasets.summary import DatasetSummary
from tagger.report.text.wording import count_noun

MAX_SETS = 5
MAX_PAIRS = 10
"""Rows of the tables in the text; the page and the JSON have more."""

MAX_MATRIX_LABELS = 12
"""Labels of a co-occurrence matrix that fits the width of a terminal."""


def text(name: str, data: DatasetSummary) -> str:
    """Return the summary as text of one or two screens.

    Parameters
    ----------
    name : str
        Of the data set.
    data : DatasetSummary

    Returns
    -------
    str
    """
    heading = f"{name}: {dimensions(data)}"
    facts = [f"{name:18} {figure}" for name, figure in overview(data)]
    blocks = [[heading], facts, _labels(data), _label_sets(data), _cooccurrence(data), _correlated(data)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def dimensions(data: DatasetSummary) -> str:
    """Return the numbers of songs, features and labels.

    Parameters
    ----------
    data : DatasetSummary

    Returns
    -------
    str
    """
    songs, columns = data.table.features.shape
    return f"{songs} songs, {columns} features, {len(data.table.names)} labels"


def overview(data: DatasetSummary) -> list[tuple[str, str]]:
    """Return figures of the data set as a whole.

    Parameters
    ----------
    data : DatasetSummary

    Returns
    -------
    list of tuple of str
        Name and value of each figure.
    """
    songs = len(data.table.labels)
    incomplete = int(np.isnan(data.table.features).any(axis=1).sum())
    unlabelled = int((data.table.labels.sum(axis=1) == 0).sum())
    rare_sets = int((data.set_counts < 5).sum())
    duplicates = f"{sum(len(rows) - 1 for rows in data.duplicates)}"
    constant = ", ".join(data.table.columns[i] for i in data.constant[:MAX_PAIRS])
    constant_names = f" ({constant})" if constant else ""
    missing_in = f", in {count_noun(incomplete, 'song')}" if incomplete else ""
    if data.duplicates:
        duplicates += f", {data.contradicting} of {len(data.duplicates)} groups with different labels"
    return [
        ("missing values", f"{data.missing.sum()}{missing_in}"),
        ("duplicated songs", duplicates),
        ("constant features", f"{len(data.constant)}{constant_names}"),
        ("unlabelled songs", f"{unlabelled}"),
        ("label sets", f"{len(data.sets)}, {rare_sets} of them with fewer than 5 songs"),
        ("cardinality", f"{data.cardinality:.3f} labels per song"),
        ("density", f"{data.density:.3f} of {songs} songs x {len(data.table.names)} labels"),
        (f"correlated > {data.limit:g}", f"{count_noun(len(data.pairs), 'pair')} of features; {kept_features(data)}"),
    ]


def kept_features(data: DatasetSummary) -> str:
    """Return how many features remain without the second of each correlated pair, as a phrase.

    Parameters
    ----------
    data : DatasetSummary

    Returns
    -------
    str
    """
    return f"keeping the first of each leaves {len(data.kept)} of {len(data.table.columns)} features"


def best_feature(data: DatasetSummary, label: int) -> tuple[str, str]:
    """Return the feature that separates the songs with a label best from the others, and its AUC.

    Parameters
    ----------
    data : DatasetSummary
    label : int
        Index of the label.

    Returns
    -------
    tuple of str
        Two dashes if no feature separates them.
    """
    feature = int(data.separation[:, label].argmax())
    if not data.separation[feature, label]:
        return "-", "-"
    return data.table.columns[feature], format_auc(data.auc[feature, label])


def format_auc(value: float) -> str:
    """Return an AUC with two decimals, or a dash for NaN.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return "-" if np.isnan(value) else f"{value:.2f}"


def label_names(data: DatasetSummary, labels: np.ndarray) -> list[str]:
    """Return the names of a set of labels.

    Parameters
    ----------
    data : DatasetSummary
    labels : numpy.ndarray, shape=(labels,)
        1 for each label in the set, else 0.

    Returns
    -------
    list of str
    """
    return [name for name, present in zip(data.table.names, labels, strict=True) if present]


def label_rows(data: DatasetSummary, decimals: int) -> list[tuple[str, ...]]:
    """Return the table of the labels, each with the feature that separates its songs best from the others.

    Parameters
    ----------
    data : DatasetSummary
    decimals : int
        Of the share of the songs.

    Returns
    -------
    list of tuple of str
        The first row has the names of the columns.
    """
    counts, songs = data.cooccurrence.diagonal(), len(data.table.labels)
    rows: list[tuple[str, ...]] = [("label", "songs", "share", "AUC", "best single feature")]
    for i, label in enumerate(data.table.names):
        feature, value = best_feature(data, i)
        rows.append((label, f"{counts[i]}", f"{counts[i] / songs:.{decimals}f}", value, feature))
    return rows


def _labels(data: DatasetSummary) -> list[str]:
    return [
        *align_columns(label_rows(data, 2), right=(1, 2, 3)),
        "(AUC below 0.5: songs with the label have lower values of the feature)",
    ]


def _label_sets(data: DatasetSummary) -> list[str]:
    rows = [("songs", "label set")]
    for labels, songs in list(zip(data.sets, data.set_counts, strict=True))[:MAX_SETS]:
        rows.append((f"{songs}", ", ".join(label_names(data, labels)) or "(none)"))
    if len(data.sets) > MAX_SETS:
        rows.append((f"{data.set_counts[MAX_SETS:].sum()}", f"({len(data.sets) - MAX_SETS} other sets)"))
    return align_columns(rows, right=(0,))


def _cooccurrence(data: DatasetSummary) -> list[str]:
    """Return the co-occurrence matrix of the labels, or the most frequent pairs if it is too wide for a terminal."""
    names = data.table.names
    if len(names) <= MAX_MATRIX_LABELS:
        rows = [("songs with both labels", *(f"{i}" for i in range(1, len(names) + 1)))]
        rows += [(f"{i} {name}", *map(str, data.cooccurrence[i - 1])) for i, name in enumerate(names, 1)]
        return align_columns(rows, right=range(1, len(names) + 1))
    first, second = np.triu_indices(len(names), 1)
    counts = data.cooccurrence[first, second]
    order = np.argsort(-counts, kind="stable")[:MAX_PAIRS]
    return align_columns(
        [("songs", "labels"), *((f"{counts[i]}", f"{names[first[i]]}, {names[second[i]]}") for i in order)],
        right=(0,),
    )


def _correlated(data: DatasetSummary) -> list[str]:
    rows = [("r", "most correlated features", "")]
    for first, second in data.pairs[:MAX_PAIRS]:
        names = data.table.columns[first], data.table.columns[second]
        rows.append((f"{data.correlations[first, second]:+.3f}", *names))
    if len(data.pairs) > MAX_PAIRS:
        rows.append(("", f"({len(data.pairs) - MAX_PAIRS} more above {data.limit:g})", ""))
    return align_columns(rows, right=(0,)) if len(data.pairs) else []


def align_columns(rows: Sequence[tuple[str, ...]], right: Collection[int]) -> list[str]:
    """Return the lines of a table with columns of equal width, separated by two spaces.

    Parameters
    ----------
    rows : sequence of tuple of str
    right : collection of int
        Indices of the columns that are aligned to the right.

    Returns
    -------
    list of str
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))] for r in rows
    ]
    return ["  ".join(row).rstrip() for row in cells]


def as_json(name: str, data: DatasetSummary) -> dict[str, Any]:
    """Return all figures of the summary, as values that JSON can hold.

    Parameters
    ----------
    name : str
        Of the data set.
    data : DatasetSummary

    Returns
    -------
    dict
        Songs are identified by their line in the file.
    """
    table, counts = data.table, data.cooccurrence.diagonal().tolist()
    columns, kept = table.columns, set(data.kept.tolist())
    r = [float(data.correlations[i, j]) for i, j in data.pairs]
    return {
        "data": name,
        "songs": len(table.labels),
        "features": len(columns),
        "labels": dict(zip(table.names, counts, strict=True)),
        "missing": {columns[i]: int(data.missing[i]) for i in np.flatnonzero(data.missing)},
        "duplicates": [[table.lines[row] for row in rows] for rows in data.duplicates],
        "constant": [columns[i] for i in data.constant],
        "cardinality": data.cardinality,
        "density": data.density,
        "label_sets": [
            {"labels": label_names(data, labels), "songs": int(count)}
            for labels, count in zip(data.sets, data.set_counts, strict=True)
        ],
        "together": data.cooccurrence.tolist(),
        "correlated": {
            "above": data.limit,
            "pairs": [{"features": [columns[i], columns[j]], "r": x} for (i, j), x in zip(data.pairs, r, strict=True)],
            "kept": [columns[i] for i in data.kept],
            "dropped": [name for i, name in enumerate(columns) if i not in kept],
        },
        "auc": {
            columns[i]: {
                label: None if np.isnan(x) else float(x) for label, x in zip(table.names, data.auc[i], strict=True)
            }
            for i in data.order
        },
    }

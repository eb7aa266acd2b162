"""What a multi-label data set is like, as text for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from tagger.datasets.summary import DatasetSummary

MOST_SETS = 5
MOST_PAIRS = 10
"""Lines of the text; the page and JSON have all."""


def text(name: str, found: DatasetSummary) -> str:
    """Return the figures in a screen or two."""
    songs, columns = found.table.features.shape
    heading = f"{name}: {songs} songs, {columns} features, {len(found.table.names)} labels"
    facts = [f"{what:18} {figure}" for what, figure in summary(found)]
    blocks = [[heading], facts, _labels(found), _sets(found), _together(found), _correlated(found)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def summary(found: DatasetSummary) -> list[tuple[str, str]]:
    """Return what is said of the whole data set: what, and how much."""
    songs = len(found.table.labels)
    lacking = int(np.isnan(found.table.features).any(axis=1).sum())
    empty = int((found.table.labels.sum(axis=1) == 0).sum())
    few = int((found.set_counts < 5).sum())
    equal = f"{sum(len(rows) - 1 for rows in found.duplicates)}"
    constant = ", ".join(found.table.columns[i] for i in found.constant[:MOST_PAIRS])
    if found.duplicates:
        equal += f", {found.contradicting} of {len(found.duplicates)} groups with different labels"
    return [
        ("missing values", f"{found.missing.sum()}" + f", in {lacking} songs" * bool(lacking)),
        ("duplicated songs", equal),
        ("constant features", f"{len(found.constant)}" + f" ({constant})" * bool(constant)),
        ("unlabelled songs", f"{empty}"),
        ("sets of labels", f"{len(found.sets)}, {few} of them with fewer than 5 songs"),
        ("cardinality", f"{found.cardinality:.3f} labels a song"),
        ("density", f"{found.density:.3f} ({songs} songs by {len(found.table.names)} labels)"),
        (f"correlated > {found.limit:g}", f"{len(found.pairs)} pairs of features; {left(found)}"),
    ]


def left(found: DatasetSummary) -> str:
    """Return in words what is left without correlated features."""
    return f"{len(found.kept)} of {len(found.table.columns)} features are left without those like an earlier one"


def best(found: DatasetSummary, label: int) -> tuple[str, str]:
    """Return the feature that parts the songs with a label from the others best, and its AUC; dashes if none does."""
    feature = int(found.separation[:, label].argmax())
    if not found.separation[feature, label]:
        return "-", "-"
    return found.table.columns[feature], auc(found.auc[feature, label])


def auc(value: float) -> str:
    """Return an AUC as it is printed; a dash where there is none."""
    return "-" if np.isnan(value) else f"{value:.2f}"


def named(found: DatasetSummary, given: np.ndarray) -> list[str]:
    """Return the names of a set of labels."""
    return [name for name, on in zip(found.table.names, given, strict=True) if on]


def _labels(found: DatasetSummary) -> list[str]:
    counts, songs = found.cooccurrence.diagonal(), len(found.table.labels)
    rows = [("label", "songs", "share", "AUC", "of the feature that tells it best")]
    for i, label in enumerate(found.table.names):
        feature, value = best(found, i)
        rows.append((label, f"{counts[i]}", f"{counts[i] / songs:.2f}", value, feature))
    return [*aligned(rows, right=(1, 2, 3)), "(an AUC below 0.5: songs with the label have less of the feature)"]


def _sets(found: DatasetSummary) -> list[str]:
    rows = [("songs", "set of labels")]
    for given, count in list(zip(found.sets, found.set_counts, strict=True))[:MOST_SETS]:
        rows.append((f"{count}", ", ".join(named(found, given)) or "(none)"))
    if len(found.sets) > MOST_SETS:
        rows.append((f"{found.set_counts[MOST_SETS:].sum()}", f"({len(found.sets) - MOST_SETS} other sets)"))
    return aligned(rows, right=(0,))


def _together(found: DatasetSummary) -> list[str]:
    """Return the label matrix; where it is too wide for a terminal, the pairs that are together most often."""
    names = found.table.names
    if len(names) <= 12:
        rows = [("songs with both", *(f"{i}" for i in range(1, len(names) + 1)))]
        rows += [(f"{i} {name}", *map(str, found.cooccurrence[i - 1])) for i, name in enumerate(names, 1)]
        return aligned(rows, right=range(1, len(names) + 1))
    first, second = np.triu_indices(len(names), 1)
    counts = found.cooccurrence[first, second]
    most = np.argsort(-counts, kind="stable")[:MOST_PAIRS]
    return aligned(
        [("songs", "with both"), *((f"{counts[i]}", f"{names[first[i]]}, {names[second[i]]}") for i in most)],
        right=(0,),
    )


def _correlated(found: DatasetSummary) -> list[str]:
    rows = [("r", "features that correlate most", "")]
    for first, second in found.pairs[:MOST_PAIRS]:
        names = found.table.columns[first], found.table.columns[second]
        rows.append((f"{found.correlations[first, second]:+.3f}", *names))
    if len(found.pairs) > MOST_PAIRS:
        rows.append(("", f"({len(found.pairs) - MOST_PAIRS} more above {found.limit:g})", ""))
    return aligned(rows, right=(0,)) if len(found.pairs) else []


def aligned(rows: Sequence[tuple[str, ...]], right: Collection[int]) -> list[str]:
    """Return lines of columns, some of them set to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))] for r in rows
    ]
    return ["  ".join(row).rstrip() for row in cells]


def as_json(name: str, found: DatasetSummary) -> dict[str, Any]:
    """Return all figures; rows of the data set are told by their line in the file."""
    table, counts = found.table, found.cooccurrence.diagonal().tolist()
    columns, kept = table.columns, set(found.kept.tolist())
    r = [float(found.correlations[i, j]) for i, j in found.pairs]
    return {
        "data": name,
        "songs": len(table.labels),
        "features": len(columns),
        "labels": dict(zip(table.names, counts, strict=True)),
        "missing": {columns[i]: int(found.missing[i]) for i in np.flatnonzero(found.missing)},
        "duplicates": [[table.lines[row] for row in rows] for rows in found.duplicates],
        "constant": [columns[i] for i in found.constant],
        "cardinality": found.cardinality,
        "density": found.density,
        "label_sets": [
            {"labels": named(found, given), "songs": int(count)}
            for given, count in zip(found.sets, found.set_counts, strict=True)
        ],
        "together": found.cooccurrence.tolist(),
        "correlated": {
            "above": found.limit,
            "pairs": [{"features": [columns[i], columns[j]], "r": x} for (i, j), x in zip(found.pairs, r, strict=True)],
            "kept": [columns[i] for i in found.kept],
            "dropped": [name for i, name in enumerate(columns) if i not in kept],
        },
        "auc": {
            columns[i]: {
                label: None if np.isnan(x) else float(x) for label, x in zip(table.names, found.auc[i], strict=True)
            }
            for i in found.order
        },
    }

"""The results of an evaluation as a table for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tagger.evaluation.calibration import ReliabilityBin
from tagger.evaluation.results import Cell, Evaluation, ModelResult
from tagger.report.text.wording import count_noun

MODELS_PER_TABLE = 4
"""Columns of figures that fit the width of a terminal."""

RELIABILITY_COLUMNS = ("probability of", "predicted", "observed", "predictions")
"""Columns of a table of reliability: the label, and the values of `ReliabilityBin`."""


def table(evaluation: Evaluation) -> str:
    """Return the mean and standard error over the seeds as a table with a row per metric and a column per model.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    str
        A model with data leakage is marked with an asterisk, which is explained below the table. Further tables and the
        reliability of each model follow.
    """
    seeds = count_noun(evaluation.seeds, "seed")
    blocks = [f"{evaluation.protocol} on {evaluation.data}, {seeds}: mean +- standard error"]
    for start in range(0, len(evaluation.models), MODELS_PER_TABLE):
        blocks.append(_columns(evaluation.models[start : start + MODELS_PER_TABLE]))
    leaks = dict.fromkeys(f"* leaks: {model.leak}" for model in evaluation.models if model.leak)
    blocks += ["\n".join(lines) for lines in (leaks, evaluation.notes) if lines]
    blocks += [_titled(extra.title, extra.columns, extra.rows) for extra in evaluation.tables]
    for model in evaluation.models:
        if model.reliability:
            rows = [(name, *row) for name, row in reliability_rows(model.reliability)]
            blocks.append(_titled(f"Reliability of {model.name}", RELIABILITY_COLUMNS, rows))
    return "\n\n".join(blocks)


def reliability_rows(
    reliability: Mapping[str, Sequence[ReliabilityBin]],
) -> Iterator[tuple[str, tuple[float, float, int]]]:
    """Yield the rows of a table of reliability.

    Parameters
    ----------
    reliability : mapping of str to sequence of ReliabilityBin

    Yields
    ------
    str
        Name of the label.
    tuple of (float, float, int)
        Predicted probability, observed share and number of predictions.
    """
    for name, bins in reliability.items():
        for bin_ in bins:
            yield name, (bin_.predicted, bin_.observed, bin_.count)


def _titled(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table with a title; columns of numbers are aligned to the right."""
    numeric = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(columns))]
    cells = [columns, *([format_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([f"{title}:", *lines])


def format_cell(cell: Cell) -> str:
    """Return a cell of a table as text.

    Parameters
    ----------
    cell : str, int or float

    Returns
    -------
    str
        A float has four decimals.
    """
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _columns(models: list[ModelResult]) -> str:
    metrics = dict.fromkeys(metric for model in models for metric in model.figures)
    heads = [f"{model.name} *" if model.leak else model.name for model in models]
    widths = [max(16, len(head)) for head in heads]
    label_width = max(map(len, metrics))
    lines = ["  ".join([" " * label_width, *(head.rjust(width) for head, width in zip(heads, widths, strict=True))])]
    for metric in metrics:
        cells = [format_figure(model, metric).rjust(width) for model, width in zip(models, widths, strict=True)]
        lines.append("  ".join([metric.ljust(label_width), *cells]))
    return "\n".join(lines)


def format_figure(model: ModelResult, metric: str) -> str:
    """Return the figure of a metric with its standard error, or a dash if the model has none.

    Parameters
    ----------
    model : ModelResult
    metric : str

    Returns
    -------
    str
        Such as ``0.5012 +- 0.0031``.
    """
    figure = model.figures.get(metric)
    return "-" if figure is None else f"{figure['mean']:.4f} +- {figure['se']:.4f}"


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the results without the predictions for single songs, as values that JSON can hold.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    dict
    """
    return {
        "protocol": evaluation.protocol,
        "data": evaluation.data,
        "seeds": evaluation.seeds,
        "models": [
            {
                "name": model.name,
                "leak": model.leak or None,
                "figures": model.figures,
                "confusions": {
                    name: {"classes": list(confusion.classes), "counts": confusion.counts.tolist()}
                    for name, confusion in model.confusions.items()
                },
                "reliability": {name: [asdict(bin_) for bin_ in bins] for name, bins in model.reliability.items()},
            }
            for model in evaluation.models
        ],
        "notes": list(evaluation.notes),
        "tables": [
            {"title": extra.title, "columns": list(extra.columns), "rows": [list(row) for row in extra.rows]}
            for extra in evaluation.tables
        ],
    }

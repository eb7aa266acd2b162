"""The results of an evaluation as a table for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from tagger.evaluation.results import Evaluation, ModelResult
from tagger.report.text.wording import count_noun

MODELS_PER_TABLE = 4
"""Columns of figures that fit the width of a terminal."""


def table(evaluation: Evaluation) -> str:
    """Return the mean and standard error over the seeds as a table with a row per metric and a column per model.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    str
        A model with data leakage is marked with an asterisk, which is explained below the table.
    """
    seeds = count_noun(evaluation.seeds, "seed")
    blocks = [f"{evaluation.protocol} on {evaluation.data}, {seeds}: mean +- standard error"]
    for start in range(0, len(evaluation.models), MODELS_PER_TABLE):
        blocks.append(_columns(evaluation.models[start : start + MODELS_PER_TABLE]))
    leaks = dict.fromkeys(f"* leaks: {model.leak}" for model in evaluation.models if model.leak)
    return "\n\n".join([*blocks, *("\n".join(lines) for lines in (leaks, evaluation.notes) if lines)])


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
            }
            for model in evaluation.models
        ],
        "notes": list(evaluation.notes),
    }

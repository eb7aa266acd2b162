"""What evaluating models gave, as a table for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from tagger.evaluation.results import Evaluation, ModelResult

SIDE_BY_SIDE = 4
"""Models that stand beside each other in a table a terminal has room for."""


def table(evaluation: Evaluation) -> str:
    """Return the figures, a line each metric and a column each model: mean and standard error over the seeds.

    A model whose figures leak is marked, and why is said below.
    """
    blocks = [f"{evaluation.protocol} on {evaluation.data}, {evaluation.seeds} seeds: mean +- standard error"]
    for start in range(0, len(evaluation.models), SIDE_BY_SIDE):
        blocks.append(_columns(evaluation.models[start : start + SIDE_BY_SIDE]))
    leaks = dict.fromkeys(f"* leaks: {model.leak}" for model in evaluation.models if model.leak)
    return "\n\n".join([*blocks, *("\n".join(lines) for lines in (leaks, evaluation.notes) if lines)])


def _columns(models: list[ModelResult]) -> str:
    metrics = dict.fromkeys(metric for model in models for metric in model.figures)
    heads = [model.name + " *" * bool(model.leak) for model in models]
    widths = [max(16, len(head)) for head in heads]
    first = max(map(len, metrics))
    lines = ["  ".join([" " * first, *(head.rjust(width) for head, width in zip(heads, widths, strict=True))])]
    for metric in metrics:
        cells = [figure(model, metric).rjust(width) for model, width in zip(models, widths, strict=True)]
        lines.append("  ".join([metric.ljust(first), *cells]))
    return "\n".join(lines)


def figure(model: ModelResult, metric: str) -> str:
    """Return one figure with its standard error; a dash where the model has none."""
    found = model.figures.get(metric)
    return "-" if found is None else f"{found['mean']:.4f} +- {found['se']:.4f}"


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return all that was measured but the single predictions, as JSON has it."""
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

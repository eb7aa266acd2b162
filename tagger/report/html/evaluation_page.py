"""The results of an evaluation as an HTML page."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from tagger.evaluation import results
from tagger.evaluation.calibration import ReliabilityBin, calibration_error
from tagger.evaluation.results import Comparison, Confusion, Evaluation, ModelResult
from tagger.report.html import page
from tagger.report.html.page import Paragraph, Part, Plot, Section, Table, escape_markup
from tagger.report.text.evaluation_table import RELIABILITY_COLUMNS, format_cell, format_figure, reliability_rows
from tagger.report.text.wording import count_noun

PLOTS_PER_ROW = 2
MAX_CLASSES_IN_ROW = 4
"""Confusion matrices of more classes have a row of their own."""

MAX_POINTS = 2000
"""Points of one plot; of more songs, a random sample is drawn."""


def html(evaluation: Evaluation) -> str:
    """Return a page with the figures and tables of all models, and the confusions, predictions and calibration of each.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    str

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    lead = f"Mean and standard error over {count_noun(evaluation.seeds, 'seed')}."
    sections = [_figures(evaluation)]
    if evaluation.tables:
        sections.append(Section("Tables", [_table(table) for table in evaluation.tables]))
    sections += [_model(m) for m in evaluation.models if m.confusions or m.comparisons or m.reliability]
    return page.html(f"{evaluation.protocol} on {evaluation.data}", lead, sections)


def _figures(evaluation: Evaluation) -> Section:
    models = evaluation.models
    leaking = [i for i, model in enumerate(models, 1) if model.leak]
    rows = [
        (metric, *(_figure(model, metric) for model in models))
        for metric in dict.fromkeys(metric for model in models for metric in model.figures)
    ]
    head = ("metric", *(f"{model.name} (leaks)" if model.leak else model.name for model in models))
    caption = "Figures of each model."
    if leaking:
        caption += " Figures inflated by data leakage are marked; those without leakage are in the next column."
    warnings = [Paragraph(_leak_warning(*pair), warning=True) for pair in _leaking_pairs(models)]
    table = Table(caption, head, rows, leaking=leaking)
    return Section("Figures", [table, *warnings, *map(Paragraph, evaluation.notes)])


def _table(table: results.Table) -> Table:
    return Table(f"{table.title}.", table.columns, [[format_cell(cell) for cell in row] for row in table.rows])


def _figure(model: ModelResult, metric: str) -> str:
    return format_figure(model, metric).replace("+-", "±")


def _leaking_pairs(models: list[ModelResult]) -> list[tuple[ModelResult, ModelResult | None]]:
    """Return the models with data leakage, each with the model after it if that is the same without leakage."""
    return [
        (model, following if following and not following.leak else None)
        for model, following in pairwise([*models, None])
        if model and model.leak
    ]


def _leak_warning(model: ModelResult, honest: ModelResult | None) -> str:
    """Return the reason of a data leakage, and the first figure with and without it."""
    reason = f"Data leakage inflates the figures of {model.name}: {model.leak.rstrip('.')}."
    shared = [metric for metric in model.figures if honest and metric in honest.figures]
    if not honest or not shared:
        return reason
    inflated, figure = (_figure(m, shared[0]) for m in (model, honest))
    return f"{reason} Its {shared[0]} is {inflated}; without leakage it is {figure} ({honest.name})."


def _model(model: ModelResult) -> Section:
    parts: list[Part] = []
    if model.leak:
        parts.append(Paragraph(f"Data leakage inflates these figures: {model.leak.rstrip('.')}.", warning=True))
    if model.confusions:
        caption = (
            "Number of songs by true class (rows) and predicted class (columns), over all seeds. "
            "The colour is the share of the row."
        )
        classes = max(len(confusion.classes) for confusion in model.confusions.values())
        per_row, height = (1, 120 + 22 * classes) if classes > MAX_CLASSES_IN_ROW else (PLOTS_PER_ROW, 240)
        parts.append(_subplots(caption, model.confusions, _confusion, per_row, height))
    if model.comparisons:
        caption = "Predicted and annotated value of each song; the line is where they are equal."
        if any(len(c.annotated) > MAX_POINTS for c in model.comparisons.values()):
            caption += f" A random sample of {MAX_POINTS} songs is shown; R2 is over all songs."
        parts.append(_subplots(caption, model.comparisons, _comparison, PLOTS_PER_ROW, 420))
    if model.reliability:
        caption = (
            "Share of predictions that are true, by predicted probability; calibrated probabilities are on the line. "
            "Larger markers have more predictions."
        )
        parts.append(_subplots(caption, model.reliability, _reliability, PLOTS_PER_ROW, 420))
        rows = [(name, *map(format_cell, row)) for name, row in reliability_rows(model.reliability)]
        parts.append(Table("Values of the diagrams", RELIABILITY_COLUMNS, rows, folded=True))
    return Section(model.name, parts)


Subplot = tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]
"""Traces, x axis, y axis, and a suffix of the title."""


def _subplots(caption: str, results: dict[str, Any], draw: Callable[[Any], Subplot], per_row: int, height: int) -> Plot:
    """Return one plot with a subplot, `height` pixels high, for each result."""
    per_row = min(per_row, len(results))
    rows = ceil(len(results) / per_row)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 60 + height * rows,
        "showlegend": False,
        "margin": {"t": 40, "r": 10, "b": 50, "l": 60},
        "grid": {"rows": rows, "columns": per_row, "pattern": "independent", "xgap": 0.3, "ygap": 0.35},
        "coloraxis": {"cmin": 0, "cmax": 1, "showscale": False},
        "annotations": [],
    }
    for number, (name, result) in enumerate(results.items(), 1):
        axis = "" if number == 1 else str(number)
        subplot, x, y, title_suffix = draw(result)
        traces += [{**trace, "xaxis": f"x{axis}", "yaxis": f"y{axis}"} for trace in subplot]
        layout |= {f"xaxis{axis}": x, f"yaxis{axis}": y}
        layout["annotations"].append(page.subplot_title(number, name + title_suffix))
    return Plot(caption, traces, layout)


def _confusion(confusion: Confusion) -> Subplot:
    classes = [escape_markup(name) for name in confusion.classes]
    share = confusion.counts / np.maximum(confusion.counts.sum(axis=1, keepdims=True), 1)
    trace = {
        "type": "heatmap",
        "z": share.round(3).tolist(),
        "x": classes,
        "y": classes,
        "text": confusion.counts.tolist(),
        "texttemplate": "%{text}",
        "hovertemplate": "true: %{y}<br>predicted: %{x}<br>%{text} songs (%{z:.0%} of the row)<extra></extra>",
        "coloraxis": "coloraxis",
    }
    axis = {"type": "category", "showgrid": False, "nticks": len(classes)}
    return [trace], axis | _title("predicted"), {**axis, "autorange": "reversed"} | _title("true"), ""


def _comparison(comparison: Comparison) -> Subplot:
    values = np.stack([comparison.annotated, comparison.predicted])
    r2 = r2_score(*values)
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low)
    if values.shape[1] > MAX_POINTS:
        values = values[:, np.random.default_rng(0).choice(values.shape[1], MAX_POINTS, replace=False)]
    annotated, predicted = values.round(3).tolist()
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": annotated,
        "y": predicted,
        "marker": {"size": 5, "opacity": 0.45, "color": "#3b8bd0"},
        "hovertemplate": "annotated: %{x}<br>predicted: %{y}<extra></extra>",
    }
    ends = [low - margin, high + margin]
    line = {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "hoverinfo": "skip", "line": {"color": "#e8710a"}}
    axis = {"range": ends, "zeroline": False}
    return [points, line], axis | _title("annotated"), axis | _title("predicted"), f" (R2 {r2:.3f})"


def _reliability(bins: tuple[ReliabilityBin, ...]) -> Subplot:
    largest = max((bin_.count for bin_ in bins), default=1)
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "cliponaxis": False,
        "x": [round(bin_.predicted, 4) for bin_ in bins],
        "y": [round(bin_.observed, 4) for bin_ in bins],
        "text": [count_noun(bin_.count, "prediction") for bin_ in bins],
        "marker": {"size": [round(6 + 18 * sqrt(bin_.count / largest), 1) for bin_ in bins], "color": "#3b8bd0"},
        "line": {"color": "#3b8bd0"},
        "hovertemplate": "predicted: %{x:.2f}<br>observed: %{y:.2f}<br>%{text}<extra></extra>",
    }
    line = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip"}
    axis = {"range": [-0.03, 1.03], "zeroline": False}
    error = f" (calibration error {calibration_error(bins):.3f})" if bins else ""
    return (
        [line | {"line": {"color": "#e8710a"}}, points],
        axis | _title("predicted probability"),
        axis | _title("observed share"),
        error,
    )


def _title(text: str) -> dict[str, Any]:
    return {"title": {"text": text, "standoff": 5}}

"""What evaluating models gave, as a page."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from tagger.evaluation.results import Comparison, Confusion, Evaluation, ModelResult
from tagger.report.html import page
from tagger.report.html.page import Grid, Paragraph, Plot, Section, plain
from tagger.report.text.evaluation_table import figure

ACROSS, FEW_CLASSES = 2, 4
"""Plots that stand beside each other; those of more classes than a few stand alone."""

MOST_POINTS = 2000
"""Songs of one plot: of more, so many are drawn by lot."""


def html(evaluation: Evaluation) -> str:
    """Return the page: the figures of all models, and below them what each took for what.

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    lead = f"Mean and standard error over {evaluation.seeds} seeds."
    sections = [_figures(evaluation)]
    sections += [_model(model) for model in evaluation.models if model.confusions or model.comparisons]
    return page.html(f"{evaluation.protocol} on {evaluation.data}", lead, sections)


def _figures(evaluation: Evaluation) -> Section:
    models = evaluation.models
    leaks = [i for i, model in enumerate(models, 1) if model.leak]
    rows = [
        (metric, *(_figure(model, metric) for model in models))
        for metric in dict.fromkeys(metric for model in models for metric in model.figures)
    ]
    head = ("", *(f"{model.name} (leaks)" if model.leak else model.name for model in models))
    caption = "The figures of each model" + "; those that leak are marked, their honest counterpart is beside" * bool(
        leaks
    )
    warnings = [Paragraph(_beside(*pair), leaks=True) for pair in _leaking(models)]
    return Section("Figures", [Grid(caption, head, rows, leaks=leaks), *warnings, *map(Paragraph, evaluation.notes)])


def _figure(model: ModelResult, metric: str) -> str:
    return figure(model, metric).replace("+-", "±")


def _leaking(models: list[ModelResult]) -> list[tuple[ModelResult, ModelResult | None]]:
    """Return the models whose figures leak, each with its honest counterpart, which stands right after it."""
    return [
        (one, next_ if next_ and not next_.leak else None)
        for one, next_ in pairwise([*models, None])
        if one and one.leak
    ]


def _beside(model: ModelResult, honest: ModelResult | None) -> str:
    """Return why figures flatter, and what is left of the first of them in an honest protocol."""
    said = f"{model.name} leaks: {model.leak.rstrip('.')}."
    shared = [metric for metric in model.figures if honest and metric in honest.figures]
    if not honest or not shared:
        return said
    ours, theirs = (_figure(one, shared[0]) for one in (model, honest))
    return f"{said} Its {shared[0]} is {ours}, and {theirs} is the honest figure ({honest.name})."


def _model(model: ModelResult) -> Section:
    parts: list[Paragraph | Grid | Plot] = []
    if model.leak:
        parts.append(Paragraph(f"These figures leak: {model.leak.rstrip('.')}.", leaks=True))
    if model.confusions:
        caption = (
            "How many songs of the class on the left were taken for the one below, all seeds together; "
            "the colour is their share of the row."
        )
        most = max(len(confusion.classes) for confusion in model.confusions.values())
        across, height = (1, 120 + 22 * most) if most > FEW_CLASSES else (ACROSS, 240)
        parts.append(_side_by_side(caption, model.confusions, _confusion, across, height))
    if model.comparisons:
        caption = "Predicted against annotated, a point a song; on the line both are the same."
        if any(len(c.annotated) > MOST_POINTS for c in model.comparisons.values()):
            caption += f" {MOST_POINTS} of the points are drawn, by lot; R2 is of all."
        parts.append(_side_by_side(caption, model.comparisons, _comparison, ACROSS, 420))
    return Section(model.name, parts)


Drawn = tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]
"""Traces, the two axes, and what is added to the title."""


def _side_by_side(caption: str, shown: dict[str, Any], draw: Callable[[Any], Drawn], across: int, height: int) -> Plot:
    """Lay plots, each with its own axes, in rows."""
    across = min(across, len(shown))
    down = ceil(len(shown) / across)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 60 + height * down,
        "showlegend": False,
        "margin": {"t": 40, "r": 10, "b": 50, "l": 60},
        "grid": {"rows": down, "columns": across, "pattern": "independent", "xgap": 0.3, "ygap": 0.35},
        "coloraxis": {"cmin": 0, "cmax": 1, "showscale": False},
        "annotations": [],
    }
    for number, (name, one) in enumerate(shown.items(), 1):
        which = "" if number == 1 else str(number)
        drawn, x, y, added = draw(one)
        traces += [{**trace, "xaxis": f"x{which}", "yaxis": f"y{which}"} for trace in drawn]
        layout |= {f"xaxis{which}": x, f"yaxis{which}": y}
        layout["annotations"].append(page.heading_note(number, name + added))
    return Plot(caption, traces, layout)


def _confusion(confusion: Confusion) -> Drawn:
    classes = [plain(name) for name in confusion.classes]
    share = confusion.counts / np.maximum(confusion.counts.sum(axis=1, keepdims=True), 1)
    trace = {
        "type": "heatmap",
        "z": share.round(3).tolist(),
        "x": classes,
        "y": classes,
        "text": confusion.counts.tolist(),
        "texttemplate": "%{text}",
        "hovertemplate": "%{y} taken for %{x}: %{text} (%{z:.0%})<extra></extra>",
        "coloraxis": "coloraxis",
    }
    axis = {"type": "category", "showgrid": False, "nticks": len(classes)}
    return [trace], axis, {**axis, "autorange": "reversed"}, ""


def _comparison(comparison: Comparison) -> Drawn:
    both = np.stack([comparison.annotated, comparison.predicted])
    r2 = r2_score(*both)
    low, high = float(both.min()), float(both.max())
    margin = 0.05 * (high - low)
    if both.shape[1] > MOST_POINTS:
        both = both[:, np.random.default_rng(0).choice(both.shape[1], MOST_POINTS, replace=False)]
    annotated, predicted = both.round(3).tolist()
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": annotated,
        "y": predicted,
        "marker": {"size": 5, "opacity": 0.45, "color": "#3b8bd0"},
        "hovertemplate": "annotated %{x}, predicted %{y}<extra></extra>",
    }
    ends = [low - margin, high + margin]
    line = {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "hoverinfo": "skip", "line": {"color": "#e8710a"}}
    axis = {"range": ends, "zeroline": False}
    return [points, line], axis | _title("annotated"), axis | _title("predicted"), f" (R2 {r2:.3f})"


def _title(text: str) -> dict[str, Any]:
    return {"title": {"text": text, "standoff": 5}}

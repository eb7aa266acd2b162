"""The summary of a multi-label data set as an HTML page."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagger.datasets.summary import DatasetSummary, project, quantiles
from tagger.report.html import page
from tagger.report.html.page import Choice, Paragraph, Part, Plot, Section, Table, escape_markup
from tagger.report.text.dataset_report import dimensions, format_auc, kept_features, label_names, label_rows, overview
from tagger.report.text.wording import count_noun

MAX_PLOTTED = 100
"""Features or labels in one plot."""

MAX_ROWS = 500
"""Rows of one table."""

MAX_NUMBERED = 12
"""Labels of a co-occurrence matrix whose cells are large enough for a number."""

AUC = (
    "The AUC is the probability that a song with the label has a higher value of the feature than one without; "
    "0.5 is chance."
)

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BOX_FIELDS = ("lowerfence", "q1", "median", "q3", "upperfence")
"""Plotly's names for the five quantiles of a box plot."""


def html(name: str, data: DatasetSummary) -> str:
    """Return the page.

    Parameters
    ----------
    name : str
        Of the data set.
    data : DatasetSummary

    Returns
    -------
    str

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    sections = (
        *(_overview, _labels, _label_sets, _cooccurrence),
        *(_features, _distributions, _correlated, _projection),
    )
    return page.html(name, f"{dimensions(data)}.", [section(data) for section in sections])


def _overview(data: DatasetSummary) -> Section:
    parts: list[Part] = [Table("The whole data set", ("property", "value"), overview(data))]
    columns, lines = data.table.columns, data.table.lines
    if data.missing.any():
        incomplete = sorted(np.flatnonzero(data.missing), key=lambda i: -data.missing[i])
        rows = [(columns[i], f"{data.missing[i]}") for i in incomplete[:MAX_ROWS]]
        parts.append(Paragraph("In the plots, missing values are left out or replaced by the median of the feature."))
        parts.append(Table("Features with missing values", ("feature", "missing values"), rows, folded=True))
    if data.duplicates:
        rows = [
            (
                ", ".join(str(lines[row]) for row in rows),
                "; ".join(" + ".join(label_names(data, labels)) or "none" for labels in label_sets),
            )
            for rows in data.duplicates[:MAX_ROWS]
            for label_sets in [np.unique(data.table.labels[rows], axis=0)]
        ]
        parts.append(Table("Songs with the same features", ("lines of the file", "label sets"), rows, folded=True))
    return Section("Overview", parts)


def _labels(data: DatasetSummary) -> Section:
    head, *rows = label_rows(data, 3)
    caption = "Frequency of each label, and the feature that separates its songs best from the others"
    note = Paragraph(f"{AUC} Below 0.5, songs with the label have lower values; 0.1 separates as well as 0.9.")
    return Section("Labels", [Table(caption, head, rows), note])


def _label_sets(data: DatasetSummary) -> Section:
    names = [" + ".join(label_names(data, labels)) or "(none)" for labels in data.sets[:MAX_ROWS]]
    counts = data.set_counts[:MAX_ROWS].tolist()
    plotted = min(len(names), MAX_PLOTTED)
    bars = {
        "type": "bar",
        "orientation": "h",
        # Numbers instead of names, because two sets can have the same name if a label contains a plus sign.
        "y": list(range(plotted)),
        "x": counts[:plotted],
        "text": counts[:plotted],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [escape_markup(name) for name in names[:plotted]],
        "hovertemplate": "%{hovertext}: %{x} songs<extra></extra>",
        "marker": {"color": "#6aa5d8"},
    }
    ticks = {"tickvals": bars["y"], "ticktext": [_shortened(name, 60) for name in names[:plotted]]}
    layout = {
        "height": 90 + 20 * plotted,
        "margin": {"t": 10, "r": 40, "b": 40, "l": 10},
        "xaxis": {"title": {"text": "songs"}},
        "yaxis": {"autorange": "reversed", "showgrid": False, **ticks},
    }
    caption = f"Frequency of the {len(data.sets)} label sets that occur."
    if len(data.sets) > MAX_PLOTTED:
        caption += f" The {MAX_PLOTTED} most frequent ones are shown."
    table = Table("The same as a table", ("label set", "songs"), list(zip(names, map(str, counts), strict=True)), True)
    return Section("Label sets", [Plot(caption, [bars], layout), table])


def _cooccurrence(data: DatasetSummary) -> Section:
    labels = np.sort(np.argsort(-data.cooccurrence.diagonal(), kind="stable")[:MAX_PLOTTED])
    names = [escape_markup(data.table.names[i]) for i in labels]
    counts = data.cooccurrence[np.ix_(labels, labels)]
    share = counts / np.maximum(counts.diagonal()[:, None], 1)
    numbered = len(names) <= MAX_NUMBERED
    plot = _heatmap(
        share.round(3).tolist(),
        names,
        names,
        text=counts.tolist(),
        hovertemplate="%{y} and %{x}: %{text} songs, %{z:.0%} of those with %{y}<extra></extra>",
        **({"texttemplate": "%{text}"} if numbered else {}),
    )
    layout = _heatmap_layout(len(names), (0, 1), "share of<br>row", 34 if numbered else 14)
    caption = "Number of songs with both labels. The colour is their share of the songs with the label of the row."
    return Section("Co-occurrence of labels", [Plot(caption, [plot], layout)])


def _features(data: DatasetSummary) -> Section:
    chosen = data.order[:MAX_PLOTTED]
    z = np.nan_to_num(data.auc[chosen], nan=0.5) - 0.5
    plot = _heatmap(
        z.round(3).tolist(),
        [escape_markup(name) for name in data.table.names],
        [_shortened(data.table.columns[i], 45) for i in chosen],
        text=[[format_auc(value) for value in row] for row in data.auc[chosen]],
        hovertemplate="%{y}: AUC %{text} for %{x}<extra></extra>",
        xgap=1,
    )
    layout = _heatmap_layout(len(chosen), (-0.5, 0.5), "AUC", 14)
    ticks = {"tickvals": [-0.4, -0.2, 0, 0.2, 0.4], "ticktext": ["0.1", "0.3", "0.5", "0.7", "0.9"]}
    layout["coloraxis"]["colorbar"].update(ticks)
    layout["xaxis"]["side"] = "top"
    caption = f"{AUC} Features are sorted by their mean distance from 0.5 over the labels, largest first."
    return Section("Features and labels", [Plot(_with_limit(caption, len(data.order)), [plot], layout)])


def _distributions(data: DatasetSummary) -> Section:
    names = [_shortened(name, 30) for name in data.table.names[:MAX_PLOTTED]]
    chosen = data.order[:MAX_PLOTTED]
    # Shape (features, quantiles, labels, 2): songs with the label, and without.
    boxes = np.moveaxis(quantiles(data.table.features[:, chosen], data.table.labels[:, :MAX_PLOTTED], QUANTILES), -1, 0)
    choices = []
    for feature, box in zip(chosen, boxes, strict=True):
        values_by_field = {
            key: [_rounded(group) for group in values.T] for key, values in zip(BOX_FIELDS, box, strict=True)
        }
        title = {"yaxis.title.text": _shortened(data.table.columns[feature], 60)}
        label = int(data.separation[feature].argmax())
        best = f"AUC {format_auc(data.auc[feature, label])} for {data.table.names[label]}"
        choices.append(Choice(f"{data.table.columns[feature]} ({best})", values_by_field, title))
    first = choices[0]
    traces = [
        {"type": "box", "name": group, "x": names, **{key: first.data[key][i] for key in BOX_FIELDS}}
        for i, group in enumerate(("songs with the label", "songs without it"))
    ]
    layout = {
        "height": 460,
        "boxmode": "group",
        "margin": {"t": 10, "r": 10, "b": 40, "l": 10},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "yaxis": {"title": {"text": first.layout["yaxis.title.text"]}, "zeroline": False},
        "xaxis": {"showgrid": False},
    }
    caption = "Boxes show the quartiles and the median, whiskers the 5th and the 95th percentile."
    plot = Plot(_with_limit(caption, len(data.order)), traces, layout, "Feature", choices)
    return Section("Distributions of features", [plot])


def _correlated(data: DatasetSummary) -> Section:
    columns = data.table.columns
    chosen = np.sort(data.order[:MAX_PLOTTED])
    names = [_shortened(columns[i], 45) for i in chosen]
    matrix = data.correlations[np.ix_(chosen, chosen)].round(2).tolist()
    plot = _heatmap(matrix, names, names, hovertemplate="%{y}<br>%{x}<br>r = %{z:.2f}<extra></extra>")
    layout = _heatmap_layout(len(names), (-1, 1), "r", 11)
    layout["xaxis"] |= {"showticklabels": False, "ticks": ""}
    layout["yaxis"] |= {"tickfont": {"size": 9}, "nticks": len(names)}
    kept = set(data.kept.tolist())
    rows = [
        (f"{data.correlations[i, j]:+.3f}", columns[i], columns[j], "kept" if j in kept else "removed")
        for i, j in data.pairs[:MAX_ROWS].tolist()
    ]
    text = f"{count_noun(len(data.pairs), 'pair')} of features with |r| > {data.limit:g}; {kept_features(data)}."
    if len(data.pairs) > MAX_ROWS:
        text += f" The table has the {MAX_ROWS} strongest pairs."
    parts: list[Part] = [Paragraph(text)]
    if rows:
        parts.append(
            Table("Pairs, strongest first", ("r", "first feature", "second feature", "second is"), rows, folded=True)
        )
    parts.append(Plot(_with_limit("Pearson correlation of the features.", len(columns)), [plot], layout))
    return Section("Correlated features", parts)


def _projection(data: DatasetSummary) -> Section:
    projection = project(data.table.features)
    labels = data.table.labels[projection.rows][:, :MAX_PLOTTED]
    names = [", ".join(label_names(data, data.table.labels[row])) or "no label" for row in projection.rows]
    songs = [
        f"line {data.table.lines[row]}: {_shortened(name, 80)}"
        for row, name in zip(projection.rows, names, strict=True)
    ]
    choices = [
        Choice(
            f"{name} ({present.sum()} songs)",
            {"marker.color": [present.tolist()], "marker.size": [(5 + 3 * present).tolist()]},
        )
        for name, present in zip(data.table.names, labels.T, strict=False)
    ]
    first = {key.split(".")[1]: value[0] for key, value in choices[0].data.items()}
    marker = {
        **first,
        "colorscale": [[0, "rgba(128,134,142,0.7)"], [1, "#e8710a"]],
        "cmin": 0,
        "cmax": 1,
        "line": {"width": 0},
        "opacity": 0.9,
    }
    common = {"type": "scatter", "mode": "markers", "text": songs, "hovertemplate": "%{text}<extra></extra>"}
    traces: list[dict[str, Any]] = [
        {**common, "marker": marker, **_axes(i), "x": _rounded(x), "y": _rounded(y)}
        for i, (x, y) in enumerate((projection.principal.T, projection.neighbours.T), 1)
    ]
    plain_axis = {"showticklabels": False, "showgrid": False, "zeroline": False}
    shares = [f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(projection.explained)]
    layout = {
        "height": 520,
        "showlegend": False,
        "margin": {"t": 40, "r": 10, "b": 40, "l": 40},
        "grid": {"rows": 1, "columns": 2, "pattern": "independent", "xgap": 0.08},
        "xaxis": {"title": {"text": shares[0]}, "zeroline": False},
        "yaxis": {"title": {"text": shares[1]}, "zeroline": False},
        "xaxis2": plain_axis,
        "yaxis2": plain_axis,
        "annotations": [
            page.subplot_title(1, "Principal components"),
            page.subplot_title(2, "t-SNE (only neighbourhoods are meaningful)"),
        ],
    }
    caption = "Songs with the label are orange, the others grey. Both projections use standardised features."
    if len(projection.rows) < len(data.table.labels):
        caption += f" A random sample of {len(projection.rows)} of the {len(data.table.labels)} songs is shown."
    return Section("Projections of the songs", [Plot(caption, traces, layout, "Label", choices)])


def _heatmap(z: list[list[float]], x: list[str], y: list[str], **options: Any) -> dict[str, Any]:
    return {"type": "heatmap", "z": z, "x": x, "y": y, "coloraxis": "coloraxis", **options}


def _heatmap_layout(rows: int, limits: tuple[float, float], title: str, row_height: int) -> dict[str, Any]:
    bar = {"title": {"text": title}, "thickness": 12, "outlinewidth": 0}
    return {
        "height": 150 + max(row_height * rows, 120),
        "margin": {"t": 10, "r": 10, "b": 10, "l": 10},
        "coloraxis": {"cmin": limits[0], "cmax": limits[1], "colorbar": bar},
        "xaxis": {"type": "category", "showgrid": False, "side": "bottom"},
        "yaxis": {"type": "category", "showgrid": False, "autorange": "reversed"},
    }


def _axes(number: int) -> dict[str, str]:
    return {} if number == 1 else {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def _rounded(values: np.ndarray) -> list[float | None]:
    """Return numbers with four significant digits, and None for NaN."""
    return [None if np.isnan(value) else float(f"{value:.4g}") for value in values]


def _shortened(text: str, length: int) -> str:
    """Return a name for a plot, with at most `length` characters."""
    return escape_markup(text if len(text) <= length else text[: length - 1] + "…")


def _with_limit(caption: str, features: int) -> str:
    """Return a caption that says how many features are shown if there are too many for the plot."""
    return f"{caption} {MAX_PLOTTED} of {features} features are shown." if features > MAX_PLOTTED else caption

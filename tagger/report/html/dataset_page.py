"""What a multi-label data set is like, as a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagger.datasets.summary import DatasetSummary, project, quantiles
from tagger.report.html import page
from tagger.report.html.page import Grid, Option, Paragraph, Plot, Section, plain
from tagger.report.text.dataset_report import auc, best, left, named, summary

MOST_DRAWN = 100
"""Features, or labels, that one plot has room for: the first in the order of what they tell."""

MOST_LISTED = 500
"""Lines of one table."""

AUC = "AUC is how often a song with the label has more of the feature than one without: .5 is chance."

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
BOX = ("lowerfence", "q1", "median", "q3", "upperfence")


def html(name: str, found: DatasetSummary) -> str:
    """Return the page.

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    songs, columns = found.table.features.shape
    lead = f"{songs} songs, {columns} features, {len(found.table.names)} labels."
    sections = (_overview, _labels, _sets, _together, _features, _distributions, _correlated, _plane)
    return page.html(name, lead, [section(found) for section in sections])


def _overview(found: DatasetSummary) -> Section:
    parts: list[Paragraph | Grid | Plot] = [Grid("The data set as a whole", ("what", "how much"), summary(found))]
    columns, lines = found.table.columns, found.table.lines
    if found.missing.any():
        lacking = sorted(np.flatnonzero(found.missing), key=lambda i: -found.missing[i])
        rows = [(columns[i], f"{found.missing[i]}") for i in lacking[:MOST_LISTED]]
        parts.append(Paragraph("In the plots, a missing value counts as the median of its feature, or takes no part."))
        parts.append(Grid("Features that lack values", ("feature", "values missing"), rows, folded=True))
    if found.duplicates:
        rows = [
            (
                ", ".join(str(lines[row]) for row in rows),
                "; ".join(" + ".join(named(found, g)) or "none" for g in given),
            )
            for rows in found.duplicates[:MOST_LISTED]
            for given in [np.unique(found.table.labels[rows], axis=0)]
        ]
        parts.append(Grid("Songs that are equal in all features", ("lines of the file", "labels"), rows, folded=True))
    return Section("Overview", parts)


def _labels(found: DatasetSummary) -> Section:
    counts, songs = found.cooccurrence.diagonal(), len(found.table.labels)
    rows = []
    for i, label in enumerate(found.table.names):
        feature, value = best(found, i)
        rows.append((label, f"{counts[i]}", f"{counts[i] / songs:.3f}", value, feature))
    head = ("label", "songs", "share", "AUC", "of the feature that tells it best")
    caption = "How many songs have each label, and how well one feature alone tells which"
    note = Paragraph(f"{AUC} Below .5, the songs with the label have less of it; .1 tells as much as .9.")
    return Section("Labels", [Grid(caption, head, rows), note])


def _sets(found: DatasetSummary) -> Section:
    names = [" + ".join(named(found, given)) or "(none)" for given in found.sets[:MOST_LISTED]]
    counts = found.set_counts[:MOST_LISTED].tolist()
    drawn = min(len(names), MOST_DRAWN)
    bars = {
        "type": "bar",
        "orientation": "h",
        # Two sets may look alike if a label's name holds a plus.
        "y": list(range(drawn)),
        "x": counts[:drawn],
        "text": counts[:drawn],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [plain(name) for name in names[:drawn]],
        "hovertemplate": "%{hovertext}: %{x} songs<extra></extra>",
        "marker": {"color": "#6aa5d8"},
    }
    ticks = {"tickvals": bars["y"], "ticktext": [_short(name, 60) for name in names[:drawn]]}
    layout = {
        "height": 90 + 20 * drawn,
        "margin": {"t": 10, "r": 40, "b": 40, "l": 10},
        "xaxis": {"title": {"text": "songs"}},
        "yaxis": {"autorange": "reversed", "showgrid": False, **ticks},
    }
    caption = f"How many songs have each of the {len(found.sets)} sets of labels that occur."
    listed = Grid(
        "The same as a table", ("set of labels", "songs"), list(zip(names, map(str, counts), strict=True)), True
    )
    return Section("Sets of labels", [Plot(caption, [bars], layout), listed])


def _together(found: DatasetSummary) -> Section:
    labels = np.sort(np.argsort(-found.cooccurrence.diagonal(), kind="stable")[:MOST_DRAWN])
    names = [plain(found.table.names[i]) for i in labels]
    counts = found.cooccurrence[np.ix_(labels, labels)]
    share = counts / np.maximum(counts.diagonal()[:, None], 1)
    few = len(names) <= 12
    plot = _map(
        share.round(3).tolist(),
        names,
        names,
        text=counts.tolist(),
        hovertemplate="%{text} songs with %{y} and %{x}: %{z:.0%} of those with %{y}<extra></extra>",
        **({"texttemplate": "%{text}"} if few else {}),
    )
    layout = _map_layout(len(names), (0, 1), "share of<br>the row", 34 if few else 14)
    caption = (
        "Songs that have both labels; the darker or brighter, the larger their share of the songs with the row's label."
    )
    return Section("Labels together", [Plot(caption, [plot], layout)])


def _features(found: DatasetSummary) -> Section:
    chosen = found.order[:MOST_DRAWN]
    z = np.nan_to_num(found.auc[chosen], nan=0.5) - 0.5
    plot = _map(
        z.round(3).tolist(),
        [plain(name) for name in found.table.names],
        [_short(found.table.columns[i], 45) for i in chosen],
        text=[[auc(value) for value in row] for row in found.auc[chosen]],
        hovertemplate="%{y}: AUC %{text} for %{x}<extra></extra>",
        xgap=1,
    )
    layout = _map_layout(len(chosen), (-0.5, 0.5), "AUC", 14)
    ticks = {"tickvals": [-0.4, -0.2, 0, 0.2, 0.4], "ticktext": [".1", ".3", ".5", ".7", ".9"]}
    layout["coloraxis"]["colorbar"].update(ticks)
    layout["xaxis"]["side"] = "top"
    caption = f"{AUC} The features that part the songs best, on average over the labels, come first."
    return Section("Features and labels", [Plot(_some(caption, len(found.order)), [plot], layout)])


def _distributions(found: DatasetSummary) -> Section:
    names = [_short(name, 30) for name in found.table.names[:MOST_DRAWN]]
    chosen = found.order[:MOST_DRAWN]
    # By feature: quantiles, labels, with and without.
    boxes = np.moveaxis(quantiles(found.table.features[:, chosen], found.table.labels[:, :MOST_DRAWN], SHARES), -1, 0)
    options = []
    for feature, box in zip(chosen, boxes, strict=True):
        data = {part: [_numbers(side) for side in values.T] for part, values in zip(BOX, box, strict=True)}
        title = {"yaxis.title.text": _short(found.table.columns[feature], 60)}
        label = int(found.separation[feature].argmax())
        tells = f"AUC {auc(found.auc[feature, label])} for {found.table.names[label]}"
        options.append(Option(f"{found.table.columns[feature]} ({tells})", data, title))
    first = options[0]
    traces = [
        {"type": "box", "name": side, "x": names, **{part: first.data[part][i] for part in BOX}}
        for i, side in enumerate(("songs with the label", "songs without"))
    ]
    layout = {
        "height": 460,
        "boxmode": "group",
        "margin": {"t": 10, "r": 10, "b": 40, "l": 10},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "yaxis": {"title": {"text": first.layout["yaxis.title.text"]}, "zeroline": False},
        "xaxis": {"showgrid": False},
    }
    caption = "The middle half of the songs and their median; the whiskers reach from the 5th to the 95th percentile."
    plot = Plot(_some(caption, len(found.order)), traces, layout, "Feature", options)
    return Section("Distributions of features", [plot])


def _correlated(found: DatasetSummary) -> Section:
    columns = found.table.columns
    chosen = np.sort(found.order[:MOST_DRAWN])
    names = [_short(columns[i], 45) for i in chosen]
    matrix = found.correlations[np.ix_(chosen, chosen)].round(2).tolist()
    plot = _map(matrix, names, names, hovertemplate="%{y}<br>%{x}<br>r = %{z:.2f}<extra></extra>")
    layout = _map_layout(len(names), (-1, 1), "r", 11)
    layout["xaxis"] |= {"showticklabels": False, "ticks": ""}
    layout["yaxis"] |= {"tickfont": {"size": 9}, "nticks": len(names)}
    kept = set(found.kept.tolist())
    rows = [
        (f"{found.correlations[i, j]:+.3f}", columns[i], columns[j], "" if j in kept else "left out")
        for i, j in found.pairs[:MOST_LISTED].tolist()
    ]
    more = f" The strongest {MOST_LISTED} are listed." if len(found.pairs) > MOST_LISTED else ""
    count = (
        f"{len(found.pairs)} pairs of features correlate more than {found.limit:g}, either way. {left(found)}.{more}"
    )
    parts: list[Paragraph | Grid | Plot] = [Paragraph(count)]
    if rows:
        parts.append(Grid("The pairs, strongest first", ("r", "feature", "and", "the second is"), rows, folded=True))
    parts.append(Plot(_some("Correlations of the features.", len(columns)), [plot], layout))
    return Section("Correlated features", parts)


def _plane(found: DatasetSummary) -> Section:
    plane = project(found.table.features)
    given = found.table.labels[plane.rows][:, :MOST_DRAWN]
    songs = [
        f"line {found.table.lines[row]}: {_short(', '.join(named(found, found.table.labels[row])) or 'no label', 80)}"
        for row in plane.rows
    ]
    options = [
        Option(f"{name} ({on.sum()} songs)", {"marker.color": [on.tolist()], "marker.size": [(5 + 3 * on).tolist()]})
        for name, on in zip(found.table.names, given.T, strict=False)
    ]
    first = {key.split(".")[1]: value[0] for key, value in options[0].data.items()}
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
        {**common, "marker": marker, **_axes(i), "x": _numbers(x), "y": _numbers(y)}
        for i, (x, y) in enumerate((plane.principal.T, plane.neighbours.T), 1)
    ]
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    shares = [f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(plane.explained)]
    layout = {
        "height": 520,
        "showlegend": False,
        "margin": {"t": 40, "r": 10, "b": 40, "l": 40},
        "grid": {"rows": 1, "columns": 2, "pattern": "independent", "xgap": 0.08},
        "xaxis": {"title": {"text": shares[0]}, "zeroline": False},
        "yaxis": {"title": {"text": shares[1]}, "zeroline": False},
        "xaxis2": bare,
        "yaxis2": bare,
        "annotations": [
            page.heading_note(1, "principal components"),
            page.heading_note(2, "t-SNE: neighbours stay together"),
        ],
    }
    caption = "Songs with the label are orange, the others grey; the features are standardised before."
    if len(plane.rows) < len(found.table.labels):
        caption += f" {len(plane.rows)} of the {len(found.table.labels)} songs are drawn, by lot."
    return Section("Songs on a plane", [Plot(caption, traces, layout, "Label", options)])


def _map(z: list[list[float]], x: list[str], y: list[str], **more: Any) -> dict[str, Any]:
    return {"type": "heatmap", "z": z, "x": x, "y": y, "coloraxis": "coloraxis", **more}


def _map_layout(rows: int, limits: tuple[float, float], title: str, row: int) -> dict[str, Any]:
    bar = {"title": {"text": title}, "thickness": 12, "outlinewidth": 0}
    return {
        "height": 150 + max(row * rows, 120),
        "margin": {"t": 10, "r": 10, "b": 10, "l": 10},
        "coloraxis": {"cmin": limits[0], "cmax": limits[1], "colorbar": bar},
        "xaxis": {"type": "category", "showgrid": False, "side": "bottom"},
        "yaxis": {"type": "category", "showgrid": False, "autorange": "reversed"},
    }


def _axes(number: int) -> dict[str, str]:
    return {} if number == 1 else {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def _numbers(values: np.ndarray) -> list[float | None]:
    """Return numbers with as many digits as can be seen; none where there is no number."""
    return [None if np.isnan(value) else float(f"{value:.4g}") for value in values]


def _short(text: str, most: int) -> str:
    """Return a name for a plot, cut if it would take all room."""
    return plain(_cut(text, most))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _some(caption: str, features: int) -> str:
    return caption + f" The first {MOST_DRAWN} of {features} features are drawn." * (features > MOST_DRAWN)

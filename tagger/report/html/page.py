"""One HTML page of headings, sentences, tables and plots, which needs no other file and no network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from typing import Any

from tagger.extras import require_extra

SCHEMES: dict[str, dict[str, Any]] = {
    "light": {
        **{"ink": "#1f2328", "line": "#d1d9e0", "ground": "#ffffff"},
        "colours": ["#c4500a", "#8c959f", "#0969b3"],
        "scales": {"sequential": ["#f3f7fb", "#6aa5d8", "#0b3d6e"], "diverging": ["#0b559f", "#f7f7f7", "#b3470b"]},
    },
    "dark": {
        **{"ink": "#e6e9ec", "line": "#353c44", "ground": "#14171b"},
        "colours": ["#ffa657", "#6e7781", "#6cb6ff"],
        "scales": {"sequential": ["#1b2128", "#2f6ea8", "#b8dcff"], "diverging": ["#6cb6ff", "#20252b", "#ffa657"]},
    },
}
"""Colours of the plots, those of `page.css`. On a scale, what is near nothing is near the ground."""


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more; `leaks` if it warns of figures that flatter."""

    text: str
    leaks: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: a row begins with what it is about, and columns of numbers are set to the right.

    Attributes
    ----------
    caption : str
    head : sequence of str
    rows : sequence of sequences of str
    folded : bool
        Whether the reader has to open it.
    leaks : sequence of int
        Columns of figures that flatter.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False
    leaks: Sequence[int] = ()


@dataclass(frozen=True)
class Option:
    """A choice that changes a plot: `data` and `layout` as Plotly's `update` takes them."""

    name: str
    data: dict[str, Any]
    layout: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plot:
    """A plot, as Plotly's traces and layout; texts in them went through `plain`.

    Attributes
    ----------
    caption : str
        What is seen in it.
    data : list of dict
    layout : dict
        With its ``height`` in pixels.
    chooser : str
        What the reader chooses; empty if nothing.
    options : sequence of Option
        What there is to choose from; the first is shown already.
    """

    caption: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    chooser: str = ""
    options: Sequence[Option] = ()


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    parts: Sequence[Paragraph | Grid | Plot]


def plain(text: str) -> str:
    """Return text for a plot, which would take it for markup otherwise."""
    return escape(text, quote=False)


def heading_note(number: int, text: str) -> dict[str, Any]:
    """Return the title of one of several plots in a grid, for the layout's annotations; plots count from 1."""
    which = "" if number == 1 else str(number)
    place = {"x": 0.5, "xref": f"x{which} domain", "y": 1, "yref": f"y{which} domain", "yanchor": "bottom"}
    return {**place, "text": plain(text), "showarrow": False, "font": {"size": 13}}


def html(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Return the page.

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    plots: list[Plot] = []
    body = [f"<h1>{escape(title)}</h1>\n<p>{escape(lead)}</p>", _contents(sections)]
    for number, section in enumerate(sections):
        parts = "\n".join(_part(part, plots) for part in section.parts)
        heading = f'<h2 id="section-{number}">{escape(section.title)}</h2>'
        body.append(f'<section aria-labelledby="section-{number}">\n{heading}\n{parts}\n</section>')
    scripts = (require_extra("plotly.offline", "plots").get_plotlyjs(), own("page.js"))
    data = {
        "templates": {name: _template(**scheme) for name, scheme in SCHEMES.items()},
        "plots": [{"data": p.data, "layout": p.layout, "options": [vars(o) for o in p.options]} for p in plots],
    }
    return PAGE.format(
        policy="; ".join((*POLICY, f"script-src {' '.join(map(hashed, scripts))}")),
        title=escape(title),
        style=own("page.css"),
        body="\n".join(body),
        data=embedded(data),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "img-src data: blob:")
"""What a browser may do for the page: nothing but run the scripts that are in it, and draw."""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<noscript><p>The plots need JavaScript; the sentences and tables do not.</p></noscript>
<script type="application/json" id="plots">{data}</script>
{scripts}
</body>
</html>
"""


def _contents(sections: Sequence[Section]) -> str:
    links = "\n".join(f'<li><a href="#section-{i}">{escape(s.title)}</a></li>' for i, s in enumerate(sections))
    return f'<nav aria-label="Contents"><ul>\n{links}\n</ul></nav>'


def _part(part: Paragraph | Grid | Plot, plots: list[Plot]) -> str:
    if isinstance(part, Paragraph):
        warning = ' class="leaks"' if part.leaks else ""
        return f"<p{warning}>{escape(part.text)}</p>"
    if isinstance(part, Grid):
        return _grid(part)
    plots.append(part)
    number, chooser = len(plots) - 1, ""
    if part.chooser:
        options = "".join(f"<option>{escape(option.name)}</option>" for option in part.options)
        label = f'<label for="choose-{number}">{escape(part.chooser)}</label>'
        chooser = f'{label} <select id="choose-{number}">{options}</select>\n'
    place = f'<div class="plot" id="plot-{number}" style="height: {part.layout["height"]}px"></div>'
    caption = f"<figcaption>{escape(part.caption)}</figcaption>"
    return f'<figure>\n{caption}\n{chooser}<div class="wide">{place}</div>\n</figure>'


def _grid(grid: Grid) -> str:
    numbers = [i > 0 and all(_number(row[i]) for row in grid.rows) for i in range(len(grid.head))]
    kinds = [" ".join(["number"] * n + ["leaks"] * (i in grid.leaks)) for i, n in enumerate(numbers)]
    classes = [f' class="{kind}"' if kind else "" for kind in kinds]
    head = "".join(f'<th scope="col"{c}>{escape(cell)}</th>' for c, cell in zip(classes, grid.head, strict=True))
    rows = []
    for row in grid.rows:
        cells = "".join(f"<td{c}>{escape(cell)}</td>" for c, cell in zip(classes[1:], row[1:], strict=True))
        rows.append(f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>"
    if grid.folded:
        table = f'<div class="wide"><table>\n{body}\n</table></div>'
        return f"<details><summary>{escape(grid.caption)}</summary>\n{table}\n</details>"
    return f'<div class="wide"><table>\n<caption>{escape(grid.caption)}</caption>\n{body}\n</table></div>'


def _number(cell: str) -> bool:
    return not cell.strip("+-±.0123456789e ")


def _template(ink: str, line: str, ground: str, colours: list[str], scales: dict[str, list[str]]) -> dict[str, Any]:
    """Return Plotly's template of a scheme."""
    axis = {"gridcolor": line, "zerolinecolor": line, "linecolor": line, "automargin": True}
    steps = {name: [[i / (len(s) - 1), colour] for i, colour in enumerate(s)] for name, s in scales.items()}
    return {
        "layout": {
            "paper_bgcolor": ground,
            "plot_bgcolor": ground,
            "font": {"color": ink, "size": 12},
            "colorway": colours,
            "colorscale": steps,
            "hoverlabel": {"bgcolor": ground, "font": {"color": ink}},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#8c959f", "activecolor": ink},
            "xaxis": axis,
            "yaxis": axis,
        }
    }


def embedded(value: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def hashed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def own(name: str) -> str:
    return resources.files("tagger.report.html").joinpath(name).read_text("utf-8")

"""An HTML page of headings, paragraphs, tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar, NamedTuple

from tagger.extras import require_extra
from tagger.report.html.rendering import embed_json, read_asset, render

COLOUR_SCHEMES: dict[str, dict[str, Any]] = {
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
"""Colours of the plots, equal to those of `page.css`. Values near 0 have nearly the colour of the background."""

POLICY = ("default-src 'none'", "style-src 'unsafe-inline'", "img-src data: blob:")
"""Content-Security-Policy: the page may load nothing, and draw images that it makes itself."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text.

    Attributes
    ----------
    text : str
    warning : bool
        Whether it is marked as a warning of figures that are too good because of data leakage.
    """

    kind: ClassVar[str] = "paragraph"
    text: str
    warning: bool = False


class Column(NamedTuple):
    """Heading of a table's column, and the CSS classes of its cells."""

    name: str
    classes: str


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its heading, and columns of numbers are aligned to the right.

    Attributes
    ----------
    caption : str
    head : sequence of str
        Headings of the columns.
    rows : sequence of sequences of str
    folded : bool
        Whether only the caption is shown until the reader opens the table.
    leaking : sequence of int
        Indices of the columns whose figures are too good because of data leakage.
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False
    leaking: Sequence[int] = ()

    @property
    def columns(self) -> list[Column]:
        """Headings and classes of the columns."""
        columns = []
        for i, name in enumerate(self.head):
            numeric = i > 0 and all(map(_is_number, (row[i] for row in self.rows)))
            classes = [*(["number"] if numeric else []), *(["leaks"] if i in self.leaking else [])]
            columns.append(Column(name, " ".join(classes)))
        return columns


@dataclass(frozen=True)
class Choice:
    """A choice that changes a plot.

    Attributes
    ----------
    name : str
    data, layout : dict
        Arguments of Plotly's ``update``.
    """

    name: str
    data: dict[str, Any]
    layout: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot, as traces and layout of Plotly; use `escape_markup` for texts in them.

    Attributes
    ----------
    caption : str
    data : list of dict
    layout : dict
        Includes the ``height`` in pixels.
    selector : str
        Label of the selector of choices; empty if there are none.
    choices : sequence of Choice
        The first of them is shown at the beginning.
    """

    kind: ClassVar[str] = "plot"
    caption: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    selector: str = ""
    choices: Sequence[Choice] = ()


Part = Paragraph | Table | Plot


@dataclass(frozen=True)
class Section:
    """A heading and the paragraphs, tables and plots below it."""

    title: str
    parts: Sequence[Part]


def escape_markup(text: str) -> str:
    """Return text for a plot, where Plotly would interpret some tags otherwise.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return escape(text, quote=False)


def subplot_title(number: int, text: str) -> dict[str, Any]:
    """Return the title of one of several plots in a grid, as an annotation of the layout.

    Parameters
    ----------
    number : int
        Of the plot, from 1 on.
    text : str

    Returns
    -------
    dict
    """
    suffix = "" if number == 1 else str(number)
    position = {"x": 0.5, "xref": f"x{suffix} domain", "y": 1, "yref": f"y{suffix} domain", "yanchor": "bottom"}
    return {**position, "text": escape_markup(text), "showarrow": False, "font": {"size": 13}}


def html(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Return a page of sections.

    Parameters
    ----------
    title : str
    lead : str
        First paragraph of the page.
    sections : sequence of Section

    Returns
    -------
    str

    Raises
    ------
    ExtraMissing
        If Plotly is not installed.
    """
    plots = [part for section in sections for part in section.parts if isinstance(part, Plot)]
    data = {
        "templates": {name: _plotly_template(**scheme) for name, scheme in COLOUR_SCHEMES.items()},
        "plots": [{"data": p.data, "layout": p.layout, "options": [vars(c) for c in p.choices]} for p in plots],
    }
    return render(
        "page.html",
        policy=POLICY,
        style="page.css",
        scripts=(require_extra("plotly.offline", "plots").get_plotlyjs(), read_asset("page.js")),
        title=title,
        lead=lead,
        sections=sections,
        plots=plots,
        data=embed_json(data),
    )


def _is_number(cell: str) -> bool:
    return not cell.strip("+-±.0123456789e ")


def _plotly_template(
    ink: str, line: str, ground: str, colours: list[str], scales: dict[str, list[str]]
) -> dict[str, Any]:
    """Return Plotly's template for a colour scheme."""
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

"""The curve of valence and arousal over a song as an image."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import ceil, floor
from typing import Any, NamedTuple

from tagger.emotions import quadrant
from tagger.models.curve import Curve
from tagger.report.plots import QUADRANT_COLOURS, close_figure, new_figure

LINES = (("valence", "#1f2328", "-"), ("arousal", "#57606a", (0, (5, 2))))
"""Name, colour and line style of the two lines. They are dark and grey, because the quadrants have colours."""

MIN_RANGE = 0.4
"""Least difference between the ends of the vertical axis, so that small changes look small."""

LABEL_DISTANCE = 0.15
"""Least distance between the names of the lines, as a part of the height of the plot."""


class Section(NamedTuple):
    """A part of a song whose windows are in one quadrant.

    Attributes
    ----------
    quadrant : str
    start, end : float
        In seconds.
    """

    quadrant: str
    start: float
    end: float


def sections(curve: Curve) -> list[Section]:
    """Divide a song where its curve changes the quadrant.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    list of Section
        From the start of the first window to the end of the last one; the limits between two windows are halfway
        between their middles.
    """
    middles = curve.middles.tolist()
    limits = [float(curve.starts[0])]
    limits += [(one + other) / 2 for one, other in pairwise(middles)]
    limits.append(float(curve.ends[-1]))
    names = [quadrant(valence, arousal) for valence, arousal in curve.points.tolist()]
    return [
        Section(name, limits[group[0]], limits[group[-1] + 1])
        for name, members in groupby(range(len(names)), key=names.__getitem__)
        for group in [list(members)]
    ]


def value_limits(curve: Curve) -> tuple[float, float]:
    """Return the ends of the vertical axis: multiples of .1 that have all values and 0 between them.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    tuple of float
        Within -1..1, and at least `MIN_RANGE` apart.
    """
    low = min(0.0, floor(10 * curve.points.min() - 0.2) / 10)
    high = max(0.0, ceil(10 * curve.points.max() + 0.2) / 10)
    missing = max(0.0, MIN_RANGE - (high - low)) / 2
    low, high = floor(10 * (low - missing) + 1e-6) / 10, ceil(10 * (high + missing) - 1e-6) / 10
    return max(-1.0, low), min(1.0, high)


def clock_time(seconds: float) -> str:
    """Return a time as minutes:seconds.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def curve_plot(curve: Curve, title: str, kind: str) -> bytes:
    """Return an image of a curve, of 9 by 4 inches at 150 dpi.

    Parameters
    ----------
    curve : Curve
    title : str
        Heading of the image.
    kind : str
        ``png`` or ``svg``.

    Returns
    -------
    bytes

    Raises
    ------
    ExtraMissing
        If matplotlib is not installed.
    """
    figure, axes = new_figure(9, 4)
    from matplotlib import ticker  # not before `new_figure`, which says what to install if it is missing

    low, high = value_limits(curve)
    start, end = float(curve.starts[0]), float(curve.ends[-1])
    for section in sections(curve):
        axes.axvspan(section.start, section.end, color=QUADRANT_COLOURS[section.quadrant], alpha=0.18, linewidth=0)
        _name_section(axes, section, end - start)
    axes.axhline(0, color="0.4", linewidth=0.8)
    ends = _label_positions([float(curve.points[-1, i]) for i in (0, 1)], LABEL_DISTANCE * (high - low))
    for i, (name, colour, style) in enumerate(LINES):
        values = curve.points[:, i]
        marker = "o" if len(values) == 1 else ""
        axes.plot(curve.middles, values, color=colour, linestyle=style, linewidth=2, marker=marker)
        label = f" {name}\n mean {values.mean():+.2f}".replace("-", "\u2212")
        axes.text(end, ends[i], label, color=colour, va="center", fontsize=9, linespacing=1.1, clip_on=False)
    seconds = float(curve.ends[0] - curve.starts[0])
    limits = f"{low:g} to {high:g}".replace("-", "\u2212")
    axes.set(
        xlim=(start, end),
        ylim=(low, high),
        xlabel=f"time (min:s); each point is the middle of {seconds:g} s",
        ylabel=f"valence, arousal\n({limits} of \u22121 to 1)",
    )
    # The title can be a file name with dollar signs, which are not mathematics.
    axes.set_title(_shortened(title), parse_math=False, fontsize=12, loc="left", pad=18)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: clock_time(value)))
    axes.xaxis.set_major_locator(ticker.MaxNLocator(9, steps=[1, 1.5, 2, 3, 6, 10], integer=True))
    return close_figure(figure, kind)


def _name_section(axes: Any, section: Section, duration: float) -> None:
    """Write the quadrant of a section above it, if there is room."""
    if section.end - section.start < 0.06 * duration:
        return
    middle = (section.start + section.end) / 2
    colour = QUADRANT_COLOURS[section.quadrant]
    place = axes.get_xaxis_transform()
    axes.text(middle, 1.02, section.quadrant, transform=place, color=colour, ha="center", fontsize=9, fontweight="bold")


def _label_positions(values: list[float], distance: float) -> list[float]:
    """Return the heights of two labels: the values, moved apart if they are closer than a distance."""
    one, other = values
    missing = max(0.0, distance - abs(one - other)) / 2
    return [one + missing, other - missing] if one >= other else [one - missing, other + missing]


def _shortened(title: str) -> str:
    """Return a title that is not longer than the image is wide."""
    return title if len(title) <= 90 else title[:89] + "\u2026"

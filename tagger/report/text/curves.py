"""The curve of valence and arousal over a song as CSV, JSON, or a chart of characters; `FORMATS` has images too."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from tagger.emotions import quadrant
from tagger.models.curve import Curve
from tagger.report.curve_plot import clock_time, curve_plot

COLUMNS = ("start", "end", "valence", "arousal", "quadrant")
BLOCKS = " ▁▂▃▄▅▆▇█"


def rows(curve: Curve) -> list[dict[str, Any]]:
    """Return the rows of a curve.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    list of dict
        A row for each window, with the keys of `COLUMNS`: start and end in seconds, valence and arousal in -1..1.
    """
    return [
        dict(zip(COLUMNS, (start, end, round(v, 4), round(a, 4), quadrant(v, a)), strict=True))
        for start, end, (v, a) in zip(curve.starts.tolist(), curve.ends.tolist(), curve.points.tolist(), strict=True)
    ]


def as_csv(curve: Curve, title: str) -> bytes:
    """Return a curve as CSV.

    Parameters
    ----------
    curve : Curve
    title : str
        Not used.

    Returns
    -------
    bytes
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows(curve):
        writer.writerow([f"{row[c]:g}" if c in ("start", "end") else row[c] for c in COLUMNS])
    return text.getvalue().encode()


def as_json(curve: Curve, title: str) -> bytes:
    """Return a curve as a JSON object.

    Parameters
    ----------
    curve : Curve
    title : str
        Name of the song.

    Returns
    -------
    bytes
    """
    return (json.dumps({"song": title, "curve": rows(curve)}, ensure_ascii=False, indent=1) + "\n").encode()


def block_chart(curve: Curve, title: str, width: int = 72) -> str:
    """Return a chart of block characters, with a line each for valence, arousal and time.

    Parameters
    ----------
    curve : Curve
    title : str
        First line of the chart.
    width : int, optional
        Greatest number of blocks in a line.

    Returns
    -------
    str
        The lowest block stands for -1, the highest for 1; the number after the blocks is the mean.
    """
    columns = min(width, len(curve.points))
    groups = np.array_split(curve.points, columns)
    lines = [title]
    for i, name in enumerate(("valence", "arousal")):
        values = [group[:, i].mean() for group in groups]
        heights = [round((value + 1) / 2 * (len(BLOCKS) - 2)) + 1 for value in values]
        mean = curve.points[:, i].mean()
        lines.append(f"{name}  {''.join(BLOCKS[height] for height in heights)}  {mean:+.2f}")
    start, end = clock_time(curve.starts[0]), clock_time(curve.ends[-1])
    lines.append(" " * 9 + start + end.rjust(max(columns - len(start), len(end) + 1)))
    return "\n".join(lines) + "\n"


def as_text(curve: Curve, title: str) -> bytes:
    """Return the chart of block characters as UTF-8.

    Parameters
    ----------
    curve : Curve
    title : str
        First line of the chart.

    Returns
    -------
    bytes
    """
    return block_chart(curve, title).encode()


FORMATS: dict[str, Callable[[Curve, str], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "txt": as_text,
    "png": lambda curve, title: curve_plot(curve, title, "png"),
    "svg": lambda curve, title: curve_plot(curve, title, "svg"),
}
"""Functions that write a curve, by the suffix of the file."""

"""A curve of valence and arousal, as CSV, JSON, a picture, or drawn on the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from tagger.emotions import quadrant
from tagger.models.curve import Curve

COLUMNS = ("start", "end", "valence", "arousal", "quadrant")
BLOCKS = " ▁▂▃▄▅▆▇█"
COLOURS = {"valence": "#1b7837", "arousal": "#c51b7d"}


def rows(curve: Curve) -> list[dict[str, Any]]:
    """Return a row for each part of the song, by column."""
    return [
        dict(zip(COLUMNS, (start, end, round(v, 4), round(a, 4), quadrant(v, a)), strict=True))
        for start, end, (v, a) in zip(curve.starts.tolist(), curve.ends.tolist(), curve.points.tolist(), strict=True)
    ]


def as_csv(curve: Curve, title: str) -> bytes:
    """Return the rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows(curve):
        writer.writerow([f"{row[c]:g}" if c in ("start", "end") else row[c] for c in COLUMNS])
    return text.getvalue().encode()


def as_json(curve: Curve, title: str) -> bytes:
    """Return the rows, with the song's name, as JSON."""
    return (json.dumps({"song": title, "curve": rows(curve)}, ensure_ascii=False, indent=1) + "\n").encode()


def as_image(curve: Curve, title: str, width: int = 72) -> str:
    """Draw the curve with characters: a line of blocks each for valence and arousal, from -1 to 1, and its time."""
    columns = min(width, len(curve.points))
    parts = np.array_split(curve.points, columns)
    lines = [title]
    for i, name in enumerate(("valence", "arousal")):
        values = [part[:, i].mean() for part in parts]
        heights = [round((value + 1) / 2 * (len(BLOCKS) - 2)) + 1 for value in values]
        mean = curve.points[:, i].mean()
        lines.append(f"{name}  {''.join(BLOCKS[height] for height in heights)}  {mean:+.2f}")
    ends = f"{_clock(curve.starts[0])}", _clock(curve.ends[-1])
    lines.append(" " * 9 + ends[0] + ends[1].rjust(max(columns - len(ends[0]), len(ends[1]) + 1)))
    return "\n".join(lines) + "\n"


def as_text(curve: Curve, title: str) -> bytes:
    """Return the drawing."""
    return as_image(curve, title).encode()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _picture(curve: Curve, title: str, kind: str) -> bytes:
    from tagger.extras import require_extra

    require_extra("matplotlib", "plots").use("Agg")
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(figsize=(9, 3.6), layout="constrained")
    for i, (name, colour) in enumerate(COLOURS.items()):
        axes.plot(curve.middles, curve.points[:, i], label=name, color=colour, linewidth=1.8)
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.set(ylim=(-1, 1), xlim=(curve.starts[0], curve.ends[-1]), ylabel="-1 to 1")
    # A file's name is no mathematics.
    axes.set_title(title, parse_math=False, fontsize=11)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda seconds, _: _clock(seconds)))
    axes.legend(loc="upper right", frameon=False, ncols=2)
    data = io.BytesIO()
    figure.savefig(data, format=kind, dpi=150)
    pyplot.close(figure)
    return data.getvalue()


FORMATS: dict[str, Callable[[Curve, str], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "txt": as_text,
    "png": lambda curve, title: _picture(curve, title, "png"),
    "svg": lambda curve, title: _picture(curve, title, "svg"),
}
"""By the suffix of the file."""

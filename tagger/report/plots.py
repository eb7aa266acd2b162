"""Images by matplotlib."""

from __future__ import annotations

import io
import warnings
from typing import Any

from tagger.extras import require_extra

DPI = 150

QUADRANT_COLOURS = {"happy": "#b35c00", "tense": "#b5179e", "sad": "#2f5fd0", "calm": "#0a7d4f"}
"""Colours of the quadrants, equal to those of the map's page; colour-blind readers can tell them apart."""


def new_figure(width: float, height: float) -> tuple[Any, Any]:
    """Return an empty figure and its axes.

    Parameters
    ----------
    width, height : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
    matplotlib.axes.Axes

    Raises
    ------
    ExtraMissing
        If matplotlib is not installed.
    """
    require_extra("matplotlib", "plots").use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height), layout="constrained")


def close_figure(figure: Any, kind: str) -> bytes:
    """Return a figure as an image, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    kind : str
        Format of the image, such as ``png`` or ``svg``.

    Returns
    -------
    bytes
    """
    from matplotlib import pyplot

    data = io.BytesIO()
    with warnings.catch_warnings():
        # A title may have characters that the font lacks; they are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(data, format=kind, dpi=DPI)
    pyplot.close(figure)
    return data.getvalue()

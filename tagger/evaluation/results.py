"""The results of an evaluation, in one form for all protocols."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tagger.evaluation.calibration import ReliabilityBin
from tagger.evaluation.cross_validation import Figures

Cell = str | int | float
"""Cell of a table; a number with a decimal point is shown with four decimals."""


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix.

    Attributes
    ----------
    classes : tuple of str
        Names of the classes.
    counts : numpy.ndarray, shape=(classes, classes)
        Number of songs by true class (rows) and predicted class (columns).
    """

    classes: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Annotated and predicted values of one output.

    Attributes
    ----------
    annotated, predicted : numpy.ndarray, shape=(songs,)
    """

    annotated: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Table:
    """A table that belongs to an evaluation.

    Attributes
    ----------
    title : str
    columns : tuple of str
        Headings of the columns.
    rows : tuple of tuple of str, int or float
        Cells of each row, as many as columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class ModelResult:
    """The result of one model under one protocol.

    Attributes
    ----------
    name : str
        Name of the model, and of the variant of the protocol if there are several.
    figures : Figures
        Mean and standard error of each metric over the seeds.
    leak : str
        Why the figures are too good, as a sentence; empty if there is no leakage.
    confusions : dict of str to Confusion
        By mood, or for label sets.
    comparisons : dict of str to Comparison
        By output: ``valence``, ``arousal``.
    reliability : dict of str to tuple of ReliabilityBin
        Calibration of the probabilities, by mood or for all moods; see `tagger.evaluation.calibration.reliability`.
    """

    name: str
    figures: Figures
    leak: str = ""
    confusions: dict[str, Confusion] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    reliability: dict[str, tuple[ReliabilityBin, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """The results of models under one protocol.

    Attributes
    ----------
    protocol : str
        Name of the protocol.
    data : str
        Description of the data set.
    seeds : int
        Number of random seeds.
    models : list of ModelResult
        A result with leakage comes right before its counterpart without.
    notes : tuple of str
        Further remarks, as sentences.
    tables : tuple of Table
        Further tables, such as of contradictions between moods and quadrant.
    """

    protocol: str
    data: str
    seeds: int
    models: list[ModelResult]
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

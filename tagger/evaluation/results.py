"""What evaluating a model gives, in one form for every protocol."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tagger.evaluation.cross_validation import Figures


@dataclass(frozen=True)
class Confusion:
    """How often songs of one class were taken for another.

    Attributes
    ----------
    classes : tuple of str
        Their names.
    counts : numpy.ndarray, shape=(classes, classes)
        True classes by told ones.
    """

    classes: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Predicted against annotated values; shape (songs,) both."""

    annotated: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class ModelResult:
    """What one model reached under one protocol.

    Attributes
    ----------
    name : str
        Of the model, and of the variant of the protocol where there are several.
    figures : Figures
        Mean and standard error over the seeds.
    leak : str
        In a sentence, why the figures flatter; empty for honest ones.
    confusions : dict of str to Confusion
        By what is told, a mood or a set of moods.
    comparisons : dict of str to Comparison
        By what is predicted: ``valence``, ``arousal``.
    """

    name: str
    figures: Figures
    leak: str = ""
    confusions: dict[str, Confusion] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """Models measured under one protocol.

    Attributes
    ----------
    protocol : str
        Its name.
    data : str
        What was measured on.
    seeds : int
        How many.
    models : list of Measured
        A model whose figures leak stands right before its honest counterpart.
    notes : tuple of str
        What else is to be known, in sentences.
    """

    protocol: str
    data: str
    seeds: int
    models: list[ModelResult]
    notes: tuple[str, ...] = ()

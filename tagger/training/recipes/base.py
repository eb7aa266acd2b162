"""The interface of the recipes for valence and arousal, and the settings of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.evaluation.results import Comparison, Evaluation

OUTPUTS = ("valence", "arousal")


@dataclass(frozen=True)
class RunConfig:
    """Settings of a training or evaluation run.

    Attributes
    ----------
    seeds, seed : int
        Number of random seeds, and the first one.
    jobs : int
        Number of processes.
    offset : float
        Time in the annotated excerpts at which the audio files begin, in seconds; for recipes that use dynamic ratings.
    on_song : callable
        Called after the analysis of each song.
    on_step : callable
        Called with a description after each longer step.
    """

    seeds: int = 5
    seed: int = 0
    jobs: int = 1
    offset: float = 0.0
    on_song: Callable[[], object] = lambda: None
    on_step: Callable[[str], object] = lambda step: None

    @property
    def all_seeds(self) -> range:
        """The random seeds."""
        return range(self.seed, self.seed + self.seeds)


class Recipe(Protocol):
    """How a model of valence and arousal is trained and evaluated.

    Each recipe is a module with these names; `tagger.training.recipes.affect` lists them.

    Attributes
    ----------
    PROTOCOLS : tuple of str
        The evaluation protocols of the recipe.
    """

    PROTOCOLS: tuple[str, ...]

    def evaluate(self, data: AffectDataset, protocol: str, config: RunConfig) -> Evaluation:
        """Evaluate the model under a protocol.

        Parameters
        ----------
        data : AffectDataset
        protocol : str
            One of `PROTOCOLS`.
        config : RunConfig

        Returns
        -------
        Evaluation

        Raises
        ------
        DataError
            If a song cannot be analysed, or lacks annotations that the recipe or the protocol needs.
        """
        ...

    def train(self, data: AffectDataset, out: Path, config: RunConfig) -> dict[str, Any]:
        """Evaluate the model, train it on all songs, and save it with its card.

        Parameters
        ----------
        data : AffectDataset
        out : Path
            Model file to write.
        config : RunConfig

        Returns
        -------
        dict
            The card.

        Raises
        ------
        DataError
            If a song cannot be analysed, or lacks annotations that the recipe needs.
        """
        ...


def compare(truth: np.ndarray, predicted: np.ndarray) -> dict[str, Comparison]:
    """Pair the annotated and predicted values of each output.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape=(songs, 2)
        Valence and arousal.

    Returns
    -------
    dict of str to Comparison
        For ``valence`` and ``arousal``.
    """
    return {name: Comparison(truth[:, i], predicted[:, i]) for i, name in enumerate(OUTPUTS)}

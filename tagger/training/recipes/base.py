"""What the recipes for valence and arousal are asked, and how they hold songs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tagger.datasets.affect import AffectDataset
from tagger.errors import DataError
from tagger.evaluation.results import Comparison

OUTPUTS = ("valence", "arousal")


@dataclass(frozen=True)
class RunConfig:
    """How a recipe is to be run.

    Attributes
    ----------
    seeds, seed : int
        Number of shufflings, and the first one.
    jobs : int
        Processes.
    offset : float
        Second of the annotated excerpts at which the audio begins, for recipes that look at annotations over time.
    on_song : callable
        Called after each song's analysis.
    on_step : callable
        Called after each longer step of training or measuring, with what was done.
    """

    seeds: int = 5
    seed: int = 0
    jobs: int = 1
    offset: float = 0.0
    on_song: Callable[[], object] = lambda: None
    on_step: Callable[[str], object] = lambda step: None

    @property
    def shuffle_seeds(self) -> range:
        """Their seeds."""
        return range(self.seed, self.seed + self.seeds)


def songs_with_artist(data: AffectDataset) -> AffectDataset:
    """Return the songs whose artists are known, with a note of how many those are.

    Raises
    ------
    DataError
        If there are fewer than two artists.
    """
    known = data.artists != ""
    names = np.unique(data.artists[known])
    if len(names) < 2:
        raise DataError(f"{data.source}: names fewer than two artists, and songs are to be held out by artist")
    places = np.flatnonzero(known)
    return replace(
        data,
        paths=[data.paths[i] for i in places],
        labels=data.labels[known],
        tracks=[data.tracks[i] for i in places],
        artists=data.artists[known],
        notes=(*data.notes, f"{len(places)} of {len(known)} songs, those of the {len(names)} artists that are named"),
    )


def comparisons(truth: np.ndarray, predicted: np.ndarray) -> dict[str, Comparison]:
    """Return predicted against annotated valence and arousal; shape (songs, 2) both."""
    return {name: Comparison(truth[:, i], predicted[:, i]) for i, name in enumerate(OUTPUTS)}

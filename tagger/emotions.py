"""The vocabulary: six moods, the valence/arousal plane and its quadrants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOODS = (
    "amazed-surprised",
    "happy-pleased",
    "relaxing-calm",
    "quiet-still",
    "sad-lonely",
    "angry-aggressive",
)
"""The six labels of the `emotions` data set, in its order, spelling mistakes corrected."""

QUADRANTS = {(True, True): "happy", (False, True): "tense", (False, False): "sad", (True, False): "calm"}
"""Name by (valence >= 0, arousal >= 0)."""


def quadrant(valence: float, arousal: float) -> str:
    """Name the quadrant of a point on the valence/arousal plane; the axes belong to the positive side."""
    return QUADRANTS[valence >= 0, arousal >= 0]


def select_moods(probabilities: Sequence[float], threshold: float) -> tuple[str, ...]:
    """Give the moods whose probability reaches the threshold, most probable first; at least that one."""
    ranked = sorted(zip(probabilities, MOODS, strict=True), key=lambda pair: -pair[0])
    return tuple(mood for i, (p, mood) in enumerate(ranked) if i == 0 or p >= threshold)


@dataclass(frozen=True)
class Emotion:
    """What emotag says of one song.

    Attributes
    ----------
    valence, arousal : float
        Means over the song in -1..1; 0 is neutral.
    moods : tuple of str
        The moods given, most probable first; never empty.
    probabilities : tuple of float
        One per entry of `MOODS`, in 0..1.
    valence_sd, arousal_sd : float or None
        How sure valence and arousal are: in about two songs of three, people's ratings lie no farther from them. None
        where the model does not tell.
    """

    valence: float
    arousal: float
    moods: tuple[str, ...]
    probabilities: tuple[float, ...]
    valence_sd: float | None = None
    arousal_sd: float | None = None

    @property
    def quadrant(self) -> str:
        """Name of the quadrant in which the song lies."""
        return quadrant(self.valence, self.arousal)

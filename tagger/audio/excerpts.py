"""Which seconds of a song are analysed.

The moods model was trained on the 30 seconds after a song's first 30; the affect model on windows of
10 seconds; EmoDJ's on every half second. Starts lie on half seconds, so that every common sample rate cuts
them at a whole sample and all encodings of a song give the same excerpts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

SAMPLE_RATE = 22050
"""Rate of all analysed audio, in Hz."""

MIN_SECONDS = 5.0
"""Seconds below which a file is refused."""

MOOD_SECONDS = 30
WINDOW_SECONDS = 10
MAX_WINDOWS = 6
MAX_SEGMENT_EXCERPTS = 90
MAX_CURVE_WINDOWS = 240


@dataclass(frozen=True, order=True)
class Excerpt:
    """A stretch of a song.

    Attributes
    ----------
    start, seconds : float
        Where it begins and how long it is, in seconds of the song.
    """

    start: float
    seconds: float

    @property
    def end(self) -> float:
        """Where it ends, in seconds of the song."""
        return self.start + self.seconds


def _floor_to_half_second(seconds: float) -> float:
    return max(0.0, floor(2 * seconds) / 2)


def mood_excerpt(duration: float) -> Excerpt:
    """Choose the 30 seconds that the moods are told from.

    They begin 30 s into the song, as in the data set; a song of less than a minute gives its middle,
    one of less than 30 s all it has (which is looped when it is cut).
    """
    start = MOOD_SECONDS if duration >= 2 * MOOD_SECONDS else _floor_to_half_second((duration - MOOD_SECONDS) / 2)
    return Excerpt(start, MOOD_SECONDS)


def affect_windows(duration: float) -> list[Excerpt]:
    """Spread the windows that valence and arousal are told from evenly over the song, without overlap."""
    count = min(MAX_WINDOWS, max(1, int(duration // WINDOW_SECONDS)))
    step = duration / count
    return [Excerpt(_floor_to_half_second((i + 0.5) * step - WINDOW_SECONDS / 2), WINDOW_SECONDS) for i in range(count)]


def segment_excerpts(duration: float) -> list[Excerpt]:
    """Cut a song into stretches of 10 seconds, one after the other; of one longer than 15 minutes, so many of them.

    The last one ends with the song's last whole half second, give or take a tenth: files are rarely cut to the sample.
    """
    whole = max(0.5, floor(2 * (duration + 0.1)) / 2)
    count = ceil(whole / WINDOW_SECONDS)
    kept = min(count, MAX_SEGMENT_EXCERPTS)
    places = [i * (count - 1) // max(1, kept - 1) for i in range(kept)]
    return [Excerpt(WINDOW_SECONDS * i, min(WINDOW_SECONDS, whole - WINDOW_SECONDS * i)) for i in places]


def curve_windows(duration: float, step: float) -> list[Excerpt]:
    """Lay windows of 10 seconds every `step` seconds, from the first to the last that fits.

    Parameters
    ----------
    duration : float
        Of the song, in seconds.
    step : float
        Seconds, a multiple of a half; more in a song of which this would ask for too many windows.
    """
    last = _floor_to_half_second(duration - WINDOW_SECONDS)
    step = max(step, ceil(2 * last / MAX_CURVE_WINDOWS) / 2)
    return [Excerpt(i * step, WINDOW_SECONDS) for i in range(floor(last / step) + 1)]

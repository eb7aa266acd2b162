"""The parts of a song that are analysed.

The 72 features are extracted from the 30 seconds from second 30 to 60, those for valence and arousal from windows of 10
seconds, the embedding from patches within these windows, and the features of EmoDJ from every half second. Excerpts
start at whole half seconds, so that they start at a whole sample at every common sample rate, and all encodings of a
song give the same excerpts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

SAMPLE_RATE = 22050
"""Sample rate of all analysed audio, in Hz."""

MIN_SECONDS = 5.0
"""Minimum length of a song in seconds."""

MOOD_SECONDS = 30
"""Length of the excerpt for moods, and its start in a song that is long enough, in seconds."""

WINDOW_SECONDS = 10
"""Length of a window for valence and arousal, in seconds."""

PATCH_SECONDS = 4
"""Length of an excerpt for the embedding, in seconds; its middle 3 s are used."""

PATCHES_PER_WINDOW = 3
"""Number of patches that nearly cover a window. Fewer of them, and the answer depends on where exactly they are."""

MAX_PATCHES = 12
"""Number of patches that is enough for a song, wherever they are: it limits the patches of a window to two if there are
`MAX_WINDOWS`."""

MAX_WINDOWS = 6
"""Maximum number of windows of a song in a scan."""

MAX_SEGMENT_EXCERPTS = 90
"""Maximum number of excerpts of `segment_excerpts`: 15 minutes."""

MAX_CURVE_WINDOWS = 240
"""Maximum number of windows of `curve_windows`, apart from the first."""


@dataclass(frozen=True, order=True)
class Excerpt:
    """A part of a song.

    Attributes
    ----------
    start : float
        Start in seconds from the beginning of the song.
    seconds : float
        Length in seconds.
    """

    start: float
    seconds: float

    @property
    def end(self) -> float:
        """End in seconds from the beginning of the song."""
        return self.start + self.seconds


def _floor_to_half_second(seconds: float) -> float:
    return max(0.0, floor(2 * seconds) / 2)


def mood_excerpt(duration: float) -> Excerpt:
    """Choose the excerpt for moods.

    Parameters
    ----------
    duration : float
        Length of the song in seconds.

    Returns
    -------
    Excerpt
        30 s from second 30, as in the training data; from the middle of a song that is shorter than 60 s. If the song
        ends within the excerpt, its samples are repeated when it is cut.
    """
    start = MOOD_SECONDS if duration >= 2 * MOOD_SECONDS else _floor_to_half_second((duration - MOOD_SECONDS) / 2)
    return Excerpt(start, MOOD_SECONDS)


def affect_windows(duration: float) -> list[Excerpt]:
    """Choose the windows for valence and arousal.

    Parameters
    ----------
    duration : float
        Length of the song in seconds.

    Returns
    -------
    list of Excerpt
        1 to `MAX_WINDOWS` windows of 10 s without overlap, spread evenly over the song.
    """
    count = min(MAX_WINDOWS, max(1, int(duration // WINDOW_SECONDS)))
    step = duration / count
    return [Excerpt(_floor_to_half_second((i + 0.5) * step - WINDOW_SECONDS / 2), WINDOW_SECONDS) for i in range(count)]


def embedding_patches(duration: float) -> list[Excerpt]:
    """Choose the excerpts for the embedding.

    Parameters
    ----------
    duration : float
        Length of the song in seconds.

    Returns
    -------
    list of Excerpt
        3 to 15 excerpts of 4 s within the windows of `affect_windows`, so that no more is decoded: two that are spread
        over each window of a long song, three over each window of a song with fewer windows.
    """
    windows = affect_windows(duration)
    count = min(PATCHES_PER_WINDOW, ceil(MAX_PATCHES / len(windows)))
    length = min(WINDOW_SECONDS, duration)  # a song may be shorter than its window
    centres = [(i + 0.5) * length / count for i in range(count)]
    offsets = [_floor_to_half_second(min(centre - PATCH_SECONDS / 2, length - PATCH_SECONDS)) for centre in centres]
    return [Excerpt(window.start + offset, PATCH_SECONDS) for window in windows for offset in offsets]


def segment_excerpts(duration: float) -> list[Excerpt]:
    """Divide a song into consecutive excerpts of 10 s, for features of every half second.

    Parameters
    ----------
    duration : float
        Length of the song in seconds.

    Returns
    -------
    list of Excerpt
        The last one ends with the last whole half second of the song, within a tolerance of 0.1 s, because files are
        rarely cut at the exact sample. Of a song longer than 15 minutes, `MAX_SEGMENT_EXCERPTS` of them that are
        spread evenly over the song.
    """
    whole = max(0.5, floor(2 * (duration + 0.1)) / 2)
    count = ceil(whole / WINDOW_SECONDS)
    kept = min(count, MAX_SEGMENT_EXCERPTS)
    indices = [i * (count - 1) // max(1, kept - 1) for i in range(kept)]
    return [Excerpt(WINDOW_SECONDS * i, min(WINDOW_SECONDS, whole - WINDOW_SECONDS * i)) for i in indices]


def curve_windows(duration: float, step: float) -> list[Excerpt]:
    """Choose windows of 10 s at regular intervals, from the start of a song to the last one that fits.

    Parameters
    ----------
    duration : float
        Length of the song in seconds.
    step : float
        Interval in seconds, a multiple of 0.5; it is increased if there would be more than `MAX_CURVE_WINDOWS` steps.

    Returns
    -------
    list of Excerpt
    """
    last = _floor_to_half_second(duration - WINDOW_SECONDS)
    step = max(step, ceil(2 * last / MAX_CURVE_WINDOWS) / 2)
    return [Excerpt(i * step, WINDOW_SECONDS) for i in range(floor(last / step) + 1)]

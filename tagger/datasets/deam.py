"""DEAM's original annotations, with a fault of theirs found and mended.

In the published static annotations valence and arousal are exchanged for a part of the songs. Every song was
also rated while it played; these dynamic annotations tell which part it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger.datasets.annotations import Tracks, number, rows, tracks
from tagger.errors import DataError

STATIC, DYNAMIC = "static_annotations*.csv", ("valence.csv", "arousal.csv")
COLUMNS = ("valence_mean", "arousal_mean")
NEUTRAL = 5.0

CHANGE = 12.0
"""How much better the labels must fit, in log-likelihood, for one more change between right and exchanged."""

ROUNDS = 5
"""Of learning how static ratings follow from dynamic ones, and of parting the songs by it."""


def read(folder: Path) -> tuple[dict[str, tuple[float, float]], Tracks, tuple[str, ...]]:
    """Read the mean valence and arousal of each song, on the scale of 1 to 9, and what was rated while it played.

    Parameters
    ----------
    folder : Path
        Holds the files of static annotations, and ``valence.csv`` and ``arousal.csv`` with the dynamic ones.

    Returns
    -------
    ratings : dict of str to (float, float)
        By song id, in ascending order.
    tracks : dict of str to numpy.ndarray, shape=(steps, 3)
        Second, valence and arousal in -1..1.
    notes : tuple of str
        What was mended, in sentences.

    Raises
    ------
    DataError
        If a file, a column or a number is missing, or a song is there twice.
    """
    static: dict[str, tuple[float, float]] = {}
    files = sorted(folder.glob(STATIC))
    if not files:
        raise DataError(f"{folder}: holds no {STATIC}")
    for file in files:
        for line, row in rows(file, COLUMNS):
            song = row["song_id"]
            if song in static:
                raise DataError(f"{file}: line {line} has song {song} again")
            valence, arousal = (number(file, line, row[column]) for column in COLUMNS)
            static[song] = valence, arousal
    played = tracks(*(folder / name for name in DYNAMIC))
    for song in static:
        if song not in played:
            raise DataError(f"{folder / DYNAMIC[0]}: lacks song {song}")
    songs = sorted(static, key=lambda song: (len(song), song))
    given = np.array([static[song] for song in songs])
    exchanged = find_swapped(given, np.array([played[song][:, 1:].mean(axis=0) for song in songs]))
    given[exchanged] = given[exchanged][:, ::-1]
    notes = []
    for first, last in _runs(exchanged):
        count = last - first + 1
        notes.append(
            f"valence and arousal were exchanged for {count} songs, {songs[first]} to {songs[last]}, as their dynamic "
            "annotations show; they were put right"
        )
    ratings = {song: (v, a) for song, (v, a) in zip(songs, given.tolist(), strict=True)}
    return ratings, {song: played[song] for song in songs}, tuple(notes)


def find_swapped(static: np.ndarray, dynamic: np.ndarray) -> np.ndarray:
    """Tell for which songs the two static ratings are exchanged.

    The songs are held to be right or exchanged in long runs: of all such partings, that is taken under which static
    and dynamic ratings agree best, each change between runs costing `CHANGE`. How the one follows from the other is
    learnt on the way.

    Parameters
    ----------
    static, dynamic : numpy.ndarray, shape=(songs, 2)
        Valence and arousal as they are written, in the order of the songs, each on a scale of its own.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Of bool.
    """
    # Exchanged or not, both columns together have the same spread, so their scale is known before.
    told = NEUTRAL + dynamic / dynamic.std() * static.std()
    residuals = np.stack([static - told, static[:, ::-1] - told])
    exchanged = _viterbi(0.5 * np.square(residuals / static.std()).sum(axis=2).T)
    for _ in range(ROUNDS):
        right = np.where(exchanged[:, None], static[:, ::-1], static)
        design = np.column_stack([dynamic, np.ones(len(dynamic))])
        told = design @ np.linalg.lstsq(design, right, rcond=None)[0]
        precision = np.linalg.inv(np.cov((right - told).T))
        residuals = np.stack([static - told, static[:, ::-1] - told])
        exchanged = _viterbi(0.5 * np.einsum("ksi,ij,ksj->sk", residuals, precision, residuals))
    return exchanged


def _viterbi(costs: np.ndarray) -> np.ndarray:
    """Tell for which songs the second of two costs is to be paid, each change between the two costing as well."""
    best, came_from = costs[0], np.zeros((len(costs), 2), int)
    for place, cost in enumerate(costs[1:], 1):
        stay, change = best, best[::-1] + CHANGE
        came_from[place] = np.where(change < stay, [1, 0], [0, 1])
        best = np.minimum(stay, change) + cost
    states = np.empty(len(costs), int)
    state = int(best.argmin())
    for place in range(len(costs) - 1, -1, -1):
        states[place] = state
        state = came_from[place, state]
    return states == 1


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        yield int(first), int(end) - 1

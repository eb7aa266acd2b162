"""The original annotations of DEAM, with a known error corrected.

In the published static annotations, valence and arousal are swapped for a part of the songs. The dynamic annotations of
the same songs are correct and show which part it is.

A. Aljanaki, Y.-H. Yang and M. Soleymani, "Developing a benchmark for emotional analysis of music", PLOS ONE, 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger.datasets.annotations import Annotations, read_ratings, read_tracks
from tagger.errors import DataError

STATIC, DYNAMIC = "static_annotations*.csv", ("valence.csv", "arousal.csv")
NEUTRAL = 5.0
"""Middle of the rating scale of 1..9."""

CHANGE_COST = 12.0
"""Cost, as negative log-likelihood, of a change between correct and swapped songs."""

ROUNDS = 5
"""Rounds of fitting the regression of static on dynamic ratings and of finding the swapped songs with it."""


def read(folder: Path) -> Annotations:
    """Read the static and dynamic ratings, and correct swapped ones.

    Parameters
    ----------
    folder : Path
        Contains the files of static annotations, and ``valence.csv`` and ``arousal.csv`` with the dynamic ones.

    Returns
    -------
    Annotations
        In ascending order of the song ids; a note for each run of corrected songs.

    Raises
    ------
    DataError
        If a file, a column, a number or a song is missing, or a song occurs twice.
    """
    static: dict[str, tuple[float, float]] = {}
    files = sorted(folder.glob(STATIC))
    if not files:
        raise DataError(f"{folder}: no {STATIC} found")
    for file in files:
        ratings = read_ratings(file, "valence_mean", "arousal_mean")
        if duplicates := [song for song in ratings if song in static]:
            raise DataError(f"{file}: song {duplicates[0]} is in another file too")
        static |= ratings
    tracks = read_tracks(*(folder / name for name in DYNAMIC))
    if missing := [song for song in static if song not in tracks]:
        raise DataError(f"{folder / DYNAMIC[0]}: song {missing[0]} is missing")
    songs = sorted(static, key=lambda song: (len(song), song))
    corrected = np.array([static[song] for song in songs])
    swapped = find_swapped(corrected, np.array([tracks[song][:, 1:].mean(axis=0) for song in songs]))
    corrected[swapped] = corrected[swapped][:, ::-1]
    notes = tuple(
        f"corrected swapped valence and arousal of {last - first + 1} songs, {songs[first]} to {songs[last]} "
        "(found by their dynamic annotations)"
        for first, last in _find_runs(swapped)
    )
    return Annotations(
        {song: (valence, arousal) for song, (valence, arousal) in zip(songs, corrected.tolist(), strict=True)},
        {song: tracks[song] for song in songs},
        notes=notes,
    )


def find_swapped(static: np.ndarray, dynamic: np.ndarray) -> np.ndarray:
    """Find the songs whose static valence and arousal are swapped.

    Correct and swapped songs are assumed to come in long runs. The Viterbi algorithm finds the runs for which static
    and dynamic ratings agree best, with `CHANGE_COST` for each change. The regression of static on dynamic ratings and
    the runs are estimated in turn.

    Parameters
    ----------
    static, dynamic : numpy.ndarray, shape=(songs, 2)
        Published valence and arousal, in the order of the songs; the two arrays may have different scales.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Of bool.
    """
    # Swapping does not change the spread of both columns together, so the scale is known beforehand.
    expected = NEUTRAL + dynamic / dynamic.std() * static.std()
    residuals = np.stack([static - expected, static[:, ::-1] - expected])
    swapped = _viterbi(0.5 * np.square(residuals / static.std()).sum(axis=2).T)
    for _ in range(ROUNDS):
        corrected = np.where(swapped[:, None], static[:, ::-1], static)
        design = np.column_stack([dynamic, np.ones(len(dynamic))])
        expected = design @ np.linalg.lstsq(design, corrected, rcond=None)[0]
        precision = np.linalg.inv(np.cov((corrected - expected).T))
        residuals = np.stack([static - expected, static[:, ::-1] - expected])
        swapped = _viterbi(0.5 * np.einsum("ksi,ij,ksj->sk", residuals, precision, residuals))
    return swapped


def _viterbi(costs: np.ndarray) -> np.ndarray:
    """Find the cheapest sequence of two states, where each change between the states costs `CHANGE_COST`.

    Parameters
    ----------
    costs : numpy.ndarray, shape=(songs, 2)
        Cost of each state.

    Returns
    -------
    numpy.ndarray, shape=(songs,)
        Of bool: whether the second state is taken.
    """
    best, previous = costs[0], np.zeros((len(costs), 2), int)
    for position, cost in enumerate(costs[1:], 1):
        stay, change = best, best[::-1] + CHANGE_COST
        previous[position] = np.where(change < stay, [1, 0], [0, 1])
        best = np.minimum(stay, change) + cost
    states = np.empty(len(costs), int)
    state = int(best.argmin())
    for position in range(len(costs) - 1, -1, -1):
        states[position] = state
        state = previous[position, state]
    second: np.ndarray = states == 1
    return second


def _find_runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        yield int(first), int(end) - 1

"""Songs rated for valence and arousal: DEAM, emoMusic, or one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tagger.datasets import deam, emomusic
from tagger.datasets.annotations import Tracks, number, rows
from tagger.datasets.multilabel import sha256_of
from tagger.errors import DataError

NEUTRAL, HALF_SCALE = 5.0, 4.0
"""Middle of the scale of 1 to 9, and how far it reaches to either side."""


class Annotations(NamedTuple):
    """What a data set says of its songs, by their ids.

    `ratings` has the mean valence and arousal on the scale of 1 to 9; `tracks` what was rated while they played, and
    `artists` who plays, where that is known; `notes` say what was mended.
    """

    ratings: dict[str, tuple[float, float]]
    tracks: Tracks
    artists: dict[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AffectDataset:
    """Songs with their ratings.

    Attributes
    ----------
    paths : list of Path
        The audio of each.
    labels : numpy.ndarray, shape=(songs, 2)
        Mean valence and arousal in -1..1.
    tracks : list of numpy.ndarray, shape=(steps, 3)
        Second, valence and arousal in -1..1 while the song played; no steps where that is not known.
    artists : numpy.ndarray, shape=(songs,)
        Names, empty where they are not known.
    source, sha256 : str
        Name and hash of the annotations.
    notes : tuple of str
        What was mended.
    """

    paths: list[Path]
    labels: np.ndarray
    tracks: list[np.ndarray]
    artists: np.ndarray
    source: str
    sha256: str
    notes: tuple[str, ...] = ()


def read_affect_dataset(audio: Path, labels: Path) -> AffectDataset:
    """Read songs and their ratings.

    Parameters
    ----------
    audio : Path
        Folder of the songs, each named by its `song_id`, with any suffix.
    labels : Path
        A CSV with `song_id`, `valence_mean` and `arousal_mean` (1..9) and perhaps `artist`, or the folder of the
        original annotations of DEAM or emoMusic.

    Raises
    ------
    DataError
        If a file, a column, a number or a song's audio is missing, or an id stands there twice.
    """
    files = sorted(labels.glob("*.csv")) if labels.is_dir() else [labels]
    read: Callable[[Path], Annotations] = _table
    if labels.is_dir():
        read = _emomusic if emomusic.is_here(labels) else _deam
    given = read(labels)
    if not given.ratings:
        raise DataError(f"{labels}: holds no songs")
    if not audio.is_dir():
        raise DataError(f"{audio}: no such folder")
    there: dict[str, Path] = {}
    for file in sorted(audio.iterdir()):
        if file.stem in given.ratings and there.setdefault(file.stem, file) != file:
            raise DataError(f"{audio}: has both {there[file.stem].name} and {file.name}: which is song {file.stem}?")
    if missing := [song for song in given.ratings if song not in there]:
        raise DataError(f"{audio}: has no audio of song {missing[0]}")
    nothing = np.empty((0, 3))
    return AffectDataset(
        [there[song] for song in given.ratings],
        (np.array(list(given.ratings.values())) - NEUTRAL) / HALF_SCALE,
        [given.tracks.get(song, nothing) for song in given.ratings],
        np.array([given.artists.get(song, "").casefold() for song in given.ratings]),
        labels.name,
        sha256_of(*files),
        given.notes,
    )


def _emomusic(folder: Path) -> Annotations:
    return Annotations(*emomusic.read(folder))


def _deam(folder: Path) -> Annotations:
    ratings, tracks, notes = deam.read(folder)
    return Annotations(ratings, tracks, {}, notes)


def _table(file: Path) -> Annotations:
    columns = ("valence_mean", "arousal_mean")
    ratings, artists = {}, {}
    for line, row in rows(file, columns):
        valence, arousal = (number(file, line, row[column]) for column in columns)
        ratings[row["song_id"]] = valence, arousal
        artists[row["song_id"]] = row.get("artist", "")
    return Annotations(ratings, {}, artists)

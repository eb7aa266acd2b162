"""Songs with ratings of valence and arousal: DEAM, emoMusic, or a table of the user's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tagger.datasets import deam, emomusic
from tagger.datasets.annotations import Annotations, find_audio, read_ratings, read_rows
from tagger.datasets.multilabel import sha256_of
from tagger.errors import DataError

NEUTRAL, HALF_SCALE = 5.0, 4.0
"""Middle and half width of the rating scale of 1..9."""


@dataclass(frozen=True)
class AffectDataset:
    """Songs with ratings of valence and arousal.

    Attributes
    ----------
    paths : list of Path
        Audio file of each song.
    labels : numpy.ndarray, shape=(songs, 2)
        Mean valence and arousal, in -1..1.
    tracks : list of numpy.ndarray, shape=(steps, 3)
        Dynamic ratings of each song: time in seconds, valence and arousal in -1..1; no steps if there are none.
    artists : numpy.ndarray, shape=(songs,)
        Names in case-folded form; empty if not known.
    source, sha256 : str
        Name and hash of the annotations.
    notes : tuple of str
        Corrections and selections, as sentences.
    """

    paths: list[Path]
    labels: np.ndarray
    tracks: list[np.ndarray]
    artists: np.ndarray
    source: str
    sha256: str
    notes: tuple[str, ...] = ()

    def with_artists(self) -> AffectDataset:
        """Select the songs with a known artist.

        Returns
        -------
        AffectDataset
            With a note on the number of songs and artists.

        Raises
        ------
        DataError
            If there are fewer than two artists.
        """
        known = self.artists != ""
        count = len(np.unique(self.artists[known]))
        if count < 2:
            raise DataError(f"{self.source}: fewer than two artists are named; cannot hold out songs by artist")
        indices = np.flatnonzero(known)
        return replace(
            self,
            paths=[self.paths[i] for i in indices],
            labels=self.labels[known],
            tracks=[self.tracks[i] for i in indices],
            artists=self.artists[known],
            notes=(*self.notes, f"{len(indices)} of {len(known)} songs have a known artist ({count} artists)"),
        )


def read_affect_dataset(audio: Path, labels: Path) -> AffectDataset:
    """Read songs and their ratings.

    Parameters
    ----------
    audio : Path
        Directory of the audio files, each named by its `song_id`, with any suffix.
    labels : Path
        A CSV file with the columns `song_id`, `valence_mean` and `arousal_mean` (1..9) and optionally `artist`, or the
        directory of the original annotations of DEAM or emoMusic.

    Returns
    -------
    AffectDataset
        In the order of the annotations.

    Raises
    ------
    DataError
        If a file, a column, a number or the audio of a song is missing, or a song id occurs twice.
    """
    annotations = _read_annotations(labels)
    if not annotations.ratings:
        raise DataError(f"{labels}: no songs found")
    paths = find_audio(audio, annotations.ratings)
    files = sorted(labels.glob("*.csv")) if labels.is_dir() else [labels]
    no_track = np.empty((0, 3))
    return AffectDataset(
        paths,
        (np.array(list(annotations.ratings.values())) - NEUTRAL) / HALF_SCALE,
        [annotations.tracks.get(song, no_track) for song in annotations.ratings],
        np.array([annotations.artists.get(song, "").casefold() for song in annotations.ratings]),
        labels.name,
        sha256_of(*files),
        annotations.notes,
    )


def _read_annotations(labels: Path) -> Annotations:
    if not labels.is_dir():
        return read_table(labels)
    return emomusic.read(labels) if emomusic.is_emomusic(labels) else deam.read(labels)


def read_table(file: Path) -> Annotations:
    """Read ratings, and artists if there are any, from a CSV file.

    Parameters
    ----------
    file : Path
        With the columns `song_id`, `valence_mean` and `arousal_mean` (1..9) and optionally `artist`.

    Returns
    -------
    Annotations

    Raises
    ------
    DataError
        If the file cannot be read, a column or number is missing, or a song occurs twice.
    """
    ratings = read_ratings(file, "valence_mean", "arousal_mean")
    artists = {row["song_id"]: row.get("artist", "") for _, row in read_rows(file)}
    return Annotations(ratings, artists=artists)

"""emoMusic: 744 songs with static and dynamic ratings of valence and arousal. EmoDJ was trained on it.

M. Soleymani et al., "1000 songs for emotional analysis of music", CrowdMM 2013.
"""

from __future__ import annotations

from pathlib import Path

from tagger.datasets.annotations import Annotations, read_ratings, read_rows, read_tracks
from tagger.errors import DataError

STATIC, SONGS = "static_annotations.csv", "songs_info.csv"
DYNAMIC = ("valence_cont_average.csv", "arousal_cont_average.csv")


def is_emomusic(folder: Path) -> bool:
    """Check by file names whether a folder holds the annotations of emoMusic.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
    """
    return all((folder / name).exists() for name in DYNAMIC)


def read(folder: Path) -> Annotations:
    """Read the annotations and the artists.

    Parameters
    ----------
    folder : Path
        Contains ``static_annotations.csv``, ``valence_cont_average.csv``, ``arousal_cont_average.csv`` and
        ``songs_info.csv``.

    Returns
    -------
    Annotations

    Raises
    ------
    DataError
        If a file, a column, a number or a song is missing, or a song occurs twice.
    """
    ratings = read_ratings(folder / STATIC, "mean_valence", "mean_arousal")
    tracks = read_tracks(*(folder / name for name in DYNAMIC))
    artists = {row["song_id"]: row["Artist"] for _, row in read_rows(folder / SONGS, ("Artist",))}
    for name, available in ((DYNAMIC[0], tracks.keys()), (SONGS, artists.keys())):
        if missing := [song for song in ratings if song not in available]:
            raise DataError(f"{folder / name}: song {missing[0]} is missing")
    return Annotations(ratings, tracks, artists)

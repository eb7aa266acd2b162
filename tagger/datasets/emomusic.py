"""emoMusic, the data set that EmoDJ was trained on: 744 songs, rated as a whole and while they played."""

from __future__ import annotations

from pathlib import Path

from tagger.datasets.annotations import Tracks, number, rows, tracks
from tagger.errors import DataError

STATIC, SONGS = "static_annotations.csv", "songs_info.csv"
DYNAMIC = ("valence_cont_average.csv", "arousal_cont_average.csv")


def is_here(folder: Path) -> bool:
    """Tell whether a folder holds this data set, by the names of its files."""
    return all((folder / name).exists() for name in DYNAMIC)


def read(folder: Path) -> tuple[dict[str, tuple[float, float]], Tracks, dict[str, str]]:
    """Read the annotations and who plays.

    Parameters
    ----------
    folder : Path
        With ``static_annotations.csv``, ``valence_cont_average.csv`` and ``arousal_cont_average.csv``, and
        ``songs_info.csv``.

    Returns
    -------
    ratings : dict of str to (float, float)
        Mean valence and arousal by song, on the scale of 1 to 9.
    tracks : dict of str to numpy.ndarray, shape=(steps, 3)
        Second, valence and arousal in -1..1.
    artists : dict of str to str

    Raises
    ------
    DataError
        If a file, a column, a number or a song is missing, or a song is there twice.
    """
    static = folder / STATIC
    ratings = {
        row["song_id"]: (number(static, line, row["mean_valence"]), number(static, line, row["mean_arousal"]))
        for line, row in rows(static, ("mean_valence", "mean_arousal"))
    }
    while_played = tracks(*(folder / name for name in DYNAMIC))
    artists = {row["song_id"]: row["Artist"] for _, row in rows(folder / SONGS, ("Artist",))}
    for name, there in ((DYNAMIC[0], while_played), (SONGS, artists)):
        if lacking := [song for song in ratings if song not in there]:
            raise DataError(f"{folder / name}: lacks song {lacking[0]}")
    return ratings, while_played, artists

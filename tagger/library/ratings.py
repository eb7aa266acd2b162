"""The user's own ratings of songs, in the library."""

from __future__ import annotations

import time
from typing import NamedTuple

from tagger.library.store import Store


class Rating(NamedTuple):
    """A rating of a song by the user.

    Attributes
    ----------
    valence, arousal : float or None
        In -1..1; None if the song was not rated for it.
    """

    valence: float | None
    arousal: float | None


def set_rating(store: Store, audio: int, rating: Rating) -> Rating:
    """Add a rating. What it leaves open keeps an earlier value.

    Parameters
    ----------
    store : Store
        The library database.
    audio : int
        Audio id.
    rating : Rating

    Returns
    -------
    Rating
        What the library has of the song now.
    """
    rows = store.read("SELECT valence, arousal FROM rating WHERE audio = ?", audio) or [(None, None)]
    valence, arousal = (new if new is not None else old for new, old in zip(rating, rows[0], strict=True))
    store.write("REPLACE INTO rating VALUES (?, ?, ?, ?)", audio, valence, arousal, time.time())
    return Rating(valence, arousal)


def remove_rating(store: Store, audio: int) -> bool:
    """Remove the rating of a song; return whether there was one.

    Parameters
    ----------
    store : Store
        The library database.
    audio : int
        Audio id.

    Returns
    -------
    bool
    """
    return store.write("DELETE FROM rating WHERE audio = ?", audio) > 0


def ratings(store: Store) -> dict[int, Rating]:
    """Return all ratings, by audio id, the earliest first.

    Parameters
    ----------
    store : Store
        The library database.

    Returns
    -------
    dict of int to Rating
    """
    rows = store.read("SELECT audio, valence, arousal FROM rating ORDER BY rated_at, audio")
    return {audio: Rating(valence, arousal) for audio, valence, arousal in rows}

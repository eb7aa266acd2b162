"""Which prediction of a song counts: the newest one, or that of the models that were used last."""

from __future__ import annotations

import time
from collections.abc import Iterable

from tagger.library.store import Store


def make_newest(store: Store, audio: Iterable[int], model: str) -> None:
    """Make the predictions of some models the newest, because a scan uses them again.

    Parameters
    ----------
    store : Store
        The library database.
    audio : iterable of int
        Audio ids.
    model : str
        Names of the models.
    """
    query = (
        "SELECT audio FROM prediction WHERE model = ? AND audio IN ({}) AND EXISTS (SELECT 1 FROM prediction AS other"
        " WHERE other.audio = prediction.audio AND other.predicted_at > prediction.predicted_at)"
    )
    for (key,) in list(store.read_batches(query, sorted(set(audio)), model)):
        store.write("UPDATE prediction SET predicted_at = ? WHERE audio = ? AND model = ?", time.time(), key, model)

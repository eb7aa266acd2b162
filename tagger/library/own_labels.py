"""The user's own moods that the library has predictions of."""

from __future__ import annotations

from tagger.library.records import to_own_moods
from tagger.library.store import Store


def own_labels(store: Store) -> tuple[str, ...] | None:
    """Return the user's own moods that the library has predictions of.

    Parameters
    ----------
    store : Store
        The library database.

    Returns
    -------
    tuple of str or None
        In the order of the models; None if no prediction has any.
    """
    rows = store.read("SELECT own_moods FROM prediction WHERE own_moods IS NOT NULL GROUP BY model ORDER BY model")
    labels = [mood.name for (text,) in rows for mood in to_own_moods(text, store.path)]
    return tuple(dict.fromkeys(labels)) if labels else None

"""Features of audio: pure functions on arrays that know neither files nor models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

VERSIONS = {"moods": 1, "affect": 2, "segments": 1}
"""Version of the numbers of each set; a change that moves any of them needs another."""


def beside(sets: Sequence[np.ndarray]) -> np.ndarray:
    """Put several sets of a song's features side by side.

    Parameters
    ----------
    sets : sequence of numpy.ndarray, shape=(rows, columns)
        All with as many rows, or with one, which is put beside each of the others'.

    Returns
    -------
    numpy.ndarray, shape=(rows, all columns)
    """
    import numpy as np

    rows = max(len(each) for each in sets)
    return np.hstack([np.broadcast_to(each, (rows, each.shape[1])) for each in sets])

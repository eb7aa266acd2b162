"""Features of audio: pure functions on arrays that know neither files nor models.

Each module has ``extract`` for its set: `marsyas` the 72 features of 30 seconds, `affect` those of a window of 10,
`segments` EmoDJ's of half a second. All take mono samples at 22 050 Hz in -1..1.

Examples
--------
>>> import numpy as np
>>> from tagger.features import marsyas
>>> t = np.arange(30 * 22050) / 22050
>>> features = marsyas.extract(0.5 * np.sin(2 * np.pi * 440 * t))
>>> features.shape, len(marsyas.COLUMNS)
((72,), 72)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

VERSIONS = {"moods": 1, "affect": 2, "segments": 1}
"""Version of the numbers of each set; a change that moves any of them needs another."""

COLUMNS = {"moods": 72, "affect": 211, "segments": 264}
"""Number of columns of each set."""


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

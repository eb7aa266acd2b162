"""Features of audio: pure functions on arrays, independent of files and models.

Each module has an ``extract`` function for its set of features: `marsyas` for the 72 features of 30 seconds, `affect`
for those of a 10-second window, `segments` for EmoDJ's of half-second segments, `embedding` for 200 values of a network
that was trained to predict tags. All take mono samples at 22 050 Hz in
-1..1.

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
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.floating[Any]]
    """Samples or features, as 32-bit or 64-bit floats."""

VERSIONS = {"moods": 1, "affect": 2, "segments": 1, "embedding": 2}
"""Version of each feature set; raise it with any change that alters a value."""

COLUMNS = {"moods": 72, "affect": 211, "segments": 264, "embedding": 200}
"""Number of columns of each set."""


def join_feature_sets(sets: Sequence[FloatArray]) -> FloatArray:
    """Join several feature sets of a song column by column.

    Parameters
    ----------
    sets : sequence of numpy.ndarray, shape=(rows, columns)
        The rows of the first set are kept. To each of them, the mean of each other set is joined.

    Returns
    -------
    numpy.ndarray, shape=(rows, total columns)
        With as many rows as the first set.
    """
    import numpy as np

    first, *others = sets
    means = [features.mean(axis=0, dtype=np.float64).astype(features.dtype) for features in others]
    return np.hstack([first, *(np.broadcast_to(mean, (len(first), len(mean))) for mean in means)])

"""The recipe of `emotag rate --output`: the joint model with valence and arousal adjusted to one listener."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tagger._version import __version__
from tagger.emotions import MOODS, Prediction
from tagger.features import COLUMNS, VERSIONS
from tagger.library.ratings import Rating
from tagger.library.records import feature_arrays
from tagger.library.store import Store
from tagger.models import format
from tagger.models.components import ListenerCorrection
from tagger.models.model import EmotionModel
from tagger.models.predictor import Predictor
from tagger.training.cards import creation_date
from tagger.training.estimators.listener import ListenerFit, fit_listener
from tagger.training.recipes.base import OUTPUTS

BATCH = 200
"""Songs whose features are read at a time."""


def predict_rated(store: Store, ratings: Mapping[int, Rating]) -> dict[int, Prediction]:
    """Predict the rated songs with the bundled joint model, from their features in the library.

    Parameters
    ----------
    store : Store
        The library database.
    ratings : mapping of int to Rating
        By audio id.

    Returns
    -------
    dict of int to Prediction
        By audio id; songs whose features the library lacks are left out.
    """
    predictor = Predictor()
    ids = list(ratings)
    predictions: dict[int, Prediction] = {}
    for start in range(0, len(ids), BATCH):
        songs = feature_arrays(store.features(ids[start : start + BATCH], predictor.versions))
        if songs:
            predictions |= predictor.predict(songs)
    return predictions


def fit(ratings: Mapping[int, Rating], predictions: Mapping[int, Prediction]) -> dict[str, ListenerFit]:
    """Fit the corrections of valence and arousal.

    Parameters
    ----------
    ratings : mapping of int to Rating
        By audio id.
    predictions : mapping of int to Prediction
        By audio id; ratings of other songs are not used.

    Returns
    -------
    dict of str to ListenerFit
        For ``valence`` and ``arousal``.
    """
    ids = [audio for audio in ratings if audio in predictions]
    predicted = np.array([[predictions[audio].valence, predictions[audio].arousal] for audio in ids]).reshape(-1, 2)
    rated = np.array([ratings[audio] for audio in ids], np.float64).reshape(-1, 2)
    return {name: fit_listener(predicted, rated, i) for i, name in enumerate(OUTPUTS)}


def save(fits: Mapping[str, ListenerFit], out: Path) -> dict[str, Any]:
    """Save the adjusted model and its card.

    Parameters
    ----------
    fits : mapping of str to ListenerFit
        For ``valence`` and ``arousal``.
    out : Path
        Model file to write.

    Returns
    -------
    dict
        The card as written.
    """
    bundled = format.bundled("emotion")
    assert isinstance(bundled, EmotionModel)
    weights = np.column_stack([fits[name].weights for name in OUTPUTS])
    features = {name: VERSIONS[name] for name in bundled.features}
    card = {
        "kind": "emotion",
        "created": creation_date(),
        "features": features,
        "algorithm": f"{bundled.name}, with a linear correction of valence and arousal to one listener",
        "protocol": "each rating left out once; root mean squared errors",
        "figures": {
            name: {
                "ratings": found.ratings,
                "bundled_error": found.error if np.isfinite(found.error) else None,
                "adjusted_error": found.corrected_error if np.isfinite(found.corrected_error) else None,
                "adjusted": found.is_better,
            }
            for name, found in fits.items()
        },
        "made_with": {"emotag": __version__, "numpy": np.__version__},
    }
    content = {
        "kind": "emotion",
        "features": features,
        "columns": sum(COLUMNS[name] for name in features),
        "labels": list(MOODS),
        "threshold": bundled.threshold,
        "component": ListenerCorrection(bundled.component, len(MOODS), weights[1:], weights[0]),
    }
    return format.save(out, content, card)

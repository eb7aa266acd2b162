"""Models: loading, checking and applying model files.

Examples
--------
>>> import numpy as np
>>> from tagger import models
>>> model = models.bundled("moods")
>>> model.features
{'moods': 1}
>>> model.predict(np.zeros((5, 72))).shape
(5, 6)
"""

from tagger.models.format import KINDS, OWN, bundled, cards, load, read_card, save, verify
from tagger.models.model import AffectModel, EmotionModel, Model, MoodsModel, OwnMoodsModel, check_features

__all__ = [
    "KINDS",
    "OWN",
    "AffectModel",
    "EmotionModel",
    "Model",
    "MoodsModel",
    "OwnMoodsModel",
    "bundled",
    "cards",
    "check_features",
    "load",
    "read_card",
    "save",
    "verify",
]

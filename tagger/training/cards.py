"""Model cards, and saving a trained model with its card."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import sklearn

from tagger._version import __version__
from tagger.datasets.affect import AffectDataset
from tagger.datasets.mer450 import QuadrantDataset
from tagger.datasets.multilabel import MoodDataset
from tagger.features import COLUMNS, VERSIONS
from tagger.models import format
from tagger.models.components import Component

CAUTION = (
    "The settings were chosen with the same protocol on the same songs, so these figures are slightly optimistic. "
    "`se` is the standard error over the shuffles; it does not include the uncertainty due to the small number of "
    "songs."
)


def describe_data(data: AffectDataset | MoodDataset | QuadrantDataset, **details: Any) -> dict[str, Any]:
    """Return what a card says of the data that a model was trained on.

    Parameters
    ----------
    data : AffectDataset, MoodDataset or QuadrantDataset
    **details
        Further values that are particular to the model.

    Returns
    -------
    dict
    """
    songs = len(data.paths) if isinstance(data, QuadrantDataset) else len(data.labels)
    return {"file": data.source, "sha256": data.sha256, "songs": songs, **details}


def creation_date() -> str:
    """Return the date of a card: today's, or that of ``SOURCE_DATE_EPOCH``.

    Returns
    -------
    str
        As YYYY-MM-DD.
    """
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).date().isoformat()


def save_model(
    out: Path,
    kind: str,
    feature_sets: Sequence[str],
    component: Component,
    card: dict[str, Any],
    **content: Any,
) -> dict[str, Any]:
    """Save a model and its card.

    The card gets the fields that all cards have. Its date is that of the environment variable ``SOURCE_DATE_EPOCH`` if
    it is set, so that a build can be reproduced.

    Parameters
    ----------
    out : Path
        Model file to write.
    kind : {"emotion", "moods", "affect"}
    feature_sets : sequence of str
        Names of the feature sets, in the order of the columns.
    component : Component
        The trained model.
    card : dict
        Fields of the card that are particular to the model.
    **content
        Further contents of the model file, such as labels and threshold.

    Returns
    -------
    dict
        The card as written.
    """
    features = {name: VERSIONS[name] for name in feature_sets}
    columns = sum(COLUMNS[name] for name in feature_sets)
    full_card = {
        "kind": kind,
        "created": creation_date(),
        "features": features,
        **card,
        "caution": CAUTION,
        "made_with": {"emotag": __version__, "scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    }
    model = {
        "kind": kind,
        "features": features,
        "columns": columns,
        **content,
        "component": component,
    }
    return format.save(out, model, full_card)

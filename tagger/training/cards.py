"""What every model card says."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

import numpy
import sklearn

from tagger import __version__

CAUTION = (
    "The settings were chosen by the same protocol on the same songs, so these figures flatter a little. "
    "`se` is the standard error over the shufflings; that the songs are few is not counted in it."
)


def card(kind: str, features: dict[str, int], **particulars: Any) -> dict[str, Any]:
    """Return a card: the particulars of a model with what is common to all.

    The date is that of ``SOURCE_DATE_EPOCH`` where it is set, so that a build can be repeated.
    """
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return {
        "kind": kind,
        "created": datetime.datetime.fromtimestamp(now, datetime.timezone.utc).date().isoformat(),
        "features": features,
        **particulars,
        "caution": CAUTION,
        "made_with": {"emotag": __version__, "scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    }

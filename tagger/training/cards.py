"""What every model card says."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

import numpy
import sklearn

from tagger import __version__


def card(kind: str, *, version: int, columns: int, **particulars: Any) -> dict[str, Any]:
    """Return a card: the particulars of a model with what is common to all.

    The date is that of ``SOURCE_DATE_EPOCH`` where it is set, so that a build can be repeated.
    """
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return {
        "kind": kind,
        "created": datetime.datetime.fromtimestamp(now, datetime.timezone.utc).date().isoformat(),
        "features": {"set": kind, "version": version, "columns": columns},
        **particulars,
        "made_with": {"emotag": __version__, "scikit-learn": sklearn.__version__, "numpy": numpy.__version__},
    }

"""Libraries that only some commands need, and that an extra of the installation brings."""

from __future__ import annotations

import importlib
from typing import Any

from tagger.errors import ExtraMissing


def require_extra(name: str, extra: str) -> Any:
    """Import a library that an extra brings.

    Raises
    ------
    ExtraMissing
        If it is not installed, with the command that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ExtraMissing(
            f"this needs {name}, which the extra `{extra}` brings: pip install 'emotag[{extra}]'"
        ) from None

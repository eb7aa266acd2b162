"""Optional dependencies, which an extra of the package installs."""

from __future__ import annotations

import importlib
from typing import Any

from tagger.errors import ExtraMissing


def require_extra(name: str, extra: str) -> Any:
    """Import a package that is an optional dependency.

    Parameters
    ----------
    name : str
        Name of the module to import.
    extra : str
        Extra of emotag that installs it.

    Returns
    -------
    module

    Raises
    ------
    ExtraMissing
        If it is not installed; the message has the command that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ExtraMissing(f"{name} is not installed; run: pip install 'emotag[{extra}]'") from None

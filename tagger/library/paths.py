"""Where the library store lies."""

from __future__ import annotations

import os


def store_path() -> str:
    """Return where the library store lies unless it is said otherwise: ``EMOTAG_STORE``, or the user's data folder."""
    from platformdirs import user_data_dir

    return os.environ.get("EMOTAG_STORE") or os.path.join(user_data_dir("emotag", appauthor=False), "library.sqlite")

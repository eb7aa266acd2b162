"""The path of the library store."""

from __future__ import annotations

import os


def store_path() -> str:
    """Return the default path of the library store.

    Returns
    -------
    str
        The value of ``EMOTAG_STORE`` if it is set, else ``library.sqlite`` in emotag's user data directory.
    """
    from platformdirs import user_data_dir

    return os.environ.get("EMOTAG_STORE") or os.path.join(user_data_dir("emotag", appauthor=False), "library.sqlite")

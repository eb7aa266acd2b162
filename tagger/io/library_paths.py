"""The paths of the library database and of its journal."""

from __future__ import annotations

import os

JOURNAL_SUFFIX = ".journal"


def store_path() -> str:
    """Return the default path of the library database.

    Returns
    -------
    str
        The value of ``EMOTAG_STORE`` if it is set, else ``library.sqlite`` in emotag's user data directory.
    """
    path = os.environ.get("EMOTAG_STORE")
    if path:
        return path
    from platformdirs import user_data_dir

    return os.path.join(user_data_dir("emotag", appauthor=False), "library.sqlite")


def journal_dir(store: str) -> str:
    """Return the directory of the journal of a store.

    Parameters
    ----------
    store : str
        Path of the store; empty for a temporary one.

    Returns
    -------
    str
        Empty for a temporary store.
    """
    return store + JOURNAL_SUFFIX if store else ""


def default_journal() -> str:
    """Return the journal for writes without a library: that of the user's default library.

    Returns
    -------
    str
        Path of a folder, which may not exist.
    """
    return journal_dir(store_path())

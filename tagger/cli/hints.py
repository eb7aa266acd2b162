"""Command lines that messages suggest to the user."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tagger.cli.streams import printable
from tagger.io.library_paths import store_path

MAX_PATHS = 3
"""Number of paths up to which a suggested command names them."""


def suggested_command(command: str, paths: Sequence[str], store: str) -> str:
    """Return a command line with the library database of the current command, in backquotes.

    Parameters
    ----------
    command : str
        Name of the command, and its options.
    paths : sequence of str
        Its arguments.
    store : str
        The library database of the current command; empty for none.

    Returns
    -------
    str
        Safe to print on a terminal and, unless there are too many paths or control characters, safe to paste there.
    """
    words = ["emotag", *command.split()]
    if not store:
        words.append("--no-store")
    elif store != store_path():
        words += ["--store", shlex.quote(store)]
    if len(paths) > MAX_PATHS:
        words.append("PATH...")
    else:
        words += ["--"] if any(path.startswith("-") for path in paths) else []
        words += map(shlex.quote, paths)
    return printable(f"`{' '.join(words)}`".encode(errors="surrogateescape").decode(errors="replace"))

"""File names as text that any program can read, and back to the same bytes."""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

SCHEME = "file://"


def path_to_text(path: str) -> str:
    """Write a path as valid Unicode.

    A path that is not UTF-8 on disk becomes a ``file://`` address, which keeps every byte; any other
    stays as it is, but for a ``./`` before what a reader would take for an address or a formula.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return SCHEME + quote_from_bytes(os.fsencode(os.path.abspath(path)))
    return f"./{path}" if path.startswith(("file:", "=", "+", "-", "@", "\t", "\r", "\n")) else path


def path_from_text(text: str) -> str:
    """Return the path that `to_text` wrote."""
    if text.startswith(SCHEME):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(SCHEME)))
    return text

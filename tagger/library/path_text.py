"""Encoding of file names as text that any program can read and turn back into the same bytes."""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes

SCHEME = "file://"

PREFIXED = ("file:", "=", "+", "-", "@", "\t", "\r", "\n")
"""Beginnings of names that a reader could take for a URL, or a spreadsheet for a formula."""


def path_to_text(path: str) -> str:
    """Encode a path as valid Unicode.

    Parameters
    ----------
    path : str
        A path; bytes that are not UTF-8 are surrogates, as `os.fsdecode` returns them.

    Returns
    -------
    str
        For a path that is not valid UTF-8, a ``file://`` URL of the absolute path, which keeps every byte. Else the
        path, with ``./`` before names that begin with one of `PREFIXED`.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return path_to_uri(path)
    return f"./{path}" if path.startswith(PREFIXED) else path


def path_to_uri(path: str) -> str:
    """Encode a path as a URI, in which every special character is percent-encoded.

    Parameters
    ----------
    path : str
        As for `path_to_text`.

    Returns
    -------
    str
        A ``file://`` URI of the absolute path.
    """
    return SCHEME + quote_from_bytes(os.fsencode(os.path.abspath(path)))

"""The inverse of `tagger.library.path_text.path_to_text`, as a program that reads emotag's reports needs it."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

from tagger.library.path_text import SCHEME


def path_from_text(text: str) -> str:
    """Return the path that `path_to_text` encoded."""
    if text.startswith(SCHEME):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(SCHEME)))
    return text

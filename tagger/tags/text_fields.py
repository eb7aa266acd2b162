"""Read any text field from the tags of a file, under its names in all containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagger.tags.safe_read import safe_read

KNOWN_NAMES = {
    "genre": ("TCON", "©gen", "WM/Genre"),
    "comment": ("COMM", "©cmt", "Description"),
    "grouping": ("TIT1", "GRP1", "©grp", "WM/ContentGroupDescription"),
}
"""Names of fields that some containers call otherwise."""

PREFIXES = ("TXXX:", "----:com.apple.iTunes:", "WM/", "")
"""What precedes the name of a field in ID3, MP4, ASF and other tags."""


def read_text_field(path: str, field: str) -> tuple[str, ...]:
    """Read the values of a field.

    Parameters
    ----------
    path : str
        The file.
    field : str
        Name of the field, such as ``GENRE`` or ``MYMOOD``, in upper or lower case.

    Returns
    -------
    tuple of str
        Empty if the file has no such field, or its tags cannot be read.
    """
    names = {(prefix + field).casefold() for prefix in PREFIXES}
    names |= {name.casefold() for name in KNOWN_NAMES.get(field.casefold(), ())}
    try:
        tags = getattr(safe_read(path), "tags", None)
        return tuple(_values(tags, names)) if tags else ()
    except Exception:
        # mutagen may raise any error on damaged tags, and the caller can do without them.
        return ()


def _values(tags: Any, names: set[str]) -> Iterator[str]:
    for key in tags.keys():  # noqa: SIM118 (iterating over the tags of ASF yields pairs)
        name = str(key).casefold()
        # ID3 adds a description and a language to the names of comments.
        if name in names or name.partition(":")[0] in names:
            for part in _parts(tags[key]):
                text = bytes(part).decode("utf-8", "replace") if isinstance(part, bytes) else str(part)
                yield from text.split("\0")


def _parts(value: Any) -> list[Any]:
    """Return the parts of a value: those of an ID3 frame (with the names of numbered genres), or those of a list."""
    parts = getattr(value, "genres", None) or getattr(value, "text", None) or value
    return parts if isinstance(parts, list) else [parts]

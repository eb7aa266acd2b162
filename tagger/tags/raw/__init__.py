"""Tags as bytes: parse them, list everything else in the file, and write changed tags.

Nothing here uses mutagen, so that the check after each write does not depend on the library that reads the tags. A
*layout* is one parsed file: where its tags are and what they contain. There are two kinds:

* `tagger.tags.raw.items.ItemLayout` for containers whose tags are named *items* (Vorbis comments, APEv2 items, MP4
  free-form atoms, ASF attributes);
* `tagger.tags.raw.id3_layout.Id3Layout` for containers with an ID3v2 tag, which `tagger.tags.raw.id3` parses into
  frames.

A layout describes everything that is not emotag's as a list of `Entry`. The writer compares the list from before a
write with the list from after it and refuses the write if they differ.

To add a container whose tags are named items:

1. Add a module here with a subclass of `ItemLayout`: `__init__` parses the open file, `other_entries` lists all other
   bytes, `write` replaces the items, `encode_value` and `make_item` build new ones. Read and move bytes with
   `tagger.tags.raw.files` only.
2. Add a module in `tagger.tags` with a subclass of `RepeatedItemContainer` if a field with several values is several
   items, or of `ListItemContainer` if it is one item with a list of values (`tagger.tags.item_container`).
3. Add the names of the fields to `tagger.tags.schema.NAMES`, the first bytes of the file to
   `tagger.tags.container_kinds`, and the class to `ITEM_CONTAINERS` in `tagger.tags.containers`.
4. Add a file of the new kind to `tests/tags/conftest.py`; most tests then cover it.

To add a container with an ID3v2 tag, add a subclass of `Id3Layout`, extend `find_layout`, and add mutagen's class to
`ID3_CLASSES` in `tagger.tags.containers`.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One part of a file that is not emotag's.

    Attributes
    ----------
    section : str
        Part of the container that holds it.
    key : str
        Its name in that part; not necessarily unique.
    data : bytes
        Its bytes, or the hash of a long range of them.
    """

    section: str
    key: str
    data: bytes

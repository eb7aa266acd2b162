"""Convert an ID3v1 tag at the end of a file to frames of ID3v2."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from tagger.tags.raw.files import file_size
from tagger.tags.raw.id3 import Tag, make_frame

SIZE = 128
FIELDS = (("TIT2", 3, 33), ("TPE1", 33, 63), ("TALB", 63, 93), ("TDRC", 93, 97))
"""Frame, start and end of the texts in an ID3v1 tag."""

LATIN1, NO_GENRE = b"\0", 255


def add_id3v1_frames(file: IO[bytes], tag: Tag) -> Tag:
    """Add the fields of a file's ID3v1 tag to a new ID3v2 tag.

    Players that find an ID3v2 tag, even one with moods only, ignore ID3v1: without this the song would lose its
    title. The texts are copied as bytes, since many are not in Latin-1 as they should be.

    Parameters
    ----------
    file : file
        Open for reading.
    tag : Tag
        A tag without frames.

    Returns
    -------
    Tag
        The same tag if the file has no ID3v1 tag.
    """
    size = file_size(file)
    if size < SIZE + 3:
        return tag
    file.seek(size - SIZE - 3)
    preceding, data = file.read(3), file.read(SIZE)
    if data[:3] != b"TAG" or (preceding == b"APE" and data[3:5] == b"EX"):
        return tag
    fields = [(name, b"", _text(data[start:end])) for name, start, end in FIELDS]
    comment, genre = data[97:127], data[127]
    if not comment[28] and comment[29]:
        fields.append(("TRCK", b"", str(comment[29]).encode()))
        comment = comment[:28]
    fields.append(("COMM", b"eng" + b"ID3v1 Comment\0", _text(comment)))
    if genre != NO_GENRE:
        fields.append(("TCON", b"", str(genre).encode()))
    frames = (make_frame(tag, name.encode("ascii"), LATIN1 + head + text) for name, head, text in fields if text)
    return replace(tag, frames=tuple(frames))


def _text(data: bytes) -> bytes:
    return data.split(b"\0")[0].strip()

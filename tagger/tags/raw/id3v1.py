"""What an ID3v1 tag at a file's end says, as frames of ID3v2."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import IO

from tagger.tags.raw.id3 import Tag, frame

SIZE = 128
FIELDS = (("TIT2", 3, 33), ("TPE1", 33, 63), ("TALB", 63, 93), ("TDRC", 93, 97))
LATIN1, NO_GENRE = b"\0", 255


def frames_from_id3v1(file: IO[bytes], tag: Tag) -> Tag:
    """Return a new tag with what the file's ID3v1 tag says.

    Players that find a tag of ID3v2, if only with moods, do not look for one of ID3v1: the song would lose its title.
    The texts are copied as bytes, since many were not written in Latin-1, as they should be.
    """
    size = file.seek(0, os.SEEK_END)
    if size < SIZE + 3:
        return tag
    file.seek(size - SIZE - 3)
    before, old = file.read(3), file.read(SIZE)
    if old[:3] != b"TAG" or (before == b"APE" and old[3:5] == b"EX"):
        return tag
    found = [(name, b"", _text(old[start:end])) for name, start, end in FIELDS]
    comment, genre = old[97:127], old[127]
    if not comment[28] and comment[29]:
        found.append(("TRCK", b"", str(comment[29]).encode()))
        comment = comment[:28]
    found.append(("COMM", b"eng" + b"ID3v1 Comment\0", _text(comment)))
    if genre != NO_GENRE:
        found.append(("TCON", b"", str(genre).encode()))
    frames = tuple(frame(tag, name.encode("ascii"), LATIN1 + head + text) for name, head, text in found if text)
    return replace(tag, frames=frames)


def _text(data: bytes) -> bytes:
    return data.split(b"\0")[0].strip()

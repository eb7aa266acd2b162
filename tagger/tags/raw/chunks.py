"""Where the ID3v2 tag of a file stands: at its beginning, in a chunk of RIFF or AIFF, or at the end of DSF.

A layout lists all that is not this tag, and puts another tag in its place; of the container only the sizes change.
"""

from __future__ import annotations

import hashlib
import os
import struct
from abc import ABC, abstractmethod
from typing import IO, NamedTuple

from tagger.errors import TagError
from tagger.tags.container import NotTaggable
from tagger.tags.raw import Entry, id3

BLOCK, MOST_CHUNKS = 1 << 20, 1 << 16
AUDIO = (b"data", b"SSND")
"""Chunks of audio, which is compared by itself; here only their sizes count."""

KINDS = {b"RIFF": "<I", b"FORM": ">I"}
"""How sizes are written in a container that begins so."""

UNTAGGABLE = {b"RF64": "RF64", b"BW64": "BW64", b"RIFX": "RIFX", b"riff": "Wave64"}
"""Kinds of WAV in which no program looks for tags."""


class Layout(ABC):
    """Where the tag of an open file stands.

    Attributes
    ----------
    tag : bytes
        The tag, empty if there is none.
    start, end : int
        Where in the file the bytes are that `write` exchanges.
    size : int
        Of the file.
    """

    tag: bytes
    start: int
    end: int
    size: int

    @abstractmethod
    def listing(self, file: IO[bytes]) -> list[Entry]:
        """List everything else."""

    @abstractmethod
    def write(self, file: IO[bytes], tag: bytes) -> None:
        """Put another tag in the tag's place, or none."""

    def same(self, other: Layout) -> bool:
        """Tell whether the tag of another file is the same, at the same place."""
        return (self.tag, self.start, self.end, self.size) == (other.tag, other.start, other.end, other.size)


class Plain(Layout):
    """A tag at the beginning of a file: MP3 and TrueAudio."""

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file.seek(0, os.SEEK_END)
        self.tag = _tag(file, 0, self.size)
        self.start, self.end = 0, len(self.tag)

    def listing(self, file: IO[bytes]) -> list[Entry]:
        return [Entry("file", "all behind the ID3v2 tag", _hash(file, self.end, self.size))]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        exchange(file, self.start, self.end, tag)


class Dsf(Layout):
    """A tag behind the audio, to which the header points."""

    HEADER = struct.Struct("<4sQQQ")

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(self.HEADER.size)
        if len(head) < self.HEADER.size:
            raise NotTaggable("its header is cut short")
        self.magic, self.head, self.total, self.pointer = self.HEADER.unpack(head)
        if self.pointer and not self.HEADER.size <= self.pointer <= self.size:
            raise NotTaggable("its header points to tags outside of the file")
        self.start = self.pointer or self.size
        self.tag = _tag(file, self.start, self.size) if self.pointer else b""
        self.end = self.start + len(self.tag)
        if self.end < self.size and not self.tag:
            raise TagError("its header points to something that is no ID3v2 tag")

    def listing(self, file: IO[bytes]) -> list[Entry]:
        file.seek(self.HEADER.size)
        head = file.read(64)
        return [
            Entry("DSF", "DSD ", struct.pack("<4sQ", self.magic, self.head) + head),
            Entry("DSF", "size of the audio", str(self.start).encode()),
            Entry("DSF", "all behind the ID3v2 tag", _hash(file, self.end, self.size)),
        ]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        exchange(file, self.start, self.end, tag)
        total = self.total + len(tag) - len(self.tag)
        file.seek(0)
        file.write(self.HEADER.pack(self.magic, self.head, total, self.start if tag else 0))


class Chunk(NamedTuple):
    """One chunk: its name, and where its header, its data and, maybe behind a byte of padding, the next one begin."""

    name: bytes
    start: int
    size: int
    end: int

    @property
    def data(self) -> int:
        return self.start + 8


class Chunked(Layout):
    """A tag in a chunk of its own: WAV and AIFF.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    NotTaggable
        If the chunks do not fit the file's length, so that nothing can be put behind or between them.
    TagError
        If the chunk of the tag holds something else.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(12)
        if head[:4] in UNTAGGABLE:
            raise NotTaggable(f"{UNTAGGABLE[head[:4]]} has no tags that can be written")
        if len(head) < 12 or head[:4] not in KINDS:
            raise NotTaggable("its header is cut short")
        self.kind, self.form, self.order = head[:4], head[8:], KINDS[head[:4]]
        self.chunks, self.stop = self._walked(file, 8 + struct.unpack(self.order, head[4:8])[0])
        self.chunk = next((chunk for chunk in self.chunks if chunk.name.upper() == b"ID3 "), None)
        self.tag = self.behind = b""
        self.start, self.end = self.stop, self.stop
        if self.chunk is not None:
            self.start, self.end = self.chunk.start, self.chunk.end
            self.tag = _tag(file, self.chunk.data, self.chunk.data + self.chunk.size)
            file.seek(self.chunk.data + len(self.tag))
            self.behind = file.read(self.chunk.size - len(self.tag))
            if not self.tag and self.behind.strip(b"\0"):
                raise TagError("its chunk for an ID3v2 tag holds something else")
            if not self.tag:
                self.behind = b""

    def _walked(self, file: IO[bytes], stated: int) -> tuple[list[Chunk], int]:
        """Return the chunks and where they end; the size that the header states may be wrong if they fill the file."""
        for stop in dict.fromkeys((min(stated, self.size), self.size)):
            chunks: list[Chunk] = []
            place = 12
            while place + 8 <= stop and len(chunks) < MOST_CHUNKS:
                file.seek(place)
                head = file.read(8)
                if not head.strip(b"\0"):
                    break
                name, size = head[:4], struct.unpack(self.order, head[4:])[0]
                end = place + 8 + size
                if end > stop or not name.isascii() or min(name) < 32:
                    break
                # The byte of padding behind the last chunk is often missing.
                chunks.append(Chunk(name, place, size, min(end + size % 2, self.size)))
                place = chunks[-1].end
            file.seek(place)
            rest = file.read(min(BLOCK, max(0, stop - place)))
            if chunks and (len(rest) < 8 or not rest.strip(b"\0")):
                return chunks, place
        raise NotTaggable(
            "the sizes in its header do not fit the file, which is cut short or was written through a pipe, "
            "so there is no place for tags"
        )

    def listing(self, file: IO[bytes]) -> list[Entry]:
        place = self.kind.decode("ascii")
        entries = [Entry(place, "form", self.form)]
        for chunk in self.chunks:
            if chunk == self.chunk:
                continue
            content = b"" if chunk.name in AUDIO else _hash(file, chunk.data, chunk.data + chunk.size)
            file.seek(chunk.data + chunk.size)
            pad = file.read(chunk.end - file.tell()) or bytes(chunk.size % 2)
            entries.append(Entry(place, chunk.name.decode("ascii"), struct.pack("<I", chunk.size) + content + pad))
        behind = self.behind if self.tag else b""
        return [
            *entries,
            Entry(place, "behind the tag", behind),
            Entry(place, "end", _hash(file, self.stop, self.size)),
        ]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        name = self.chunk.name if self.chunk else (b"id3 " if self.kind == b"RIFF" else b"ID3 ")
        content = tag + self.behind
        block = name + struct.pack(self.order, len(content)) + content + bytes(len(content) % 2) if content else b""
        last = self.chunks[-1]
        if block and self.start == last.end == last.data + last.size and last.size % 2:
            block = b"\0" + block  # the padding that the last chunk lacks
        size = self.stop + len(block) - (self.end - self.start) - 8
        if size >= 1 << 32:
            raise NotTaggable("it is too large for a tag")
        exchange(file, self.start, self.end, block)
        file.seek(4)
        file.write(struct.pack(self.order, size))


def layout(file: IO[bytes], kind: str) -> Layout:
    """Find where the tag of a file stands.

    Parameters
    ----------
    file : file
        Open for reading.
    kind : str
        mutagen's name for what the file is.
    """
    file.seek(0)
    start = file.read(4)
    if kind in ("WAVE", "AIFF") or start in KINDS or start in UNTAGGABLE:
        return Chunked(file)
    return Dsf(file) if kind == "DSF" else Plain(file)


def kind(file: IO[bytes]) -> str:
    """Return mutagen's name for WAV and AIFF files, whatever their names, and nothing for others.

    Raises
    ------
    NotTaggable
        If the file has no place for a tag.
    """
    head = file.read(12)
    found = {b"WAVE": "WAVE", b"AIFF": "AIFF", b"AIFC": "AIFF"}.get(head[8:12], "") if head[:4] in KINDS else ""
    if found or head[:4] in UNTAGGABLE:
        Chunked(file)
    return found


def exchange(file: IO[bytes], start: int, end: int, data: bytes) -> None:
    """Put other bytes in the place of some; what follows is moved once, and not at all if there are as many."""
    shift = len(data) - (end - start)
    size = file.seek(0, os.SEEK_END)
    if shift > 0:
        for stop in range(size, end, -BLOCK):
            _move(file, max(end, stop - BLOCK), stop, shift)
    elif shift < 0:
        for place in range(end, size, BLOCK):
            _move(file, place, min(size, place + BLOCK), shift)
        file.truncate(size + shift)
    file.seek(start)
    file.write(data)


def _move(file: IO[bytes], start: int, end: int, shift: int) -> None:
    file.seek(start)
    block = file.read(end - start)
    file.seek(start + shift)
    file.write(block)


def _tag(file: IO[bytes], start: int, limit: int) -> bytes:
    """Return the bytes of the tag that begins at a place, with its footer."""
    file.seek(start)
    head = file.read(min(id3.HEADER, limit - start))
    length = id3.length(head)
    if not length:
        return b""
    if length > limit - start:
        raise TagError("its ID3v2 tag is cut short")
    file.seek(start)
    data = file.read(min(length + id3.HEADER, limit - start))
    footer = head[3] == 4 and head[5] & id3.FOOTER and data[length : length + 3] == b"3DI"
    return data if footer and len(data) == length + id3.HEADER else data[:length]


def _hash(file: IO[bytes], start: int, end: int) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    file.seek(start)
    while start < end and (block := file.read(min(BLOCK, end - start))):
        digest.update(block)
        start += len(block)
    return digest.digest()

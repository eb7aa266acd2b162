"""Find and replace the ID3v2 tag of a file: at its start, in a chunk of WAV or AIFF, or at the end of DSF.

A layout lists everything except this tag and replaces it; of the container only the sizes change.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from typing import IO, NamedTuple

from tagger.errors import NotTaggable, TagError
from tagger.tags.raw import Entry, id3, id3v1
from tagger.tags.raw.files import BLOCK, file_size, hash_range, replace_range
from tagger.tags.raw.id3_scan import HEADER_SIZE

MAX_CHUNKS = 1 << 16
AUDIO_CHUNKS = (b"data", b"SSND")
"""Chunks of audio, which is compared by its own hash; here only their sizes count."""

BYTE_ORDERS = {b"RIFF": "<I", b"FORM": ">I"}
"""Format of the sizes, by the start of the container."""

UNTAGGABLE = {b"RF64": "RF64", b"BW64": "BW64", b"RIFX": "RIFX", b"riff": "Wave64"}
"""Kinds of WAV in which no program looks for tags."""


class Id3Layout(ABC):
    """A file and the position of its ID3v2 tag.

    Attributes
    ----------
    tag : bytes
        The tag; empty if there is none.
    start, end : int
        The byte range that `write` replaces.
    size : int
        Size of the file.
    """

    tag: bytes
    start: int
    end: int
    size: int

    @abstractmethod
    def other_entries(self, file: IO[bytes]) -> list[Entry]:
        """List everything in the file except the tag.

        Parameters
        ----------
        file : file
            The file, open for reading.

        Returns
        -------
        list of Entry
        """

    @abstractmethod
    def write(self, file: IO[bytes], tag: bytes) -> None:
        """Replace the tag.

        Parameters
        ----------
        file : file
            The file, open for reading and writing.
        tag : bytes
            The new tag; if empty, the old one is removed.
        """

    def new_tag(self, file: IO[bytes]) -> id3.Tag:
        """Return the tag for a file without one.

        Parameters
        ----------
        file : file
            The file, open for reading.

        Returns
        -------
        Tag
            ID3v2.4.
        """
        return id3.Tag(4)

    def same_tag(self, other: Id3Layout) -> bool:
        """Return whether another file has the same tag at the same position.

        Parameters
        ----------
        other : Id3Layout
            The other file.

        Returns
        -------
        bool
        """
        return (self.tag, self.start, self.end, self.size) == (other.tag, other.start, other.end, other.size)


class LeadingTagLayout(Id3Layout):
    """A file with a tag at its start: MP3 and TrueAudio.

    Parameters
    ----------
    file : file
        Open for reading.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file_size(file)
        self.tag = _read_tag(file, 0, self.size)
        self.start, self.end = 0, len(self.tag)

    def other_entries(self, file: IO[bytes]) -> list[Entry]:
        return [Entry("file", "after the ID3v2 tag", hash_range(file, self.end, self.size))]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        replace_range(file, self.start, self.end, tag)

    def new_tag(self, file: IO[bytes]) -> id3.Tag:
        return id3v1.add_id3v1_frames(file, id3.Tag(4))


class DsfLayout(Id3Layout):
    """A DSF file, whose header points to a tag after the audio.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    NotTaggable
        If the header is damaged.
    TagError
        If the header points to something else.
    """

    HEADER = struct.Struct("<4sQQQ")

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file_size(file)
        file.seek(0)
        header = file.read(self.HEADER.size)
        if len(header) < self.HEADER.size:
            raise NotTaggable("its header is cut short")
        self.magic, self.header_size, self.stated_size, self.pointer = self.HEADER.unpack(header)
        if self.pointer and not self.HEADER.size <= self.pointer <= self.size:
            raise NotTaggable("its header points to tags outside of the file")
        self.start = self.pointer or self.size
        self.tag = _read_tag(file, self.start, self.size) if self.pointer else b""
        self.end = self.start + len(self.tag)
        if self.end < self.size and not self.tag:
            raise TagError("its header points to something that is no ID3v2 tag")

    def other_entries(self, file: IO[bytes]) -> list[Entry]:
        file.seek(self.HEADER.size)
        header = file.read(64)
        return [
            Entry("DSF", "DSD ", struct.pack("<4sQ", self.magic, self.header_size) + header),
            Entry("DSF", "size of the audio", str(self.start).encode()),
            Entry("DSF", "after the ID3v2 tag", hash_range(file, self.end, self.size)),
        ]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        replace_range(file, self.start, self.end, tag)
        size = self.stated_size + len(tag) - len(self.tag)
        file.seek(0)
        file.write(self.HEADER.pack(self.magic, self.header_size, size, self.start if tag else 0))


class Chunk(NamedTuple):
    """One chunk of WAV or AIFF.

    Attributes
    ----------
    name : bytes
        Four bytes.
    start : int
        Offset of its header.
    size : int
        Size of its content in bytes.
    end : int
        Offset of the next chunk, after the byte of padding, if there is one.
    """

    name: bytes
    start: int
    size: int
    end: int

    @property
    def data(self) -> int:
        """Offset of its content."""
        return self.start + 8


class ChunkLayout(Id3Layout):
    """A WAV or AIFF file, whose tag is in a chunk.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    NotTaggable
        If the chunks do not fit the file's length, so that nothing can be inserted between or after them.
    TagError
        If the chunk of the tag holds something else.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file_size(file)
        file.seek(0)
        header = file.read(12)
        if header[:4] in UNTAGGABLE:
            raise NotTaggable(f"{UNTAGGABLE[header[:4]]} has no tags that can be written")
        if len(header) < 12 or header[:4] not in BYTE_ORDERS:
            raise NotTaggable("its header is cut short")
        self.kind, self.form, self.order = header[:4], header[8:], BYTE_ORDERS[header[:4]]
        self.chunks, self.stop = self._find_chunks(file, 8 + struct.unpack(self.order, header[4:8])[0])
        self.chunk = next((chunk for chunk in self.chunks if chunk.name.upper() == b"ID3 "), None)
        self.tag = self.after_tag = b""
        self.start, self.end = self.stop, self.stop
        if self.chunk is not None:
            self.start, self.end = self.chunk.start, self.chunk.end
            self.tag = _read_tag(file, self.chunk.data, self.chunk.data + self.chunk.size)
            file.seek(self.chunk.data + len(self.tag))
            self.after_tag = file.read(self.chunk.size - len(self.tag))
            if not self.tag and self.after_tag.strip(b"\0"):
                raise TagError("its chunk for an ID3v2 tag holds something else")
            if not self.tag:
                self.after_tag = b""

    def _find_chunks(self, file: IO[bytes], stated: int) -> tuple[list[Chunk], int]:
        """Return the chunks and where they end; the size in the header may be wrong if they fill the file."""
        for stop in dict.fromkeys((min(stated, self.size), self.size)):
            chunks: list[Chunk] = []
            offset = 12
            while offset + 8 <= stop and len(chunks) < MAX_CHUNKS:
                file.seek(offset)
                header = file.read(8)
                if not header.strip(b"\0"):
                    break
                name, size = header[:4], struct.unpack(self.order, header[4:])[0]
                end = offset + 8 + size
                if end > stop or not name.isascii() or min(name) < 32:
                    break
                # The byte of padding after the last chunk is often missing.
                chunks.append(Chunk(name, offset, size, min(end + size % 2, self.size)))
                offset = chunks[-1].end
            file.seek(offset)
            rest = file.read(min(BLOCK, max(0, stop - offset)))
            if chunks and (len(rest) < 8 or not rest.strip(b"\0")):
                return chunks, offset
        raise NotTaggable(
            "the sizes in its header do not fit the file, which is cut short or was written through a pipe, "
            "so there is no place for tags"
        )

    def other_entries(self, file: IO[bytes]) -> list[Entry]:
        section = self.kind.decode("ascii")
        entries = [Entry(section, "form", self.form)]
        for chunk in self.chunks:
            if chunk == self.chunk:
                continue
            content = b"" if chunk.name in AUDIO_CHUNKS else hash_range(file, chunk.data, chunk.data + chunk.size)
            file.seek(chunk.data + chunk.size)
            padding = file.read(chunk.end - file.tell()) or bytes(chunk.size % 2)
            data = struct.pack("<I", chunk.size) + content + padding
            entries.append(Entry(section, chunk.name.decode("ascii"), data))
        return [
            *entries,
            Entry(section, "after the tag", self.after_tag),
            Entry(section, "end", hash_range(file, self.stop, self.size)),
        ]

    def write(self, file: IO[bytes], tag: bytes) -> None:
        name = self.chunk.name if self.chunk else (b"id3 " if self.kind == b"RIFF" else b"ID3 ")
        content = tag + self.after_tag
        block = name + struct.pack(self.order, len(content)) + content + bytes(len(content) % 2) if content else b""
        last = self.chunks[-1]
        if block and self.start == last.end == last.data + last.size and last.size % 2:
            block = b"\0" + block  # the padding that the last chunk lacks
        size = self.stop + len(block) - (self.end - self.start) - 8
        if size >= 1 << 32:
            raise NotTaggable("it is too large for a tag")
        replace_range(file, self.start, self.end, block)
        file.seek(4)
        file.write(struct.pack(self.order, size))


def find_layout(file: IO[bytes], kind: str) -> Id3Layout:
    """Find the ID3v2 tag of a file.

    Parameters
    ----------
    file : file
        Open for reading.
    kind : str
        Kind of the file, by the name of mutagen's class for it.

    Returns
    -------
    Id3Layout

    Raises
    ------
    NotTaggable
        If the file has no place for a tag.
    TagError
        If something else is in the place of the tag.
    """
    file.seek(0)
    start = file.read(4)
    if kind in ("WAVE", "AIFF") or start in BYTE_ORDERS or start in UNTAGGABLE:
        return ChunkLayout(file)
    return DsfLayout(file) if kind == "DSF" else LeadingTagLayout(file)


def chunk_kind(file: IO[bytes]) -> str:
    """Return the kind of a WAV or AIFF file by its first bytes.

    Parameters
    ----------
    file : file
        Open for reading, at its start.

    Returns
    -------
    str
        Name of mutagen's class: ``WAVE`` or ``AIFF``; empty for other files.

    Raises
    ------
    NotTaggable
        If the file has no place for a tag.
    TagError
        If something else is in the place of the tag.
    """
    header = file.read(12)
    kinds = {b"WAVE": "WAVE", b"AIFF": "AIFF", b"AIFC": "AIFF"}
    kind = kinds.get(header[8:12], "") if header[:4] in BYTE_ORDERS else ""
    if kind or header[:4] in UNTAGGABLE:
        ChunkLayout(file)
    return kind


def _read_tag(file: IO[bytes], start: int, limit: int) -> bytes:
    """Return the bytes of the tag that begins at an offset, with its footer."""
    file.seek(start)
    header = file.read(min(HEADER_SIZE, limit - start))
    length = id3.tag_length(header)
    if not length:
        return b""
    if length > limit - start:
        raise TagError("its ID3v2 tag is cut short")
    file.seek(start)
    data = file.read(min(length + HEADER_SIZE, limit - start))
    footer = header[3] == 4 and header[5] & id3.FOOTER and data[length : length + 3] == b"3DI"
    return data if footer and len(data) == length + HEADER_SIZE else data[:length]

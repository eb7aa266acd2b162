"""Parse and write the metadata blocks of FLAC files."""

from __future__ import annotations

from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry, vorbis
from tagger.tags.raw.files import MAX_TAG_BYTES, file_size, hash_range, id3v2_end, read_exactly, replace_range
from tagger.tags.raw.items import IsOurs, Item, damaged_tags

MAGIC = b"fLaC"
STREAMINFO, VORBIS_COMMENT = 0, 4
LAST_BLOCK, TYPE_MASK = 0x80, 0x7F
MAX_BLOCK_BYTES = (1 << 24) - 1


class FlacLayout(vorbis.VorbisCommentLayout):
    """A FLAC file. The first block of comments is used; further ones are kept as they are.

    Parameters
    ----------
    file : file
        Open for reading.

    Raises
    ------
    TagError
        If the blocks are damaged or too large.
    """

    kind = "FLAC"

    def __init__(self, file: IO[bytes]) -> None:
        self.start = id3v2_end(file)
        if read_exactly(file, self.start, 4) != MAGIC:
            raise damaged_tags("it does not begin like a FLAC file")
        self.blocks: list[tuple[int, bytes]] = []
        offset, last = self.start + 4, False
        while not last:
            header = read_exactly(file, offset, 4)
            last = bool(header[0] & LAST_BLOCK)
            block = read_exactly(file, offset + 4, int.from_bytes(header[1:], "big"))
            self.blocks.append((header[0] & TYPE_MASK, block))
            offset += 4 + len(block)
            if offset - self.start > MAX_TAG_BYTES:
                raise TagError("its tags are larger than can be read")
        self.stop = offset
        file.seek(offset)
        sync = file.read(2)
        if len(sync) == 2 and (sync[0], sync[1] & 0xFC) != (0xFF, 0xF8):
            # Some programs write pictures of more than 16 MB, whose size does not fit the block's header: the end of
            # the block is then unknown.
            raise damaged_tags("its blocks do not end where the audio begins")
        if not self.blocks or self.blocks[0][0] != STREAMINFO:
            raise damaged_tags("its first block does not describe the audio")
        types = [block_type for block_type, _ in self.blocks]
        self.comment_index = types.index(VORBIS_COMMENT) if VORBIS_COMMENT in types else -1
        self.comments = (
            vorbis.parse_comments(self.blocks[self.comment_index][1])
            if self.comment_index > 0
            else vorbis.CommentHeader()
        )
        self.items = self.comments.items

    def other_entries(self, file: IO[bytes], is_ours: IsOurs) -> list[Entry]:
        entries = [Entry("before", "", hash_range(file, 0, self.start))]
        for number, (block_type, data) in enumerate(self.blocks):
            if number != self.comment_index:
                entries.append(Entry("block", str(block_type), data))
            elif not (self._made_by_emotag() and all(map(is_ours, self.items))):
                entries += [Entry("block", str(block_type), b""), *self.comments.other_entries(is_ours)]
        return [*entries, Entry("audio", "", hash_range(file, self.stop, file_size(file)))]

    def _made_by_emotag(self) -> bool:
        """Return whether the block of comments is one that emotag added."""
        return self.comments.vendor == vorbis.VENDOR and not self.comments.trailing

    def write(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        blocks = list(self.blocks)
        content = self.comments.to_bytes(items)
        if len(content) > MAX_BLOCK_BYTES:
            raise TagError("its comments would be larger than a FLAC block can be")
        if self.comment_index < 0:
            blocks.insert(1, (VORBIS_COMMENT, content))
        elif not items and self._made_by_emotag():
            del blocks[self.comment_index]
        else:
            blocks[self.comment_index] = (VORBIS_COMMENT, content)
        parts = [MAGIC]
        for number, (block_type, block) in enumerate(blocks, 1):
            last = LAST_BLOCK if number == len(blocks) else 0
            parts += (bytes([block_type | last]), len(block).to_bytes(3, "big"), block)
        replace_range(file, self.start, self.stop, b"".join(parts))

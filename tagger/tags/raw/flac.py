"""The metadata blocks of FLAC, with whatever stands in front of them and behind the audio."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from tagger.errors import TagError
from tagger.tags.raw import Entry, vorbis
from tagger.tags.raw.files import MAX_TAG_BYTES, behind_id3v2, digest, read, replace, size_of
from tagger.tags.raw.items import Item, damaged

STREAMINFO, COMMENTS, LAST = 0, 4, 0x80
MAX_BLOCK_BYTES = (1 << 24) - 1


class Flac(vorbis.Commented):
    """A FLAC file. The first block of comments is the one that counts; a second one stays as it is."""

    kind = "FLAC"

    def __init__(self, file: IO[bytes]) -> None:
        self.start = behind_id3v2(file)
        if read(file, self.start, 4) != b"fLaC":
            raise damaged("it does not begin like a FLAC file")
        self.blocks: list[tuple[int, bytes]] = []
        place, last = self.start + 4, False
        while not last:
            head = read(file, place, 4)
            last = bool(head[0] & LAST)
            self.blocks.append((head[0] & 0x7F, read(file, place + 4, int.from_bytes(head[1:], "big"))))
            place += 4 + len(self.blocks[-1][1])
            if place - self.start > MAX_TAG_BYTES:
                raise TagError("its tags are larger than can be read")
        self.stop = place
        file.seek(place)
        sync = file.read(2)
        if len(sync) == 2 and (sync[0], sync[1] & 0xFC) != (0xFF, 0xF8):
            # As some writers of pictures of more than 16 MB leave it: where the block ends is anybody's guess.
            raise damaged("its blocks do not end where the audio begins")
        if not self.blocks or self.blocks[0][0] != STREAMINFO:
            raise damaged("its first block does not describe the audio")
        codes = [code for code, _ in self.blocks]
        self.at = codes.index(COMMENTS) if COMMENTS in codes else -1
        self.comments = vorbis.parse(self.blocks[self.at][1]) if self.at > 0 else vorbis.Comments()
        self.items = self.comments.items

    def listed(self, file: IO[bytes], ours: Callable[[Item], bool]) -> list[Entry]:
        entries = [Entry("front", "", digest(file, 0, self.start))]
        for number, (code, data) in enumerate(self.blocks):
            if number != self.at:
                entries.append(Entry("block", str(code), data))
            elif not self._made_for_us(ours):
                entries += [Entry("block", str(code), b""), *self.comments.listed(ours)]
        return [*entries, Entry("audio", "", digest(file, self.stop, size_of(file)))]

    def _made_for_us(self, ours: Callable[[Item], bool]) -> bool:
        return self.comments.vendor == vorbis.VENDOR and not self.comments.rest and all(map(ours, self.items))

    def save(self, file: IO[bytes], items: tuple[Item, ...]) -> None:
        blocks = list(self.blocks)
        content = self.comments.build(items)
        if len(content) > MAX_BLOCK_BYTES:
            raise TagError("its comments would be larger than a FLAC block can be")
        if self.at < 0:
            blocks.insert(1, (COMMENTS, content))
        elif self.comments.vendor == vorbis.VENDOR and not items and not self.comments.rest:
            del blocks[self.at]
        else:
            blocks[self.at] = (COMMENTS, content)
        parts = [b"fLaC"]
        for number, (code, block) in enumerate(blocks, 1):
            last = LAST if number == len(blocks) else 0
            parts += (bytes([code | last]), len(block).to_bytes(3, "big"), block)
        replace(file, self.start, self.stop, b"".join(parts))

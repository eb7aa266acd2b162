"""Vorbis comments in FLAC, Ogg Vorbis, Opus, Speex and Ogg FLAC."""

from __future__ import annotations

from typing import Any

from tagger.tags.container import Container
from tagger.tags.schema import NAMES

COMMENT_BLOCK, PADDING_BLOCK = 4, 1


class Vorbis(Container):
    """A list of names and values; names repeat and have no case."""

    family = "vorbis"

    def __init__(self, kind: type, path: str) -> None:
        super().__init__(kind, path)
        if self.file.tags is None:
            self.file.add_tags()

    def get(self, field: str) -> tuple[str, ...]:
        name = NAMES[self.family][field].casefold()
        return tuple(value for key, value in list(self.file.tags) if key.casefold() == name)

    def put(self, field: str, values: tuple[str, ...]) -> None:
        name = NAMES[self.family][field]
        tags = self.file.tags
        spellings = [key for key, _ in list(tags) if key.casefold() == name.casefold()]
        rest = [(key, value) for key, value in list(tags) if key.casefold() != name.casefold()]
        tags[:] = rest + [((spellings or [name])[0], value) for value in values]

    def foreign(self) -> Any:
        names = {name.casefold() for name in NAMES[self.family].values()}
        comments = [(key, value) for key, value in list(self.file.tags) if key.casefold() not in names]
        blocks = [
            (block.code, block.write())
            for block in getattr(self.file, "metadata_blocks", ())
            if block.code not in (COMMENT_BLOCK, PADDING_BLOCK)
        ]
        return comments, blocks, self.file.tags.vendor

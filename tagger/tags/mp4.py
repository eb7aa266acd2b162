"""MP4 free-form atoms: M4A, M4B, AAC and ALAC."""

from __future__ import annotations

from typing import IO

from tagger.tags.item_container import ListItemContainer
from tagger.tags.raw.mp4 import Mp4Layout


class Mp4(ListItemContainer):
    """An MP4 file: atoms with a name and a list of values."""

    family = "mp4"

    def parse_layout(self, file: IO[bytes]) -> Mp4Layout:
        return Mp4Layout(file)

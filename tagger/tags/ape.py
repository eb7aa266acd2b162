"""APEv2 tags: WavPack, Musepack, Monkey's Audio, OptimFROG and TAK."""

from __future__ import annotations

from typing import IO

from tagger.tags.item_container import ListItemContainer
from tagger.tags.raw.ape import ApeLayout


class Ape(ListItemContainer):
    """A file with an APEv2 tag: items with a case-insensitive name and a list of values."""

    family = "ape"

    def parse_layout(self, file: IO[bytes]) -> ApeLayout:
        return ApeLayout(file, self.kind)

"""ASF attributes: WMA."""

from __future__ import annotations

from typing import IO

from tagger.tags.item_container import RepeatedItemContainer
from tagger.tags.raw.asf import AsfLayout


class Asf(RepeatedItemContainer):
    """An ASF file: attributes with a name and a typed value; names may repeat."""

    family = "asf"

    def parse_layout(self, file: IO[bytes]) -> AsfLayout:
        return AsfLayout(file)

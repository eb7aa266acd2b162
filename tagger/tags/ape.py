"""APEv2 in WavPack, Musepack, Monkey's Audio, OptimFROG and TAK."""

from __future__ import annotations

from typing import IO

from tagger.tags.raw.ape import Ape as Layout
from tagger.tags.spliced import Listed


class Ape(Listed):
    """Items with a name, whose case does not matter, and a list of values."""

    family = "ape"

    def parsed(self, file: IO[bytes]) -> Layout:
        return Layout(file, self.kind)

"""Attributes in ASF: WMA."""

from __future__ import annotations

from typing import IO

from tagger.tags.raw.asf import Asf as Layout
from tagger.tags.spliced import Repeated


class Asf(Repeated):
    """A list of names and typed values; names repeat."""

    family = "asf"

    def parsed(self, file: IO[bytes]) -> Layout:
        return Layout(file)

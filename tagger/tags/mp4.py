"""Free-form atoms in MP4: M4A, M4B, AAC and ALAC."""

from __future__ import annotations

from typing import IO

from tagger.tags.raw.mp4 import Mp4 as Layout
from tagger.tags.spliced import Listed


class Mp4(Listed):
    """Atoms with a name and a list of values."""

    family = "mp4"

    def parsed(self, file: IO[bytes]) -> Layout:
        return Layout(file)

"""Vorbis comments in FLAC, Ogg Vorbis, Opus, Speex and Ogg FLAC."""

from __future__ import annotations

from typing import IO

from tagger.tags.raw.flac import Flac
from tagger.tags.raw.ogg import Ogg
from tagger.tags.raw.vorbis import Commented
from tagger.tags.spliced import Repeated


class Vorbis(Repeated):
    """A list of names and values; names repeat and have no case."""

    family = "vorbis"

    def parsed(self, file: IO[bytes]) -> Commented:
        return Flac(file) if self.kind == "FLAC" else Ogg(file)

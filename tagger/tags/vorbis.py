"""Vorbis comments: FLAC, Ogg Vorbis, Opus, Speex and Ogg FLAC."""

from __future__ import annotations

from typing import IO

from tagger.tags.item_container import RepeatedItemContainer
from tagger.tags.raw.flac import FlacLayout
from tagger.tags.raw.ogg import OggLayout
from tagger.tags.raw.vorbis import VorbisCommentLayout


class Vorbis(RepeatedItemContainer):
    """A file with Vorbis comments: a list of case-insensitive names and values; names may repeat."""

    family = "vorbis"

    def parse_layout(self, file: IO[bytes]) -> VorbisCommentLayout:
        return FlacLayout(file) if self.kind == "FLAC" else OggLayout(file)

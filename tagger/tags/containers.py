"""Which module handles which kind of file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tagger.io import regular
from tagger.tags.ape import Ape
from tagger.tags.asf import Asf
from tagger.tags.container import Container, NotTaggable, tag_errors
from tagger.tags.container_kinds import container_kind
from tagger.tags.id3 import Id3
from tagger.tags.mp4 import Mp4
from tagger.tags.raw import chunks
from tagger.tags.safe_read import safe_read
from tagger.tags.spliced import Spliced
from tagger.tags.vorbis import Vorbis

SPLICED: dict[str, type[Spliced]] = {
    **dict.fromkeys(("FLAC", "OggVorbis", "OggOpus", "OggSpeex", "OggFLAC"), Vorbis),
    **dict.fromkeys(("WavPack", "Musepack", "MonkeysAudio", "OptimFROG", "TAK"), Ape),
    "MP4": Mp4,
    "ASF": Asf,
}
"""By the kind of a file, which its start tells."""

ID3 = {"MP3": "mp3", "WAVE": "wave", "AIFF": "aiff", "DSF": "dsf", "TrueAudio": "trueaudio"}
"""Classes of mutagen's for files with ID3, and their modules."""


def open_container(path: str) -> Container:
    """Read the tags of a file.

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    TagError
        If the file or its tags cannot be read.
    """
    with tag_errors():
        with regular.open_regular(path) as file:
            # By what is in the file: mutagen trusts sizes of WAV and AIFF that may be wrong.
            chunked = chunks.kind(file)
        known = chunked or container_kind(path)
        if known in SPLICED:
            return SPLICED[known](known, path)
        if known in ID3:
            found: Any = getattr(import_module(f"mutagen.{ID3[known]}"), known)
        else:
            found = type(safe_read(path))
        if found.__name__ not in ID3:
            called = "its container" if found is type(None) else found.__name__
            raise NotTaggable(f"{called} has no tags that can be written")
        if not chunked:
            safe_read(path, found)  # refuses what other programs cannot read, and what unpacks to too much
        return Id3(found, path)

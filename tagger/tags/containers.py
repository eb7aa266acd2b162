"""Which module handles which kind of file."""

from __future__ import annotations

from tagger.tags.ape import Ape
from tagger.tags.asf import Asf
from tagger.tags.bounded import read
from tagger.tags.container import Container, NotTaggable, translated
from tagger.tags.id3 import Id3
from tagger.tags.mp4 import Mp4
from tagger.tags.vorbis import Vorbis

FAMILIES: dict[str, type[Container]] = {
    **dict.fromkeys(("MP3", "WAVE", "AIFF", "DSF", "TrueAudio"), Id3),
    **dict.fromkeys(("FLAC", "OggVorbis", "OggOpus", "OggSpeex", "OggFLAC"), Vorbis),
    **dict.fromkeys(("WavPack", "Musepack", "MonkeysAudio", "OptimFROG", "TAK"), Ape),
    "MP4": Mp4,
    "ASF": Asf,
}
"""By the name of mutagen's class for a file."""


def opened(path: str) -> Container:
    """Read the tags of a file.

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    TagError
        If the file or its tags cannot be read.
    """
    with translated():
        found = read(path)
        family = FAMILIES.get(type(found).__name__)
        if family is None:
            kind = "its container" if found is None else type(found).__name__
            raise NotTaggable(f"{kind} has no tags that can be written")
        return family(type(found), path)

"""Open a file with the module for its kind."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tagger.errors import NotTaggable
from tagger.io import regular
from tagger.tags.ape import Ape
from tagger.tags.asf import Asf
from tagger.tags.container import Container, tag_errors
from tagger.tags.container_kinds import container_kind
from tagger.tags.id3 import Id3
from tagger.tags.item_container import ItemContainer
from tagger.tags.mp4 import Mp4
from tagger.tags.raw import id3_layout
from tagger.tags.safe_read import safe_read
from tagger.tags.vorbis import Vorbis

ITEM_CONTAINERS: dict[str, type[ItemContainer]] = {
    **dict.fromkeys(("FLAC", "OggVorbis", "OggOpus", "OggSpeex", "OggFLAC"), Vorbis),
    **dict.fromkeys(("WavPack", "Musepack", "MonkeysAudio", "OptimFROG", "TAK"), Ape),
    "MP4": Mp4,
    "ASF": Asf,
}
"""Classes for the kinds of files whose tags are items."""

ID3_CLASSES = {"MP3": "mp3", "WAVE": "wave", "AIFF": "aiff", "DSF": "dsf", "TrueAudio": "trueaudio"}
"""mutagen's classes for files with ID3v2 tags, and their modules."""


def open_container(path: str) -> Container:
    """Read the tags of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    Container

    Raises
    ------
    NotTaggable
        If files of this kind have no tags that can be written.
    TagError
        If the file or its tags cannot be read.
    """
    with tag_errors():
        with regular.open_regular(path) as file:
            # Before mutagen opens the file, which trusts the sizes in WAV and AIFF even if they are wrong.
            chunked = id3_layout.chunk_kind(file)
        kind = chunked or container_kind(path)
        if kind in ITEM_CONTAINERS:
            return ITEM_CONTAINERS[kind](kind, path)
        mutagen_class: Any
        if kind in ID3_CLASSES:
            mutagen_class = getattr(import_module(f"mutagen.{ID3_CLASSES[kind]}"), kind)
        else:
            mutagen_class = type(safe_read(path))
        if mutagen_class.__name__ not in ID3_CLASSES:
            name = "its container" if mutagen_class is type(None) else mutagen_class.__name__
            raise NotTaggable(f"{name} has no tags that can be written")
        if not chunked:
            safe_read(path, mutagen_class)  # refuse tags that other programs cannot read or that decompress to too much
        return Id3(mutagen_class, path)

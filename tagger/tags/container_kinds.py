"""What kind of file it is, by how it begins and not by what it is called."""

from __future__ import annotations

from tagger.io import regular
from tagger.tags.raw.asf import HEADER
from tagger.tags.raw.files import behind_id3v2
from tagger.tags.raw.ogg import kind_of

STARTS = {
    b"fLaC": "FLAC",
    b"wvpk": "WavPack",
    b"MPCK": "Musepack",
    b"MP+": "Musepack",
    b"MAC ": "MonkeysAudio",
    b"tBaK": "TAK",
    b"OFR ": "OptimFROG",
    b"TTA1": "TrueAudio",
}
"""By the first bytes, or those behind ID3v2 tags."""

LAYER = 0b110
"""Bits of the second byte of a frame that are zero in AAC, whose frames begin like those of MP3."""

FIRST_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def container_kind(path: str) -> str | None:
    """Name the kind of a file as mutagen names its class for it, None if its start does not tell."""
    with regular.open_regular(path) as file:
        place = behind_id3v2(file)
        file.seek(place)
        head = file.read(16)
        if head.startswith(b"OggS"):
            return kind_of(file)
    found = next((kind for start, kind in STARTS.items() if head.startswith(start)), None)
    if found is None and len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & LAYER:
        found = "MP3"
    if found is not None or place:
        return found
    match head:
        case _ if head == HEADER:
            return "ASF"
        case _ if head[4:8] in FIRST_ATOMS:
            return "MP4"
        case _ if head.startswith((b"RIFF", b"RF64")) and head[8:12] == b"WAVE":
            return "WAVE"
        case _ if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
            return "AIFF"
        case _ if head.startswith(b"DSD "):
            return "DSF"
    return None

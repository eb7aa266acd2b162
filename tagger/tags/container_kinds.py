"""Detect the kind of a file from its first bytes, whatever its name."""

from __future__ import annotations

from tagger.io import regular
from tagger.tags.raw.asf import HEADER
from tagger.tags.raw.files import id3v2_end
from tagger.tags.raw.ogg import ogg_kind

SIGNATURES = {
    b"fLaC": "FLAC",
    b"wvpk": "WavPack",
    b"MPCK": "Musepack",
    b"MP+": "Musepack",
    b"MAC ": "MonkeysAudio",
    b"tBaK": "TAK",
    b"OFR ": "OptimFROG",
    b"TTA1": "TrueAudio",
}
"""Kinds by the first bytes, or by those after ID3v2 tags."""

LAYER_BITS = 0b110
"""Bits of the second byte of a frame that are zero in AAC, whose frames begin like those of MP3."""

FIRST_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def container_kind(path: str) -> str | None:
    """Detect the kind of a file.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    str or None
        Name of mutagen's class for it; None if the first bytes are unknown.

    Raises
    ------
    OSError
        If it cannot be read or is not a regular file.
    """
    with regular.open_regular(path) as file:
        start = id3v2_end(file)
        file.seek(start)
        header = file.read(16)
        if header.startswith(b"OggS"):
            return ogg_kind(file)
    kind = next((kind for signature, kind in SIGNATURES.items() if header.startswith(signature)), None)
    if kind is None and len(header) > 1 and _is_mpeg_frame(header):
        kind = "MP3"
    if kind is not None or start:
        return kind
    match header:
        case _ if header == HEADER:
            return "ASF"
        case _ if header[4:8] in FIRST_ATOMS:
            return "MP4"
        case _ if header.startswith((b"RIFF", b"RF64")) and header[8:12] == b"WAVE":
            return "WAVE"
        case _ if header.startswith(b"FORM") and header[8:12] in (b"AIFF", b"AIFC"):
            return "AIFF"
        case _ if header.startswith(b"DSD "):
            return "DSF"
    return None


def _is_mpeg_frame(header: bytes) -> bool:
    return header[0] == 0xFF and header[1] & 0xE0 == 0xE0 and bool(header[1] & LAYER_BITS)

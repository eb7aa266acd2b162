"""What a file is, told from its bytes: a name says nothing of what writing over the file would destroy."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator
from typing import IO

PART = 16 << 20
"""Bytes looked at from the beginning and from the end of a long file."""

BLOCK = 1 << 15
"""Bytes held in memory at a time."""

SQLITE = b"SQLite format 3\0"

SONG_STARTS = (
    *(b"ID3", b"fLaC", b"OggS", b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff", b"FORM", b"FRM8", b"DSD ", b"MAC "),
    *(b"wvPk", b"MPCK", b"MP+", b"TTA1", b"TTA2", b"tBaK", b"OFR ", b"APETAGEX", b"caff", b"ADIF", b".snd", b"#!AMR"),
    *(bytes.fromhex("3026b2758e66cf11"), bytes.fromhex("1a45dfa3")),  # ASF and Matroska
)
MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")

REPORT_STARTS = (b"path,status,duration,", b"path,field,old,new,error")
"""A report may quote a tag that holds a NUL, and is text all the same."""

STORE_FILE_SUFFIXES = ("-wal", "-shm", "-journal", ".lock")
"""What the names of the files beside a store end in."""

TEXT, PICTURE, MODEL = "text", "picture", "model"
"""Kinds of files that emotag writes, and writes over: text (an empty file too), its pictures and its models."""


def overwrite_refusal(path: str, replaceable: frozenset[str] = frozenset((TEXT,))) -> str:
    """Return why a file must not be written over; nothing if it may be, is not there, or is a device or a pipe.

    Parameters
    ----------
    path : str
        Links are followed.
    replaceable : frozenset of str
        Kinds of files that may be written over: of `TEXT`, `PICTURE` and `MODEL`.
    """
    real = os.path.realpath(path)
    if owner := _store_of(real):
        return f"is part of the library store {owner}"
    try:
        if not stat.S_ISREG(os.stat(real).st_mode):
            return ""
        handle = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"is there, but cannot be read ({error.strerror}), and is not written over"
    with open(handle, "rb") as file:
        return open_file_refusal(file, replaceable)


def open_file_refusal(file: IO[bytes], replaceable: frozenset[str] = frozenset((TEXT,))) -> str:
    """Return why an open file must not be written over; nothing if it may be."""
    try:
        found = file_kind(file)
    except OSError as error:
        return f"cannot be read ({error.strerror}), and is not written over"
    if found in replaceable:
        return ""
    called = {
        "song": "is a song",
        "database": "is a database",
        PICTURE: "is a picture",
        MODEL: "is a model",
        TEXT: "is text",
    }
    return f"{called.get(found, 'is not a file that emotag wrote')}, and is not written over"


def file_kind(file: IO[bytes]) -> str:
    """Return what an open file is: ``song``, ``database``, ``text``, ``picture``, ``model`` or ``unknown``."""
    file.seek(0)
    head = file.read(BLOCK)
    if head.startswith(SQLITE):
        return "database"
    if head.startswith(REPORT_STARTS) or _is_text(file):
        return TEXT
    if head.startswith(SONG_STARTS) or head[4:8] in MP4_BOXES or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return "song"
    # Pictures by matplotlib say so: a photograph is somebody's own.
    if head.startswith(b"\x89PNG\r\n\x1a\n") and b"tEXtSoftware\0Matplotlib" in head[:4096]:
        return PICTURE
    if head.startswith(b"PK\3\4") and head[30:40] == b"model.json":
        return MODEL
    return "unknown"


def kind_of_bytes(data: bytes) -> str:
    """Return the kind of output that some bytes are: `PICTURE` and `MODEL`, or else `TEXT`."""
    if data.startswith(b"\x89PNG"):
        return PICTURE
    return MODEL if data.startswith(b"PK\3\4") else TEXT


def _is_text(file: IO[bytes]) -> bool:
    """Tell whether the beginning and the end of a file are text in an encoding that people use."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    starts = [0] if size <= 2 * PART or wide else [0, size - PART]
    return any(
        all(taken(block) for start in starts for block in _blocks(file, start, PART if len(starts) == 2 else size))
        for taken in ([_Decoded("utf-16").takes] if wide else [_Decoded("utf-8").takes, _is_narrow])
    )


class _Decoded:
    """Takes the bytes of a text, one block after the other."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()

    def takes(self, block: tuple[int, bytes]) -> bool:
        start, data = block
        if start >= 0:  # here begins what may be the middle of a character
            self.decoder = codecs.getincrementaldecoder(self.encoding)()
            data = data[:4].lstrip(bytes(range(0x80, 0xC0))) + data[4:] if start else data
        try:
            text = self.decoder.decode(data)
        except UnicodeDecodeError:
            return False
        # Of the characters of control a name may hold any but NUL; so a report may.
        return "\0" not in text


def _is_narrow(block: tuple[int, bytes]) -> bool:
    """Tell whether bytes may be text in an old encoding of one byte a character: none of them are control."""
    return not block[1].translate(None, bytes((9, 10, 12, 13, 27, *range(32, 127), *range(128, 256))))


def _blocks(file: IO[bytes], start: int, length: int) -> Iterator[tuple[int, bytes]]:
    """Yield a part of a file in blocks, the first one with where it starts, the others with -1."""
    file.seek(start)
    first = start
    while length > 0 and (data := file.read(min(BLOCK, length))):
        yield first, data
        first, length = -1, length - len(data)


def _store_of(real: str) -> str:
    """Return the store beside which a file lies as a part of it; nothing if there is none."""
    for suffix in STORE_FILE_SUFFIXES:
        if real.endswith(suffix) and _is_database(base := real.removesuffix(suffix)):
            return base
    folder = os.path.dirname(real)
    for above in (folder, os.path.dirname(folder)):
        if above.endswith(".journal") and _is_database(base := above.removesuffix(".journal")):
            return base
    return ""


def _is_database(path: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False

"""Detection of the kind of a file from its content, so that no user data is overwritten.

File names are not used: a report and a song may have the same suffix.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator
from typing import IO, NamedTuple

from tagger.io.library_paths import JOURNAL_SUFFIX

SAMPLE_BYTES = 16 << 20
"""Bytes that are read from the beginning and from the end of a longer file."""

BLOCK_BYTES = 1 << 15
"""Bytes that are in memory at a time."""

SQLITE_SIGNATURE = b"SQLite format 3\0"

AUDIO_SIGNATURES = (
    *(b"ID3", b"fLaC", b"OggS", b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff", b"FORM", b"FRM8", b"DSD ", b"MAC "),
    *(b"wvpk", b"MPCK", b"MP+", b"TTA1", b"TTA2", b"tBaK", b"OFR ", b"APETAGEX", b"caff", b"ADIF", b".snd", b"#!AMR"),
    *(bytes.fromhex("3026b2758e66cf11"), bytes.fromhex("1a45dfa3")),  # ASF and Matroska
)
MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")

REPORT_HEADERS = (b"path,status,duration,", b"path,field,old,new,error")
"""Beginnings of emotag's reports, which are text even if they quote a tag with a NUL character."""

STORE_FILE_SUFFIXES = ("-wal", "-shm", "-journal", ".lock")
"""Suffixes of the files beside a library database."""

TEXT, PICTURE, MODEL = "text", "picture", "model"
"""Kinds of files that emotag writes: text (also an empty file), its pictures and its models."""


NOUNS = {"song": "song", "database": "database", PICTURE: "picture", MODEL: "model", TEXT: "text file"}
"""Nouns for kinds of files, in messages."""


def overwrite_refusal(path: str, replaceable: frozenset[str] = frozenset((TEXT,))) -> str:
    """Return why a file must not be overwritten.

    Parameters
    ----------
    path : str
        The file; symbolic links are followed.
    replaceable : frozenset of str
        Kinds of files that may be overwritten: `TEXT`, `PICTURE` or `MODEL`.

    Returns
    -------
    str
        The reason, to follow the name of the file. An empty string if the file may be overwritten, does not exist, or
        is a device or a pipe.
    """
    real_path = os.path.realpath(path)
    if store := _store_of(real_path):
        return f"is part of the library database {store}"
    try:
        if not stat.S_ISREG(os.stat(real_path).st_mode):
            return ""
        handle = os.open(real_path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"cannot be read ({error.strerror}) and will not be overwritten"
    with open(handle, "rb") as file:
        return open_file_refusal(file, replaceable)


def open_file_refusal(file: IO[bytes], replaceable: frozenset[str] = frozenset((TEXT,))) -> str:
    """Return why an open file must not be overwritten.

    Parameters
    ----------
    file : binary file
        A regular file, open for reading.
    replaceable : frozenset of str
        Kinds of files that may be overwritten: `TEXT`, `PICTURE` or `MODEL`.

    Returns
    -------
    str
        The reason, to follow the name of the file; an empty string if the file may be overwritten.
    """
    try:
        kind = file_kind(file)
    except OSError as error:
        return f"cannot be read ({error.strerror}) and will not be overwritten"
    if kind in replaceable:
        return ""
    reason = f"is a {NOUNS[kind]}" if kind in NOUNS else "is not a file that emotag wrote"
    return f"{reason} and will not be overwritten"


def file_kind(file: IO[bytes]) -> str:
    """Detect the kind of an open file.

    Parameters
    ----------
    file : binary file
        A regular file, open for reading.

    Returns
    -------
    {"song", "database", "text", "picture", "model", "unknown"}
        Only pictures and models that emotag wrote are ``picture`` and ``model``.
    """
    file.seek(0)
    head = file.read(BLOCK_BYTES)
    if head.startswith(SQLITE_SIGNATURE):
        return "database"
    if head.startswith(REPORT_HEADERS) or _is_text(file):
        return TEXT
    is_mpeg_audio = head[:1] == b"\xff" and head[1:2] >= b"\xe0"
    if head.startswith(AUDIO_SIGNATURES) or head[4:8] in MP4_BOXES or is_mpeg_audio:
        return "song"
    # matplotlib writes its name into pictures.
    if head.startswith(b"\x89PNG\r\n\x1a\n") and b"tEXtSoftware\0Matplotlib" in head[:4096]:
        return PICTURE
    if head.startswith(b"PK\3\4") and head[30:40] == b"model.json":
        return MODEL
    return "unknown"


def kind_of_bytes(data: bytes) -> str:
    """Return the kind of some output of emotag: `PICTURE`, `MODEL` or `TEXT`."""
    if data.startswith(b"\x89PNG"):
        return PICTURE
    return MODEL if data.startswith(b"PK\3\4") else TEXT


def _is_text(file: IO[bytes]) -> bool:
    """Return whether the beginning and the end of a file are text in UTF-8, UTF-16 or a single-byte encoding."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if size <= 2 * SAMPLE_BYTES or is_utf16:
        starts, length = [0], size
    else:
        starts, length = [0, size - SAMPLE_BYTES], SAMPLE_BYTES
    checks = [_TextDecoder("utf-16").accepts] if is_utf16 else [_TextDecoder("utf-8").accepts, _is_single_byte_text]
    return any(all(check(block) for start in starts for block in _blocks(file, start, length)) for check in checks)


class _Block(NamedTuple):
    """A block of a file; `start` is its position if it is the first block of a sample, else None."""

    start: int | None
    data: bytes


class _TextDecoder:
    """Checks that the blocks of a file are text in one encoding."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()

    def accepts(self, block: _Block) -> bool:
        """Return whether the next block is text; the blocks of a sample must be passed in order."""
        data = block.data
        if block.start is not None:
            self.decoder = codecs.getincrementaldecoder(self.encoding)()
            if block.start:
                # The sample may begin within a UTF-8 character: skip its continuation bytes.
                data = data[:4].lstrip(bytes(range(0x80, 0xC0))) + data[4:]
        try:
            text = self.decoder.decode(data)
        except UnicodeDecodeError:
            return False
        # File names in a report may contain any control character except NUL.
        return "\0" not in text


def _is_single_byte_text(block: _Block) -> bool:
    """Return whether a block may be text in a single-byte encoding: it has no control characters but white space."""
    return not block.data.translate(None, bytes((9, 10, 12, 13, 27, *range(32, 127), *range(128, 256))))


def _blocks(file: IO[bytes], start: int, length: int) -> Iterator[_Block]:
    """Yield the blocks of a sample of a file."""
    file.seek(start)
    first: int | None = start
    while length > 0 and (data := file.read(min(BLOCK_BYTES, length))):
        yield _Block(first, data)
        first, length = None, length - len(data)


def _store_of(real_path: str) -> str:
    """Return the path of the library database that a file is part of; an empty string for none."""
    for suffix in STORE_FILE_SUFFIXES:
        if real_path.endswith(suffix) and _is_database(store := real_path.removesuffix(suffix)):
            return store
    folder = os.path.dirname(real_path)
    for ancestor in (folder, os.path.dirname(folder)):
        if ancestor.endswith(JOURNAL_SUFFIX) and _is_database(store := ancestor.removesuffix(JOURNAL_SUFFIX)):
            return store
    return ""


def _is_database(path: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return file.read(len(SQLITE_SIGNATURE)) == SQLITE_SIGNATURE
    except OSError:
        return False

"""Save files with other programs, which set the title as a user would do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
from mutagen.id3 import ID3, TIT2

from tests.interop.programs import Failed, run, with_system_python

TITLE = "Another title"
"""The change that `undo` must keep."""


def _mutagen(path: Path) -> None:
    file = mutagen.File(path)
    _put_title(file)
    file.save()


def _mutagen_id3v23(path: Path) -> None:
    file = mutagen.File(path)
    if not isinstance(file.tags, ID3):
        raise Unsupported
    _put_title(file)
    file.tags.update_to_v23()
    file.save(v2_version=3)


def _put_title(file: Any) -> None:
    if isinstance(file.tags, ID3):
        file.tags.setall("TIT2", [TIT2(encoding=3, text=TITLE)])
    else:
        name = {"MP4": "\xa9nam", "ASF": "Title", "WavPack": "Title"}.get(type(file).__name__, "title")
        file.tags[name] = [TITLE]


def _mediafile(path: Path, id3v23: bool = False) -> None:
    import mediafile  # of beets, which may not be installed

    try:
        file = mediafile.MediaFile(path, id3v23=id3v23)
    except mediafile.FileTypeError:
        raise Unsupported from None
    if id3v23 and not file.id3v23:
        raise Unsupported
    file.title = TITLE
    file.save()


def _mediafile_id3v23(path: Path) -> None:
    _mediafile(path, id3v23=True)


def _ffmpeg(path: Path) -> None:
    copy = path.with_name(f"copy{path.suffix}")
    run("ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-metadata", f"title={TITLE}", copy)
    # A user replaces the file by the result.
    shutil.move(copy, path)


def _kid3(path: Path) -> None:
    run("kid3-cli", "-c", f"set title '{TITLE}'", "-c", "save", path)


def _exiftool(path: Path) -> None:
    before = os.stat(path).st_mtime_ns
    try:
        run("exiftool", "-q", "-overwrite_original", f"-ItemList:Title={TITLE}", path)
    except Failed:
        raise Unsupported from None
    if os.stat(path).st_mtime_ns == before:
        raise Unsupported


def _quodlibet(path: Path) -> None:
    with_system_python("with_quodlibet.py", "save", TITLE, path)


def _picard(path: Path) -> None:
    with_system_python("with_picard.py", "save", TITLE, path)


def _picard_id3v23(path: Path) -> None:
    if path.suffix not in (".mp3", ".wav", ".aiff", ".tta"):
        raise Unsupported
    with_system_python("with_picard.py", "save-id3v23", TITLE, path)


class Unsupported(Exception):
    """The program cannot save files of this kind."""


SAVERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "mutagen": ("mutagen", _mutagen),
    "mutagen, ID3v2.3": ("mutagen", _mutagen_id3v23),
    "beets": ("beets", _mediafile),
    "beets, ID3v2.3": ("beets", _mediafile_id3v23),
    "FFmpeg, copied": ("FFmpeg", _ffmpeg),
    "Kid3": ("Kid3", _kid3),
    "ExifTool": ("ExifTool", _exiftool),
    "Quod Libet": ("Quod Libet", _quodlibet),
    "Picard": ("Picard", _picard),
    "Picard, ID3v2.3": ("Picard", _picard_id3v23),
}
"""By name: the program as in `tests.interop.programs.version`, and what saves a file with it."""

"""Read the tags of files with other programs: moods, valence and arousal as each program shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mutagen

from tests.interop import mpd
from tests.interop.programs import Failed, mpd_has_moods, run, with_system_python

MOOD_NAMES = ("mood", "tmoo", "wm/mood", "wm_mood")
"""What programs call the field of moods, in lower case; some show the name of the frame."""


@dataclass(frozen=True)
class Seen:
    """What a program shows of a file.

    Attributes
    ----------
    moods : list of str
        Values of the field of moods, as many as the program has.
    valence, arousal : str or None
        None if the program shows no such field.
    names : list of str
        The program's names of the three fields, as far as it has them.
    """

    moods: list[str]
    valence: str | None
    arousal: str | None
    names: list[str]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def moods_seen(self, expected: Sequence[str]) -> str:
        """Return how many of the expected moods the program shows, in any order."""
        if sorted(self.moods) == sorted(expected):
            return "all"
        if len(self.moods) == 1 and all(mood in self.moods[0] for mood in expected):
            between = self.moods[0].removeprefix(expected[0]).split(expected[1])[0]
            return f"joined by `{between}`".replace("|", r"\|")
        if self.moods in ([expected[0]], [expected[-1]]):
            return "first" if self.moods == [expected[0]] else "last"
        return "none" if not self.moods else "other"


def select(tags: Iterable[tuple[str, Any]]) -> Seen:
    """Select moods, valence and arousal from the names and values that a program shows."""
    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in tags:
        key = re.split(r"[:.]", name)[-1].casefold()
        key = "mood" if key in MOOD_NAMES else key
        found.setdefault(key, []).extend(map(str, value if isinstance(value, (list, tuple)) else [value]))
        names.setdefault(key, name)
    keys = [key for key in ("mood", "valence", "arousal") if key in found]
    valence, arousal = (found[key][0] if key in found else None for key in ("valence", "arousal"))
    return Seen(found.get("mood", []), valence, arousal, [names[key] for key in keys])


def _mutagen(paths: Sequence[Path]) -> list[Seen | None]:
    return [select(_mutagen_tags(path)) for path in paths]


def _mutagen_tags(path: Path) -> list[tuple[str, list[str]]]:
    tags = mutagen.File(path).tags
    if hasattr(tags, "getall"):
        return [(key, [*frame.text]) for key, frame in tags.items() if hasattr(frame, "text")]
    items = tags.items() if hasattr(tags, "items") else tags
    return [(key, [_text(value) for value in values]) for key, values in items]


def _text(value: Any) -> str:
    return bytes(value).decode() if isinstance(value, bytes) else str(value)


def _mediafile(paths: Sequence[Path]) -> list[Seen | None]:
    return [_unless_unsupported(_mediafile_tags, path) for path in paths]


def _mediafile_tags(path: Path) -> Iterable[tuple[str, Any]]:
    import mediafile  # of beets, which may not be installed

    try:
        shown: dict[str, Any] = mediafile.MediaFile(path).as_dict()
    except mediafile.FileTypeError as error:
        raise Failed(str(error)) from None
    return shown.items()


def _unless_unsupported(read: Callable[[Path], Iterable[tuple[str, Any]]], path: Path) -> Seen | None:
    try:
        return select(read(path))
    except Failed:
        return None


def _ffprobe(paths: Sequence[Path]) -> list[Seen | None]:
    return [select(_ffprobe_tags(path)) for path in paths]


def _ffprobe_tags(path: Path) -> list[tuple[str, str]]:
    shown = json.loads(run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path))
    return [item for part in (shown["format"], *shown["streams"]) for item in part.get("tags", {}).items()]


def _mediainfo(paths: Sequence[Path]) -> list[Seen | None]:
    return [select(_mediainfo_tags(path)) for path in paths]


def _mediainfo_tags(path: Path) -> list[tuple[str, str]]:
    general = json.loads(run("mediainfo", "--Output=JSON", path))["media"]["track"][0]
    return [*general.items(), *general.get("extra", {}).items()]


def _exiftool(paths: Sequence[Path]) -> list[Seen | None]:
    return [_unless_unsupported(_exiftool_tags, path) for path in paths]


def _exiftool_tags(path: Path) -> Iterable[tuple[str, Any]]:
    # With the number of the copy in the name, as otherwise only one of several values is in the JSON.
    shown = json.loads(run("exiftool", "-json", "-a", "-n", "-G4", path))
    return map(_exiftool_tag, shown[0].items())


def _exiftool_tag(item: tuple[str, Any]) -> tuple[str, Any]:
    name, value = item
    if name.endswith("UserDefinedText") and (match := re.fullmatch(r"\((\w+)\) (.*)", str(value))):
        return f"UserDefinedText:{match[1]}", match[2]
    return name.rpartition(":")[2], value


def _kid3(paths: Sequence[Path]) -> list[Seen | None]:
    return [select(_kid3_tags(path)) for path in paths]


def _kid3_tags(path: Path) -> list[tuple[str, str]]:
    lines = run("kid3-cli", "-c", "get all", path).splitlines()
    return [(match[1], match[2]) for line in lines if (match := re.fullmatch(r"  (\S.*?)  +(.*)", line))]


def _quodlibet(paths: Sequence[Path]) -> list[Seen | None]:
    return _from_script("with_quodlibet.py", paths)


def _picard(paths: Sequence[Path]) -> list[Seen | None]:
    return _from_script("with_picard.py", paths)


def _from_script(script: str, paths: Sequence[Path]) -> list[Seen | None]:
    shown: list[Mapping[str, list[str]]] = json.loads(with_system_python(script, "read", *paths))
    return [select(tags.items()) for tags in shown]


def _mpd(paths: Sequence[Path]) -> list[Seen | None]:
    with mpd.daemon(paths[0].parent, moods=mpd_has_moods()) as client:
        return [select(client.tags(path.name)) for path in paths]


READERS: dict[str, Callable[[Sequence[Path]], list[Seen | None]]] = {
    "mutagen": _mutagen,
    "ffprobe": _ffprobe,
    "MediaInfo": _mediainfo,
    "ExifTool": _exiftool,
    "Kid3": _kid3,
    "Quod Libet": _quodlibet,
    "Picard": _picard,
    "beets": _mediafile,
    "MPD": _mpd,
}
"""What reads files with a program."""

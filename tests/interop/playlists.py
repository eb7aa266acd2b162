"""Open playlists that emotag wrote with other programs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tests.interop import mpd
from tests.interop.containers import THRESHOLD, emotag
from tests.interop.programs import AS_NOBODY, combined_output
from tests.sounds import song

NAMES = {"plain.ogg": "plain", "a #1.ogg": "`#`", "100%25.ogg": "`%25`", "blå 静か.ogg": "not ASCII"}
"""What is special about the name of each song."""

FORMS = {
    "`.m3u8`, relative": ("list.m3u8",),
    "`.m3u8`, `--absolute`": ("list.m3u8", "--absolute"),
    "`.m3u8`, `--uri`": ("list.m3u8", "--uri"),
    "`.m3u`, relative": ("list.m3u",),
    "`.m3u`, `--absolute`": ("list.m3u", "--absolute"),
    "`.m3u`, `--uri`": ("list.m3u", "--uri"),
}
"""Name of the playlist and options of emotag, by form."""


@dataclass(frozen=True)
class Playlist:
    """A playlist of songs whose names have special characters.

    Attributes
    ----------
    music : Path
        The folder of the songs.
    path : Path
        The playlist: in this folder, or in the folder of playlists beside it.
    """

    music: Path
    path: Path


def _mpd(playlist: Playlist) -> list[str]:
    """Return the songs that MPD loads."""
    stored = playlist.path.parent != playlist.music
    with mpd.daemon(playlist.music, playlist.path.parent if stored else None, moods=False) as client:
        try:
            client("load", playlist.path.stem if stored else playlist.path.name)
        except mpd.Refused:
            return []
        songs = [value for name, value in client("playlistinfo") if name == "file"]
        # MPD loads entries without looking for their files; `lsinfo` finds only songs that exist.
        return [Path(name).name for name in songs if _exists(client, name)]


def _exists(client: mpd.Client, name: str) -> bool:
    try:
        return bool(client("lsinfo", name))
    except mpd.Refused:
        return False


def _mpv(playlist: Playlist) -> list[str]:
    """Return the songs that mpv plays."""
    options = "--no-config --no-video --ao=null --length=0.1 --term-playing-msg='PLAYS ${path}'"
    output = combined_output("mpv", *shlex.split(options), playlist.path)
    return [_name(path) for path in re.findall(r"^PLAYS (.*)$", output, re.M)]


def _vlc(playlist: Playlist) -> list[str]:
    """Return the songs that VLC plays."""
    options = "-I dummy --no-video --aout=dummy --no-dbus --no-color -vv --run-time=0.2 --play-and-exit"
    output = combined_output(*AS_NOBODY, "vlc", *shlex.split(options), playlist.path)
    opened = re.findall(r"`(file:///[^']*\.ogg)' successfully opened", output)
    return [_name(path) for path in opened]


def _name(path: str) -> str:
    return Path(unquote(path) if path.startswith("file://") else path).name


OPENERS: dict[str, tuple[str, Callable[[Playlist], list[str]]]] = {
    "MPD, its playlist folder": ("MPD", _mpd),
    "MPD, the music folder": ("MPD", _mpd),
    "mpv": ("mpv", _mpv),
    "VLC": ("VLC", _vlc),
}
"""By name: the program as in `tests.interop.programs.version`, and what opens a playlist with it."""


def make_library(folder: Path) -> Path:
    """Make and scan songs whose names have special characters; return the folder of the songs."""
    music = folder / "music"
    music.mkdir(parents=True)
    for seed, name in enumerate(NAMES):
        song(music / name, 6, seed=seed)
    emotag(folder / "library.sqlite", "scan", "--yes", "--no-progress", "--threshold", THRESHOLD, music)
    _let_everyone_read(folder)
    return music


def opened_songs(opener: str, form: str, folder: Path) -> list[str]:
    """Let emotag write a playlist of a form in a folder from `make_library`, and return the songs a program opens."""
    name, *options = FORMS[form]
    music = folder / "music"
    target = folder / "playlists" if opener == "MPD, its playlist folder" else music
    target.mkdir(exist_ok=True)
    path = target / name
    emotag(folder / "library.sqlite", "playlist", *options, "-o", path, music)
    _let_everyone_read(folder)
    try:
        return sorted(set(OPENERS[opener][1](Playlist(music, path))) & set(NAMES))
    finally:
        path.unlink()


def describe(opened: list[str]) -> str:
    """Describe which songs were opened: all, none, or those that were not."""
    missing = [special for name, special in NAMES.items() if name not in opened]
    if not missing:
        return "all"
    return "none" if len(missing) == len(NAMES) else f"not {', '.join(missing)}"


def measure_playlists(folder: Path) -> dict[str, dict[str, str]]:
    """Return what each program opens, by form of the playlist."""
    make_library(folder)
    return {opener: {form: describe(opened_songs(opener, form, folder)) for form in FORMS} for opener in OPENERS}


def _let_everyone_read(folder: Path) -> None:
    """Let VLC read the songs, which runs as another user."""
    for path in (folder.parent, folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))

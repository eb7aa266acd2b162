"""A song in each kind of container, tagged by emotag as a scan does it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mutagen.id3 import ID3, TIT2
from mutagen.mp3 import MP3

from tagger.tags import read
from tests.sounds import song

CONTAINERS = {
    "MP3, ID3v2.4": "id3v24.mp3",
    "MP3, ID3v2.3": "id3v23.mp3",
    "FLAC": "song.flac",
    "Ogg Vorbis": "song.ogg",
    "Opus": "song.opus",
    "M4A": "song.m4a",
    "WMA": "song.wma",
    "WAV": "song.wav",
    "AIFF": "song.aiff",
    "WavPack": "song.wv",
    "TrueAudio": "song.tta",
}
"""File name by container."""

THRESHOLD = "0.2"
"""A low threshold, at which the song of the tests has several moods."""


def make_songs(folder: Path) -> None:
    """Write a song in each container, without tags except a title in the tag of version 2.3."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CONTAINERS.values():
        path = folder / name
        song(path, rate=48000 if path.suffix == ".opus" else 44100, codec="wmav2" if path.suffix == ".wma" else None)
    MP3(folder / "id3v24.mp3").delete()
    MP3(folder / "id3v23.mp3").delete()
    tag = ID3()
    tag.add(TIT2(encoding=1, text="Before"))
    tag.save(folder / "id3v23.mp3", v2_version=3)


def emotag(store: Path, *arguments: str | Path) -> str:
    """Run a command of emotag with a library of its own; return what it prints about its work."""
    process = subprocess.run(
        [sys.executable, "-m", "tagger", *map(str, arguments)],
        env={**os.environ, "EMOTAG_STORE": str(store)},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout + process.stderr


def scan(store: Path, folder: Path) -> str:
    """Scan a folder and write tags; return the last line, which has the numbers."""
    output = emotag(store, "scan", "--yes", "--no-progress", "--threshold", THRESHOLD, folder)
    return output.strip().splitlines()[-1]


def fields(path: Path) -> dict[str, list[str]]:
    """Return emotag's own view of the values in a file: moods, valence, arousal and marker."""
    state = read(str(path))
    numbers = {"valence": state.valence, "arousal": state.arousal}
    return {
        "moods": list(state.moods),
        **{name: [] if value is None else [f"{value:.3f}"] for name, value in numbers.items()},
        "marker": [str(state.marker)] if state.marker else [],
    }

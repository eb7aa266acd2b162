"""A small scanned library, for the commands that read the library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import mutagen
import pytest

from tagger import cli
from tests.sounds import song

HOSTILE = ("#1 hit.flac", "50% <b>'\"&.flac", "=cmd|'calc'!A0.flac", "עברית 🎵.flac", "a\nb.flac", "bad\udcff.flac")


class Scanned(NamedTuple):
    """A folder of songs, and the store of its scan."""

    music: Path
    store: str

    def run(self, *arguments: str) -> int:
        """Run a command on the store."""
        return cli.run([*arguments, "--store", self.store])


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Songs of hostile names and titles, two more by one artist, and a file that is no song."""
    scanned = Scanned(tmp_path_factory.mktemp("music"), str(tmp_path_factory.mktemp("store") / "library.sqlite"))
    (scanned.music / "deep").mkdir()
    for number, name in enumerate((*HOSTILE, "deep/x.mp3", "deep/y.mp3")):
        path = song(scanned.music / name, 5 + number % 2, rate=22050, seed=number)
        tags = mutagen.File(os.fspath(path), easy=True)
        tags["title"] = f"Title\n{number} <script>"
        tags["artist"] = "Twice" if name.startswith("deep") else f"A{number}"
        tags.save()
    (scanned.music / "text.mp3").write_text("not a song")
    assert scanned.run("scan", "-q", "--csv", os.devnull, "-j", "1", str(scanned.music)) == 1
    return scanned

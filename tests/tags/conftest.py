"""Small files of every kind with tags."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sounds import MADE, song

ENCODED = (".mp3", ".flac", ".ogg", ".opus", ".oga", ".m4a", ".m4b", ".wav", ".aiff", ".tta", ".wv", ".wma")
KINDS = (*ENCODED, *MADE)


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    for suffix in (*ENCODED, ".mka"):
        codec = "wmav2" if suffix == ".wma" else None
        song(folder / f"song{suffix}", 1.0, rate=48000 if suffix == ".opus" else 44100, codec=codec)
    for suffix, make in MADE.items():
        make(folder / f"song{suffix}")
    return folder


@pytest.fixture
def fresh(originals: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copy(suffix: str) -> Path:
        return Path(shutil.copy(originals / f"song{suffix}", tmp_path / f"song{suffix}"))

    return copy

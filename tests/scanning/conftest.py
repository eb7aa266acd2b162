"""The songs and the library of the tests of scans."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scanning.scanned_library import Library
from tests.sounds import song


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("songs")
    return [song(folder / f"{i}.mp3", 6, rate=22050, seed=i) for i in range(6)]


@pytest.fixture
def library(tmp_path: Path, own_store: Path, originals: list[Path]) -> Library:
    library = Library(tmp_path, own_store)
    for path in originals[:3]:
        shutil.copy(path, library.folder)
    return library

"""Tagged songs for the tests, and the committed result of an earlier run."""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.playlists import make_library
from tests.interop.programs import version
from tests.interop.round_trip import tagged_songs

PLAYERS = Path(__file__).parents[2] / "docs" / "players.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; those that run other programs take long."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def committed() -> dict[str, Any]:
    """The result in ``docs/players.json``."""
    result: dict[str, Any] = runpy.run_path(str(PLAYERS))["committed_result"]()
    return result


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of tagged songs from which a round trip begins; see `tests.interop.round_trip`."""
    folder = tmp_path_factory.mktemp("interop") / "songs"
    tagged_songs(folder)
    return folder


@pytest.fixture(scope="session")
def named_songs() -> Iterator[Path]:
    """A scanned library of songs whose names have special characters."""
    # Not below the folder of pytest, which VLC may not enter: it runs as another user.
    with tempfile.TemporaryDirectory(prefix="interop") as temporary:
        folder = Path(temporary).resolve() / "playlists"
        make_library(folder)
        yield folder


def need(program: str) -> str:
    """Skip the test if a program is not installed; return its version."""
    found = version(program)
    if found is None:
        pytest.skip(f"program not installed: {program}")
    return found

"""What the tests share: the data sets and a browser, where they are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, launch

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets and references beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("needs the data sets in ../shared, which are not ours to redistribute")
    return SHARED


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, for tests of pages; they skip without one."""
    yield from launch()


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a library store of its own, and leave the user's alone."""
    store = tmp_path_factory.mktemp("store") / "library.sqlite"
    monkeypatch.setenv("EMOTAG_STORE", str(store))
    return store

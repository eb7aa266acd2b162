"""What the tests share: the data sets, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets and references beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("needs the data sets in ../shared, which are not ours to redistribute")
    return SHARED

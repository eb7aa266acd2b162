"""What the tests share: the data sets and a browser, where they are at hand."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.browser import Browser, launch

# The tests are what runs in parallel: threads of numerical libraries would wait for each other on a busy machine. And
# most scans here are of a few files, for which one worker is started sooner than two; tests of several say so.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("EMOTAG_SCAN_JOBS", "1")

# A shell may start its background jobs with these signals ignored, and emotag leaves ignored signals alone.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _signal in ("SIGTERM", "SIGHUP"):
    if hasattr(signal, _signal):
        signal.signal(getattr(signal, _signal), signal.SIG_DFL)

# A busy machine takes longer than Hypothesis allows for an example by default; that is not a fault of the code.
hypothesis.settings.register_profile("emotag", deadline=None)
hypothesis.settings.load_profile("emotag")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that take long unless ``EMOTAG_THOROUGH`` is set, as it is in CI."""
    if "EMOTAG_THOROUGH" in os.environ:
        return
    skip = pytest.mark.skip(reason="takes long; set EMOTAG_THOROUGH=1 to run it, as CI does")
    for item in items:
        if "thorough" in item.keywords:
            item.add_marker(skip)


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
    """Give every test a library database of its own, and leave the user's alone."""
    store = tmp_path_factory.mktemp("store") / "library.sqlite"
    monkeypatch.setenv("EMOTAG_STORE", str(store))
    return store

"""Pages are opened in a real browser, and what goes wrong there is told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass
class Opened:
    """A page in the browser: Playwright's `page`, what its console said, and what it asked the network for."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def becomes(self, expression: str, value: Any, seconds: float = 120) -> bool:
        """Tell whether an expression of JavaScript has a value within some time."""
        # Playwright's own waiting evaluates strings in the page, which a page may forbid.
        end = time.monotonic() + seconds
        while (found := self.page.evaluate(expression)) != value and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        return found == value


@dataclass
class Browser:
    """Chromium, which opens files."""

    chromium: Any

    @contextmanager
    def open(self, path: Path, scheme: str = "light") -> Iterator[Opened]:
        """Open a file under a colour scheme, ``light`` or ``dark``."""
        context = self.chromium.new_context(color_scheme=scheme, viewport={"width": 1200, "height": 900})
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.console.append(message.text))
        opened.page.on("pageerror", lambda error: opened.console.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(path.as_uri())
        yield opened
        context.close()


def launched() -> Iterator[Browser]:
    """Start Chromium, and end it; skip where it is not."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=list(QUIET))
        yield Browser(chromium)
        chromium.close()

"""Opens pages in a real browser and records their errors and requests."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass
class OpenPage:
    """A page in the browser: Playwright's `page`, the messages of its console, and the URLs that it requested."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def becomes(self, expression: str, value: Any, seconds: float = 120) -> bool:
        """Return whether a JavaScript expression takes a value within some seconds."""
        # Playwright's `wait_for_function` needs `eval`, which the Content-Security-Policy of a page may forbid.
        end = time.monotonic() + seconds
        while (current := self.page.evaluate(expression)) != value and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        return bool(current == value)


@dataclass
class Browser:
    """A running Chromium."""

    chromium: Any

    @contextmanager
    def open(self, path: Path, scheme: str = "light", *, phone: bool = False) -> Iterator[OpenPage]:
        """Open a file with a preferred colour scheme, ``light`` or ``dark``, on a large screen or a phone."""
        width, height = (390, 844) if phone else (1200, 900)
        context = self.chromium.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
        )
        opened = OpenPage(context.new_page())
        opened.page.on("console", lambda message: opened.console.append(message.text))
        opened.page.on("pageerror", lambda error: opened.console.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(path.as_uri())
        yield opened
        context.close()


def launch() -> Iterator[Browser]:
    """Yield a running Chromium; skip the test if Playwright or Chromium is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS))
        yield Browser(chromium)
        chromium.close()

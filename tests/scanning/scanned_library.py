"""A folder of songs that the command scans in a process of its own, with faults injected into its workers."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FAULTS = Path(__file__).parents[1] / "faults"

SONGS = 40 if "EMOTAG_EXAMPLES" in os.environ else 8
"""Number of good songs around a bad one; more where CI runs many examples."""


PATIENCE = 300
"""Seconds after which a wait fails; a busy machine needs a few of them."""


def wait_until(done: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


def close_pipe(process: subprocess.Popen[str]) -> None:
    """Close the pipe of a process that was killed."""
    assert process.stderr is not None
    process.stderr.close()


class Library:
    """A folder of songs, scanned by the command in a process of its own."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder, self.store = folder / "music", store
        self.opened = folder / "opened"
        self.environment = {**os.environ, "PYTHONPATH": str(FAULTS), "EMOTAG_TEST_FAULTS": str(self.opened)}
        self.folder.mkdir()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tagger", "scan", *arguments, str(self.folder)]

    def scan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments)
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, check=False, timeout=PATIENCE
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(*arguments), stderr=subprocess.PIPE, text=True, env=self.environment)

    def opened_count(self) -> int:
        """Return how often workers opened a song."""
        return len(self.opened.read_text().split()) if self.opened.exists() else 0

    def report(self, *arguments: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.scan("--csv", "-", *arguments).stdout, newline="")))

    def summary(self, *arguments: str) -> str:
        return self.scan(*arguments).stderr.splitlines()[-1].rsplit(" in ", 1)[0]

"""Output files, written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from tagger.errors import OutputError


@contextmanager
def destination(path: str) -> Iterator[IO[str]]:
    """Open a file for rows of text, or stdout for ``-``.

    The file is replaced when the rows end, interrupted or not: a reader never finds half a row.
    """
    if path == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    with _translated(path):
        handle, temporary = _beside(path)
    with open(handle, "w", encoding="utf-8", newline="") as file:
        try:
            yield file
        finally:
            with _translated(path, temporary):
                file.close()
                _place(temporary, path)


def write(path: str, data: bytes) -> None:
    """Write bytes to a file, which is replaced at once, or to stdout for ``-``."""
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with _translated(path):
        handle, temporary = _beside(path)
    with _translated(path, temporary):
        with open(handle, "wb") as file:
            file.write(data)
        _place(temporary, path)


@contextmanager
def _translated(path: str, temporary: str | None = None) -> Iterator[None]:
    """Say in one sentence why a file cannot be written, and leave nothing of it."""
    try:
        yield
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None


def _beside(path: str) -> tuple[int, str]:
    folder = os.path.dirname(os.path.abspath(path))
    return tempfile.mkstemp(prefix=".report-", suffix=".tmp", dir=folder)


def _place(temporary: str, path: str) -> None:
    os.chmod(temporary, 0o666 & ~_umask())
    os.replace(temporary, path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

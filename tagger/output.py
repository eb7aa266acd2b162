"""Output files, written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from tagger.errors import OutputError


@contextmanager
def destination(path: str) -> Iterator[IO[str]]:
    """Open a file for rows of text, or stdout for ``-``.

    The file is replaced when the rows end, interrupted or not: a reader never finds half a row. A device or a
    pipe is not replaced; it is given the rows as they come.
    """
    if path == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    file, temporary = _opened(path, "w", encoding="utf-8", newline="")
    try:
        yield file
    finally:
        _close(file, temporary, path)


def write(path: str, data: bytes) -> None:
    """Write bytes to a file, which is replaced at once, or to stdout for ``-``, a device or a pipe."""
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    file, temporary = _opened(path, "wb")
    with _translated(path, temporary), file:
        file.write(data)
    _close(file, temporary, path)


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


def _opened(path: str, mode: str, **text: str) -> tuple[IO[Any], str | None]:
    """Open a file beside the one that it is to replace, or what cannot be replaced itself."""
    with _translated(path):
        if os.path.exists(path) and not os.path.isfile(path):
            return open(path, mode, **text), None  # type: ignore[call-overload]
        folder = os.path.dirname(os.path.realpath(path))
        handle, temporary = tempfile.mkstemp(prefix=".report-", suffix=".tmp", dir=folder)
        return open(handle, mode, **text), temporary  # type: ignore[call-overload]


def _close(file: IO[Any], temporary: str | None, path: str) -> None:
    with _translated(path, temporary):
        file.close()
        if temporary is not None:
            os.chmod(temporary, _mode(path))
            os.replace(temporary, os.path.realpath(path))


def _mode(path: str) -> int:
    """Return the mode of the file that is there, or the one of new files."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

"""The messages of a scan: on stderr, and in a log file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import click

from tagger.cli.console import ERROR_PREFIX, Styled, print_error, print_message
from tagger.cli.streams import printable
from tagger.errors import OutputClosed, OutputError

PACKAGE_LOGGER = logging.getLogger("tagger")

FILE_LEVEL = (logging.DEBUG + logging.INFO) // 2
"""Level of the lines of ``-v``, one for each file: below `logging.INFO`, above debug messages."""


@contextmanager
def log_handlers(log: IO[str] | None, *, quiet: bool, verbose: bool) -> Iterator[None]:
    """Print the messages of the package on stderr and append them to a log file.

    Parameters
    ----------
    log : text file or None
        The log file.
    quiet : bool
        Print only warnings and errors.
    verbose : bool
        Print the lines of `FILE_LEVEL`, too.
    """
    console = _ConsoleHandler(logging.WARNING if quiet else FILE_LEVEL)
    handlers = [console] if log is None else [console, _LogFileHandler(log)]
    level = PACKAGE_LOGGER.level
    PACKAGE_LOGGER.setLevel(FILE_LEVEL if verbose else logging.INFO)
    for handler in handlers:
        PACKAGE_LOGGER.addHandler(handler)
    try:
        yield
    finally:
        PACKAGE_LOGGER.setLevel(level)
        for handler in handlers:
            PACKAGE_LOGGER.removeHandler(handler)


def _message(record: logging.LogRecord) -> str:
    """Return the text of a log record, safe to print on a terminal."""
    return record.msg if isinstance(record.msg, Styled) else printable(record.getMessage())


class _ConsoleHandler(logging.Handler):
    """Prints messages on stderr, above the progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        prefix = ERROR_PREFIX if record.levelno >= logging.WARNING else ""
        print_message(Styled(prefix + _message(record)))


class _LogFileHandler(logging.Handler):
    """Appends messages with a time stamp to a file."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__()
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Append a message; if the file cannot be written, say so once and do without."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
        lines = "".join(f"{stamp} {line}\n" for line in click.unstyle(_message(record)).splitlines())
        try:
            self.file.write(lines)
            self.file.flush()
        except (OutputError, OutputClosed) as error:
            PACKAGE_LOGGER.removeHandler(self)
            print_error(f"{error}; the scan goes on without a log")

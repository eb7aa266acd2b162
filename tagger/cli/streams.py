"""Standard input, output and error, which may be closed, full, a pipe or a terminal."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from contextlib import suppress
from typing import IO, Any

from tagger.io.output import TextOutput

STDOUT = "standard output"
"""Name of stdout in messages."""

ERROR_HANDLER = "emotag"
"""Name of the codec error handler for characters that the encoding of stdout lacks."""

_LONE_RETURN = re.compile(r"\r(?!\n)")


def printable(text: str) -> str:
    """Replace control characters and line breaks, which could send commands to a terminal.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def printable_lines(text: str) -> str:
    """Replace control characters other than tabs and line breaks.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    if text.isprintable():
        return text
    replaced = "".join(c if c.isprintable() or c in "\n\r\t" else "�" for c in text)
    return _LONE_RETURN.sub("�", replaced)


class Stdout(TextOutput):
    """Standard output. Control characters are replaced if it is a terminal.

    Parameters
    ----------
    binary : binary file
    **text_settings
        As for `io.TextIOWrapper`.
    """

    def __init__(self, binary: IO[bytes], **text_settings: Any) -> None:
        super().__init__(binary, STDOUT, **text_settings)
        self.is_terminal = self.isatty()

    def write(self, text: str) -> int:
        """Write text as far as it is safe for a terminal."""
        return super().write(printable_lines(text) if self.is_terminal else text)


def prepare_streams() -> None:
    """Make the standard streams of this process usable.

    A closed stream is opened on the null device. Otherwise the next file that is opened would get its descriptor, and
    messages would be written to that file. The null device for a closed stdout is opened for reading, so that writing
    fails with the error of a closed stream.
    """
    for descriptor, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, mode)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = Stdout(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8", errors="replace")
    elif type(sys.stdout) is io.TextIOWrapper:
        old = sys.stdout
        text_settings = {
            "encoding": old.encoding,
            "errors": _error_handler(old),
            "line_buffering": old.line_buffering,
            "write_through": old.write_through,
        }
        sys.stdout = Stdout(old.detach(), **text_settings)
    sys.__stdout__ = sys.stdout  # type: ignore[misc,assignment]


def _error_handler(stream: io.TextIOWrapper) -> str:
    """Return the error handler that the user has set for a stream, or else the one of this module."""
    codecs.register_error(ERROR_HANDLER, _encode_anyway)
    errors = stream.errors or "strict"
    return errors if errors not in ("strict", "surrogateescape") else ERROR_HANDLER


def _encode_anyway(error: UnicodeError) -> tuple[bytes, int]:
    """Write bytes of a file name that are not text unchanged, and other characters as question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return b"".join(os.fsencode(c) if "\udc80" <= c <= "\udcff" else b"?" for c in characters), error.end


def silence(descriptor: int) -> None:
    """Connect stdout or stderr to the null device, so that buffered text does not fail again when the process ends.

    Parameters
    ----------
    descriptor : int
        1 for stdout, 2 for stderr.
    """
    stream = sys.stdout if descriptor == 1 else sys.stderr
    with suppress(OSError, AttributeError, ValueError):
        if stream.fileno() == descriptor:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, descriptor)
            os.close(null)

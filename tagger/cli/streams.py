"""Standard input, output and error, as a command finds them: closed, full, a pipe, or a terminal."""

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

LENIENT = "emotag"
"""Name of how stdout takes what its encoding lacks."""

_LONE_RETURN = re.compile(r"\r(?!\n)")


def printable(text: str) -> str:
    """Return a text on one line, without the characters that would command a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def printable_lines(text: str) -> str:
    """Return lines of text without the characters that would command a terminal."""
    if text.isprintable():
        return text
    kept = "".join(c if c.isprintable() or c in "\n\r\t" else "�" for c in text)
    return _LONE_RETURN.sub("�", kept)


class Stdout(TextOutput):
    """Standard output; what it shows on a terminal is text and no command, and it takes any character."""

    def __init__(self, binary: IO[bytes], **how: Any) -> None:
        super().__init__(binary, STDOUT, **how)
        self.terminal = self.isatty()

    def write(self, text: str) -> int:
        return super().write(printable_lines(text) if self.terminal else text)


def prepare_streams() -> None:
    """Make the standard streams of this process fit for use.

    A stream that is closed is opened onto nothing: else the next file that is opened would get its number, and
    messages would be written into that. What is written to an output that was closed fails, as it does elsewhere.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = Stdout(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8", errors="replace")
    elif type(sys.stdout) is io.TextIOWrapper:
        old = sys.stdout
        how = {"encoding": old.encoding, "errors": _errors(old), "line_buffering": old.line_buffering}
        sys.stdout = Stdout(old.detach(), write_through=old.write_through, **how)
    sys.__stdout__ = sys.stdout  # type: ignore[misc,assignment]


def _errors(stream: Any) -> str:
    """Return how a stream takes what its encoding lacks: whoever set it said so; else by another character."""
    codecs.register_error(LENIENT, _lenient)
    return stream.errors if stream.errors not in ("strict", "surrogateescape") else LENIENT


def _lenient(error: UnicodeError) -> tuple[bytes, int]:
    """Write the bytes of a name that is not text as they are, and what the encoding lacks as question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return b"".join(os.fsencode(c) if "\udc80" <= c <= "\udcff" else b"?" for c in lacking), error.end


def silence(number: int) -> None:
    """Let a stream of this process lead nowhere: what it still holds must not fail again when the process ends."""
    stream = sys.stdout if number == 1 else sys.stderr
    with suppress(OSError, AttributeError, ValueError):
        if stream.fileno() == number:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)

"""Output files, written whole or not at all, and over nothing but what emotag may write over."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from tagger.errors import OutputClosed, OutputError
from tagger.io import file_kind
from tagger.io.exchange import exchange
from tagger.io.file_kind import TEXT, kind_of_bytes


class TextOutput(io.TextIOWrapper):
    """A text file that says in one sentence that it cannot be written.

    Attributes
    ----------
    torn : bool
        Something could not be written: it may end in the middle of a row.
    """

    def __init__(self, binary: IO[bytes], called: str, **how: Any) -> None:
        super().__init__(binary, **how)
        self.called = called
        self.torn = False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with output_errors(self.called):
                yield
        except BaseException:
            self.torn = True
            raise

    def write(self, text: str) -> int:
        with self._translated():
            return super().write(text)

    def flush(self) -> None:
        with self._translated():
            super().flush()

    def close(self) -> None:
        with self._translated():
            super().close()


@contextmanager
def output_errors(path: str) -> Iterator[None]:
    """Turn the system's errors into one sentence.

    Raises
    ------
    OutputError
        With the name of the file and the system's reason.
    OutputClosed
        If it is a pipe that nobody reads any more.
    """
    try:
        yield
    except BrokenPipeError:
        raise OutputClosed(f"{path}: nobody reads it any more") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None


@contextmanager
def open_output(path: str) -> Iterator[IO[str]]:
    """Open a file for rows of text, or stdout for ``-``.

    The file is replaced when the rows end, interrupted or not: a reader never finds half a row. A device or a
    pipe is not replaced; it is given the rows as they come.

    Raises
    ------
    OutputError
        If it cannot be written, or must not be: what is there may be written over only if it is text.
    """
    if path == "-":
        if sys.stdout.isatty():
            yield sys.stdout  # as the terminal takes it
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")  # type: ignore[union-attr]
            yield sys.stdout
        sys.stdout.flush()
        return
    replacement = _Replacement(path, frozenset((TEXT,)))
    file = TextOutput(replacement.binary, path, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield file
    finally:
        (replacement.drop if file.torn else replacement.install)(file)


def write_output(path: str, data: bytes) -> None:
    """Write bytes to a file, which is replaced at once, or to stdout for ``-``, a device or a pipe.

    Raises
    ------
    OutputError
        If it cannot be written, or must not be: what is there may be written over only if it is text, or a picture
        or a model of emotag's where `data` is one.
    """
    if path == "-":
        _to_stdout(data)
        return
    replacement = _Replacement(path, frozenset((TEXT, kind_of_bytes(data))))
    try:
        with output_errors(path):
            replacement.binary.write(data)
    except BaseException:
        replacement.drop(replacement.binary)
        raise
    replacement.install(replacement.binary)


def _to_stdout(data: bytes) -> None:
    sys.stdout.flush()
    if sys.stdout.isatty():
        # What shows text on a terminal is the command line's business (`tagger.cli.streams`).
        if kind_of_bytes(data) != TEXT:
            raise OutputError("a picture is not written to a terminal; name a file")
        sys.stdout.write(data.decode())
        sys.stdout.flush()
        return
    with output_errors("standard output"):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


class _Replacement:
    """A new file beside the one that it is to replace, or what cannot be replaced itself: a device or a pipe.

    Parameters
    ----------
    path : str
    replaceable : frozenset of str
        Kinds of files that may be replaced (`tagger.io.file_kind`).

    Attributes
    ----------
    binary : file
        To be written to.
    """

    def __init__(self, path: str, replaceable: frozenset[str]) -> None:
        self.path, self.replaceable = path, replaceable
        # Links are followed once: what they lead to later is not looked at, and not written.
        self.target = os.path.realpath(path)
        self.temporary = ""
        with output_errors(path):
            if os.path.exists(path) and not os.path.isfile(path):
                self.binary: IO[bytes] = open(path, "wb")  # noqa: SIM115
                return
            self._look(self.target)
            handle, self.temporary = tempfile.mkstemp(
                prefix=".report-", suffix=".tmp", dir=os.path.dirname(self.target)
            )
            self.binary = open(handle, "wb")  # noqa: SIM115

    def _look(self, path: str) -> None:
        """Refuse what must not be replaced."""
        if reason := file_kind.overwrite_refusal(path, self.replaceable):
            raise OutputError(f"{self.path} {reason}")

    def drop(self, file: IO[Any]) -> None:
        """Leave all as it was."""
        with suppress(OSError, OutputError):
            file.close()
        if self.temporary:
            with suppress(OSError):
                os.unlink(self.temporary)

    def install(self, file: IO[Any]) -> None:
        """Put the new file in its place, if what lies there may be replaced."""
        try:
            with output_errors(self.path):
                file.close()
                if self.temporary:
                    os.chmod(self.temporary, _mode(self.target))
                    self._put()
        except BaseException:
            self.drop(file)
            raise

    def _put(self) -> None:
        if not os.path.lexists(self.target) and self._linked():
            return
        try:
            exchanged = exchange(self.temporary, self.target)
        except FileNotFoundError:  # gone since
            exchanged = False
        if not exchanged:
            self._look_at_target()
            os.replace(self.temporary, self.target)
            return
        # What was there has the temporary name now, and nobody else's hands on it: what is looked at is what goes.
        try:
            if not stat.S_ISREG(os.lstat(self.temporary).st_mode):
                raise OutputError(f"{self.path}: cannot be written (it became another kind of file)")
            self._look(self.temporary)
        except BaseException:
            exchange(self.temporary, self.target)
            raise
        os.unlink(self.temporary)

    def _linked(self) -> bool:
        """Give the file a name that no file has; return False where that cannot be done so."""
        try:
            os.link(self.temporary, self.target)
        except OSError:
            return False
        os.unlink(self.temporary)
        return True

    def _look_at_target(self) -> None:
        if os.path.islink(self.target):
            raise OutputError(f"{self.path}: cannot be written (it became a symbolic link)")
        self._look(self.target)


def _mode(path: str) -> int:
    """Return the mode of the file that is there, or the one of new files."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

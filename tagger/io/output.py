"""Output files, which are written completely or not at all, and never over user data."""

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
    """A text file that raises `OutputError` and `OutputClosed` in place of the system's errors.

    Parameters
    ----------
    binary : binary file
        The file to write to.
    name : str
        Name of the file in messages.
    **options : object
        Options of `io.TextIOWrapper`.

    Attributes
    ----------
    incomplete : bool
        Whether a write failed: the file may end within a row.
    """

    def __init__(self, binary: IO[bytes], name: str, **options: Any) -> None:
        super().__init__(binary, **options)
        self._output_name = name
        self.incomplete = False

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with output_errors(self._output_name):
                yield
        except BaseException:
            self.incomplete = True
            raise

    def write(self, text: str) -> int:
        """Write text, as `io.TextIOWrapper.write`."""
        with self._errors():
            return super().write(text)

    def flush(self) -> None:
        """Write what is buffered, as `io.TextIOWrapper.flush`."""
        with self._errors():
            super().flush()

    def close(self) -> None:
        """Flush and close, as `io.TextIOWrapper.close`."""
        with self._errors():
            super().close()


@contextmanager
def output_errors(path: str) -> Iterator[None]:
    """Convert errors of the system.

    Parameters
    ----------
    path : str
        Name of the file in messages.

    Yields
    ------
    None

    Raises
    ------
    OutputError
        With the name of the file and the reason of the system, in place of `OSError`.
    OutputClosed
        In place of `BrokenPipeError`: the reader of a pipe has closed it.
    """
    try:
        yield
    except BrokenPipeError:
        raise OutputClosed(f"{path}: closed by its reader") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None


@contextmanager
def open_output(path: str) -> Iterator[IO[str]]:
    """Open a file for rows of text.

    The file is replaced at the end of the block, also after an exception, so readers never see an incomplete row. A
    device or a pipe is written to directly. If a write fails, an existing file stays as it was.

    Parameters
    ----------
    path : str
        The file, or ``-`` for standard output.

    Yields
    ------
    text file

    Raises
    ------
    OutputError
        If the file cannot be written, or exists and is not text.
    """
    if path == "-":
        if not sys.stdout.isatty():
            # A terminal keeps its own encoding.
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    replacement = _Replacement(path, frozenset((TEXT,)))
    file = TextOutput(replacement.binary, path, encoding="utf-8", errors="backslashreplace", newline="")
    try:
        yield file
    finally:
        if file.incomplete:
            replacement.discard(file)
        else:
            replacement.install(file)


def write_output(path: str, data: bytes) -> None:
    """Write a file, which is replaced in one step.

    Parameters
    ----------
    path : str
        The file, or ``-`` for standard output. A device or a pipe is written to directly.
    data : bytes
        Text, or a picture or model of emotag.

    Raises
    ------
    OutputError
        If the file cannot be written, or exists and is neither text nor of the same kind as `data`.
    """
    if path == "-":
        _write_stdout(data)
        return
    replacement = _Replacement(path, frozenset((TEXT, kind_of_bytes(data))))
    try:
        with output_errors(path):
            replacement.binary.write(data)
    except BaseException:
        replacement.discard(replacement.binary)
        raise
    replacement.install(replacement.binary)


def _write_stdout(data: bytes) -> None:
    sys.stdout.flush()
    if sys.stdout.isatty():
        # `tagger.cli.streams` replaces control characters in text for a terminal.
        if kind_of_bytes(data) != TEXT:
            raise OutputError("cannot write a picture to a terminal; name a file")
        sys.stdout.write(data.decode())
        sys.stdout.flush()
        return
    with output_errors("standard output"):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


class _Replacement:
    """A temporary file that replaces another file, or a device or pipe that is written to directly.

    Parameters
    ----------
    path : str
        The file to replace.
    replaceable : frozenset of str
        Kinds of files that may be replaced (`tagger.io.file_kind`).

    Attributes
    ----------
    binary : binary file
        The file to write to.
    """

    def __init__(self, path: str, replaceable: frozenset[str]) -> None:
        self.path, self.replaceable = path, replaceable
        # Symbolic links are followed now and not later, when somebody may have changed them.
        self.target = os.path.realpath(path)
        self.temporary = ""
        with output_errors(path):
            if os.path.exists(path) and not os.path.isfile(path):
                self.binary: IO[bytes] = open(path, "wb")  # noqa: SIM115
                return
            self._check_kind(self.target)
            handle, self.temporary = tempfile.mkstemp(
                prefix=".report-", suffix=".tmp", dir=os.path.dirname(self.target)
            )
            self.binary = open(handle, "wb")  # noqa: SIM115

    def discard(self, file: IO[Any]) -> None:
        """Close and remove the temporary file.

        Parameters
        ----------
        file : file
            `binary`, or a text file around it.
        """
        with suppress(OSError, OutputError):
            file.close()
        if self.temporary:
            with suppress(OSError):
                os.unlink(self.temporary)

    def install(self, file: IO[Any]) -> None:
        """Close the temporary file and replace the target with it, if the target may be replaced.

        Parameters
        ----------
        file : file
            `binary`, or a text file around it.
        """
        try:
            with output_errors(self.path):
                file.close()
                if self.temporary:
                    os.chmod(self.temporary, _mode(self.target))
                    self._replace_target()
        except BaseException:
            self.discard(file)
            raise

    def _replace_target(self) -> None:
        if not os.path.lexists(self.target) and self._link_to_target():
            return
        try:
            exchanged = exchange(self.temporary, self.target)
        except FileNotFoundError:  # the target was deleted meanwhile
            exchanged = False
        if not exchanged:
            if os.path.islink(self.target):
                raise OutputError(f"{self.path}: cannot be written (it became a symbolic link)")
            self._check_kind(self.target)
            os.replace(self.temporary, self.target)
            return
        # The old file has the temporary name now, so other programs cannot change it between the check and the removal.
        try:
            if not stat.S_ISREG(os.lstat(self.temporary).st_mode):
                raise OutputError(f"{self.path}: cannot be written (it is no longer a regular file)")
            self._check_kind(self.temporary)
        except BaseException:
            exchange(self.temporary, self.target)
            raise
        os.unlink(self.temporary)

    def _link_to_target(self) -> bool:
        """Give the temporary file the name of the target, which must not exist; return whether that was possible."""
        try:
            os.link(self.temporary, self.target)
        except OSError:
            return False
        os.unlink(self.temporary)
        return True

    def _check_kind(self, path: str) -> None:
        """Raise `OutputError` for a file that must not be replaced."""
        if reason := file_kind.overwrite_refusal(path, self.replaceable):
            raise OutputError(f"{self.path} {reason}")


def _mode(path: str) -> int:
    """Return the permissions of a file, or those of a new file if it does not exist."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

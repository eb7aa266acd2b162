"""Runs the command on a pseudo-terminal, where a test reads and types as a person does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
from pathlib import Path

PATIENCE = 120.0
"""Seconds after which a wait fails; a busy machine needs a few of them."""

CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """A command whose stdin, stdout and stderr are a terminal; a context manager.

    Parameters
    ----------
    arguments : sequence of str
        Arguments of `emotag`.
    columns : int
        Width of the terminal.
    out : path, optional
        File for stdout.

    Attributes
    ----------
    text : str
        What is on the terminal so far.
    """

    def __init__(self, *arguments: object, columns: int = 200, out: Path | None = None) -> None:
        self.text = ""
        self._matched = 0
        self._status: int | None = None
        command = [sys.executable, "-m", "tagger", *map(str, arguments)]
        self.pid, self._master = pty.fork()
        if not self.pid:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            if out is not None:
                os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
            os.execv(sys.executable, command)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._master)

    def wait_for(self, pattern: str) -> None:
        """Wait until a regular expression matches what is on the terminal after the last match."""
        while not (match := re.search(pattern, self.text[self._matched :])):
            assert self._read(), f"ended without {pattern!r}: {self.text!r}"
        self._matched += match.end()

    def type(self, text: str) -> None:
        """Type some keys."""
        os.write(self._master, text.encode())

    def wait(self) -> int:
        """Wait for the end of the command; return its exit status."""
        while self._read():
            pass
        self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def _read(self) -> bool:
        """Read what has been written; return False at the end."""
        assert select.select([self._master], [], [], PATIENCE)[0], f"nothing more than {self.text!r}"
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the command has ended
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

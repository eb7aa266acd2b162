"""Runs commands in processes of their own, with the standard streams that a test asks for.

A server process is started once, imports the libraries of the commands, and forks for each run, which is much faster
than starting Python each time.
"""

from __future__ import annotations

import base64
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

TIMEOUT = 240.0
"""Seconds after which a run is killed; far more than any run needs on a busy machine."""


class Run(NamedTuple):
    """Result of a run: exit status (the negative number of the signal that ended it), standard output and error."""

    status: int
    out: bytes
    err: bytes


class Forked:
    """The server process, as a context manager."""

    def __enter__(self) -> Forked:
        root = Path(__file__).resolve().parents[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked_commands"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()

    def run(
        self,
        arguments: Sequence[str],
        *,
        out: str = "file",
        err: str = "file",
        folder: str | os.PathLike[str] = ".",
        encoding: str = "utf-8",
        env: dict[str, str] | None = None,
    ) -> Run:
        """Run a command.

        Parameters
        ----------
        arguments : sequence of str
        out, err : str
            ``file``, ``full`` (a full device), ``closed``, ``pipe`` (closed by its reader) or ``terminal``.
        folder : path
            The working directory.
        encoding : str
            Of both streams.
        env : dict, optional
            Variables of the environment to set.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        job: dict[str, Any] = {"arguments": list(arguments), "out": out, "err": err, "folder": os.fspath(folder)}
        job |= {"encoding": encoding, "env": {"EMOTAG_STORE": os.environ["EMOTAG_STORE"], **(env or {})}}
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return Run(answer["status"], base64.b64decode(answer["out"]), base64.b64decode(answer["err"]))


class _Stream:
    """A standard stream of a run.

    Attributes
    ----------
    file : binary file or None
        The file that the stream is written to.
    terminal : int
        Descriptor of the side of the test of a terminal; -1 for none.
    descriptor : int
        Descriptor of the stream; -1 if it is closed.
    """

    def __init__(self, kind: str) -> None:
        self.file: IO[bytes] | None = None
        self.terminal = -1
        self.descriptor = -1
        if kind == "file":
            self.file = tempfile.TemporaryFile()  # noqa: SIM115
            self.descriptor = os.dup(self.file.fileno())
        elif kind == "full":
            self.descriptor = os.open("/dev/full", os.O_WRONLY)
        elif kind == "pipe":
            reader, self.descriptor = os.pipe()
            os.close(reader)
        elif kind == "terminal":
            self.terminal, self.descriptor = pty.openpty()
        else:
            assert kind == "closed"

    def text(self, encoding: str, number: int) -> Any:
        """Return the stream as a text file with descriptor `number`, as `sys.stdout` or `sys.stderr`."""
        if self.descriptor < 0:
            return None
        raw = io.FileIO(number, "w", closefd=False)
        errors = "strict" if number == 1 else "backslashreplace"
        return io.TextIOWrapper(
            io.BufferedWriter(raw), encoding=encoding, errors=errors, line_buffering=self.terminal >= 0
        )

    def read(self, terminal_output: bytes) -> str:
        """Return what was written, in base64."""
        data = terminal_output
        if self.file is not None:
            self.file.seek(0)
            data = self.file.read()
            self.file.close()
        return base64.b64encode(data).decode()


def _child(job: dict[str, Any], streams: list[_Stream]) -> None:
    os.setsid()
    os.chdir(job["folder"])
    os.environ.update(job["env"])
    descriptors = [os.dup(stream.descriptor) if stream.descriptor >= 0 else -1 for stream in streams]
    for number, handle in enumerate(descriptors, 1):
        if handle >= 0:
            os.dup2(handle, number)
        else:
            os.close(number)
    os.closerange(3, 4096)
    null = os.open(os.devnull, os.O_RDONLY)
    if null:
        os.dup2(null, 0)
        os.close(null)
    sys.stdout, sys.stderr = (s.text(job["encoding"], n) for n, s in enumerate(streams, 1))
    from tagger import cli

    status: Any = 1
    try:
        cli.main(job["arguments"])
    except SystemExit as exit_request:
        status = exit_request.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            status = 120  # as Python does
    os._exit(status)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    streams = [_Stream(job["out"]), _Stream(job["err"])]
    child = os.fork()
    if not child:
        try:
            _child(job, streams)
        finally:
            os._exit(99)
    for stream in streams:
        if stream.descriptor >= 0:
            os.close(stream.descriptor)
    terminal_output = {stream.terminal: b"" for stream in streams if stream.terminal >= 0}
    deadline, ended = time.monotonic() + TIMEOUT, 0
    while not ended and time.monotonic() < deadline:
        for master in select.select(list(terminal_output), [], [], 0.02)[0]:
            terminal_output[master] += _read(master)
        ended, result = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        _, result = os.waitpid(child, 0)
    for master in terminal_output:
        while select.select([master], [], [], 0)[0] and (data := _read(master)):
            terminal_output[master] += data
        os.close(master)
    out, err = (stream.read(terminal_output.get(stream.terminal, b"")) for stream in streams)
    return {"status": os.waitstatus_to_exitcode(result), "out": out, "err": err}


def _read(master: int) -> bytes:
    try:
        return os.read(master, 1 << 16)
    except OSError:  # the process has closed the terminal
        return b""


def _serve() -> None:
    import av  # noqa: F401
    import numpy as np  # noqa: F401
    import scipy.fft  # noqa: F401

    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    for line in jobs:
        answers.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    _serve()

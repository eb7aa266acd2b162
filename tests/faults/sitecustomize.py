"""Faults for the workers of a scan under test: with this folder on PYTHONPATH, opening some files goes wrong."""

import builtins
import errno
import os
import signal
import time
from typing import Any

_open = builtins.open


def _faulty(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
    name = os.path.basename(file) if isinstance(file, str) else ""
    if mode == "rb" and os.environ.get("EMOTAG_TEST_FAULTS") and os.path.splitext(name)[1] == ".mp3":
        log = os.environ["EMOTAG_TEST_FAULTS"]
        with _open(log, "a") as told:
            told.write(f"at-{name}\n" * name.startswith(("slow", "once")))
        with _open(log) as told:
            fault = name.replace("once-", "") if told.read().split().count(f"at-{name}") < 2 else name
        if fault.startswith("segfault"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if fault.startswith("killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.startswith("terminated"):
            os.kill(os.getpid(), signal.SIGTERM)
        if fault.startswith("exit"):
            os._exit(3)
        if fault.startswith("hang"):
            time.sleep(10_000)
        if fault.startswith("slow"):
            time.sleep(3)
        if fault.startswith("greedy"):
            bytearray(64 << 30)
        if fault.startswith("bug"):
            raise RuntimeError("a fault of ours")
        with _open(log, "a") as told:
            told.write(name + "\n")
    return _open(file, mode, *arguments, **options)


_exists = os.path.exists


def _unseen(path: Any) -> bool:
    hidden = os.environ.get("EMOTAG_TEST_UNSEEN")
    return _exists(path) and not (hidden and str(path).startswith(hidden))


_os_open = os.open


def _full(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
    if flags & os.O_CREAT and os.path.basename(os.path.dirname(os.fsdecode(path))) == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return _os_open(path, flags, *arguments, **options)


os.open = _full
builtins.open = _faulty
os.path.exists = _unseen

"""Faults for the workers of a scan under test: with this folder on PYTHONPATH, opening some files goes wrong."""

import builtins
import os
import signal
import time
from typing import Any

_open = builtins.open


def _faulty(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
    name = os.path.basename(file) if isinstance(file, str) else ""
    if mode == "rb" and os.environ.get("EMOTAG_TEST_FAULTS") and os.path.splitext(name)[1] == ".mp3":
        if name.startswith("segfault"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if name.startswith("hang"):
            time.sleep(10_000)
        if name.startswith("greedy"):
            bytearray(64 << 30)
        if name.startswith("bug"):
            raise RuntimeError("a fault of ours")
        with _open(os.environ["EMOTAG_TEST_FAULTS"], "a") as log:
            log.write(name + "\n")
    return _open(file, mode, *arguments, **options)


_exists = os.path.exists


def _unseen(path: Any) -> bool:
    hidden = os.environ.get("EMOTAG_TEST_UNSEEN")
    return _exists(path) and not (hidden and str(path).startswith(hidden))


builtins.open = _faulty
os.path.exists = _unseen

"""Workers on a Dask cluster.

Tasks go to Dask's client itself: joblib's backend for Dask, which would hide it, waits for ever for a task
whose worker died once too often.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as GivenUp
from threading import Timer
from typing import Any

from tagger.errors import EmotagError
from tagger.findings import Failure
from tagger.workers import CRASHED, Task

FAREWELL = 2
"""Seconds that a worker with a hanging thread has to send its result before it ends."""


class Cluster:
    """The workers of a Dask cluster; a worker that dies is Dask's to make good.

    Parameters
    ----------
    address : str
        Of the scheduler, as ``tcp://host:8786``.
    timeout : float, optional
        Seconds after which a task is given up.

    Raises
    ------
    EmotagError
        If Dask is not installed, or nobody answers there.
    """

    def __init__(self, address: str, *, timeout: float | None = None) -> None:
        try:
            from dask.distributed import Client
        except ImportError:
            raise EmotagError("--dask needs the extra `cluster`: pip install 'emotag[cluster]'") from None
        self.timeout = timeout
        try:
            self.client = Client(address, timeout="10s")
        except (OSError, ValueError) as error:
            raise EmotagError(f"{address}: no Dask scheduler answers ({error})") from None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results as they are done, in any order; a lost one with a `Failure`."""
        from dask.distributed import as_completed

        given = {self.client.submit(_remote, task, self.timeout, pure=False): task for task in tasks}
        for future in as_completed(given):
            # Only a file that killed several workers, one after the other, ends in an error.
            yield given[future], CRASHED if future.status == "error" else future.result()


def _remote(task: Task, timeout: float | None) -> Any:
    """Do a task on a worker's machine, with one thread, if the file can be seen from there."""
    from threadpoolctl import threadpool_limits

    path = task.arguments[0]
    if isinstance(path, str) and not os.path.exists(path):
        where = f"the Dask worker on {socket.gethostname()}"
        return Failure("unseen", f"{where} cannot see it: workers need the music under the same path")
    with threadpool_limits(1):
        work = ThreadPoolExecutor(1).submit(task.function, *task.arguments)
        try:
            return work.result(timeout)
        except GivenUp:
            # A thread cannot be ended, but its process can: Dask starts the worker anew.
            Timer(FAREWELL, os._exit, (1,)).start()
            return Failure("timeout", f"given up after {timeout:g} s")

"""Workers on a Dask cluster.

Tasks go to Dask's client itself: joblib's backend for Dask, which would hide it, waits for ever for a task
whose worker died once too often.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from queue import Queue
from threading import Timer, get_native_id
from typing import Any

from tagger.errors import EmotagError, Failure
from tagger.scanning.stopwatch import TICK, Stopwatch
from tagger.scanning.workers import CRASHED_FAILURE, MAX_STALLED_SECONDS, RETRIED_KINDS, STALLED_FAILURE, Task

GRACE_SECONDS = 2
"""Seconds that a worker with a hanging thread has to send its result before it ends."""


class DaskCluster:
    """The workers of a Dask cluster; a worker that dies is Dask's to make good.

    Parameters
    ----------
    address : str
        Of the scheduler, as ``tcp://host:8786``.
    timeout : float, optional
        Seconds of work after which a task is given up (`tagger.scanning.stopwatch`).

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

    def __enter__(self) -> DaskCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results as they are done, in any order; a lost one with a `Failure`."""
        from dask.distributed import as_completed
        from dask.distributed import wait as settled

        given = {self.client.submit(_run_on_worker, task, self.timeout, pure=False): task for task in tasks}
        lost = []
        for future in as_completed(given):
            task, result = given.pop(future), _result(future)
            if isinstance(result, Failure) and result.kind in RETRIED_KINDS and not task.once:
                lost.append(task)
            else:
                yield task, result
        # Dask does not tell how a worker ended, nor whether the fault was that of a neighbour: once more, one by one.
        for task in lost:
            future = self.client.submit(_run_on_worker, task, self.timeout, pure=False)
            settled([future])
            yield task, _result(future)


def _result(future: Any) -> Any:
    """Return the result of a task that is done, or why there is none, and let go of the task.

    What a worker holds is done anew when the worker ends, as it does after a task that took too long: again and again.
    """
    from dask.distributed import KilledWorker

    try:
        return _found(future, KilledWorker)
    finally:
        future.release()


def _found(future: Any, killed: type[Exception]) -> Any:
    if future.status == "finished":
        return future.result()
    if future.status != "error":
        return Failure("killed", "not analysed: the Dask cluster has lost it; the next scan tries it again")
    error = future.exception()
    if isinstance(error, killed):
        return CRASHED_FAILURE  # only a file at which several workers died, one after the other
    return Failure("unseen", f"not analysed: the Dask worker could not do it ({type(error).__name__}: {error})")


def _run_on_worker(task: Task, timeout: float | None) -> Any:
    """Do a task on a worker's machine, with one thread, if the file can be seen from there."""
    from threadpoolctl import threadpool_limits

    path = task.arguments[0]
    if isinstance(path, str) and not os.path.exists(path):
        where = f"the Dask worker on {socket.gethostname()}"
        return Failure("unseen", f"{where} cannot see it: workers need the music under the same path")
    with threadpool_limits(1):
        begun: Queue[int] = Queue()
        work = ThreadPoolExecutor(1, initializer=lambda: begun.put(get_native_id())).submit(
            task.function, *task.arguments
        )
        watch = Stopwatch(f"/proc/self/task/{begun.get()}")
        while not wait([work], TICK).done:
            watch.look()
            if timeout is not None and watch.worked > timeout:
                # A thread cannot be ended, but its process can: Dask starts the worker anew.
                Timer(GRACE_SECONDS, os._exit, (1,)).start()
                return Failure("timeout", f"given up after {timeout:g} s")
            if watch.stalled > MAX_STALLED_SECONDS:
                return STALLED_FAILURE
        return work.result()

"""Workers of a Dask cluster.

Tasks are submitted to Dask's client, and not through joblib's backend for Dask, which waits forever for a task whose
worker ended too often.
"""

from __future__ import annotations

import logging
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

EXIT_DELAY = 2.0
"""Seconds after which a Dask worker with a hanging thread ends its process, so that it can send its result before."""

logger = logging.getLogger(__name__)


MAX_LONE_RUNS = 3
"""Runs of a task that was lost; workers that restart at the same time may lose it again."""


class DaskCluster:
    """The workers of a Dask cluster; a context manager. Dask itself replaces workers that end.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as ``tcp://host:8786``.
    timeout : float, optional
        Seconds of work after which a task is given up (`tagger.scanning.stopwatch`); by default there is no limit.

    Raises
    ------
    EmotagError
        If Dask is not installed or no scheduler answers.
    """

    def __init__(self, address: str, *, timeout: float | None = None) -> None:
        try:
            from dask.distributed import Client
        except ImportError:
            raise EmotagError("--dask needs the extra `cluster`: pip install 'emotag[cluster]'") from None
        self.timeout = timeout
        try:
            self.client: Any = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise EmotagError(f"{address}: no Dask scheduler answers ({error})") from None

    def __enter__(self) -> DaskCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Run tasks; see `tagger.scanning.workers.Runner.run`."""
        from dask.distributed import as_completed
        from dask.distributed import wait as wait_for_futures

        futures = {self._submit(task): task for task in tasks}
        lost = []
        for future in as_completed(futures):  # type: ignore[no-untyped-call]
            task, is_finished = futures.pop(future), future.status == "finished"
            result = _take_result(future)
            if not task.once and (not is_finished or (isinstance(result, Failure) and result.kind in RETRIED_KINDS)):
                lost.append(task)
            else:
                yield task, result
        # Dask does not say how a worker ended, and another task may have caused it: run them again, one by one.
        for task in lost:
            for _ in range(MAX_LONE_RUNS):
                logger.debug("run again alone: %s", task.arguments[:1])
                future = self._submit(task)
                wait_for_futures([future])  # type: ignore[no-untyped-call]
                is_finished, result = future.status == "finished", _take_result(future)
                if is_finished or result is CRASHED_FAILURE:
                    break
            yield task, result

    def _submit(self, task: Task) -> Any:
        return self.client.submit(_run_on_worker, task, self.timeout, pure=False)


def _take_result(future: Any) -> Any:
    """Return the result of a task that has ended, or a `Failure`, and release the task.

    Dask would otherwise run it again whenever the worker that holds its result ends, as a worker does after a task that
    was given up.
    """
    try:
        return _result(future)
    finally:
        future.release()


def _result(future: Any) -> Any:
    from dask.distributed import KilledWorker

    if future.status == "finished":
        return future.result()
    if future.status != "error":
        return Failure("killed", "not analysed: the Dask cluster lost it; the next scan tries again")
    error = future.exception()
    if isinstance(error, KilledWorker):
        return CRASHED_FAILURE  # several workers ended at this file, one after the other
    return Failure("unseen", f"not analysed: the Dask worker failed ({type(error).__name__}: {error})")


def _run_on_worker(task: Task, timeout: float | None) -> Any:
    """Run a task on a Dask worker, in a thread whose work is measured, if the worker can see the file.

    A task that takes too long cannot be ended, because a thread cannot be. Its result is a `Failure`, and the process
    of the Dask worker ends a moment later, when the failure is sent; Dask's nanny then starts a new one. Otherwise a
    decoder that hangs would occupy a processor forever.
    """
    from threadpoolctl import threadpool_limits

    path = task.arguments[0]
    if isinstance(path, str) and not os.path.exists(path):
        worker = f"the Dask worker on {socket.gethostname()}"
        return Failure("unseen", f"{worker} cannot see it: workers need the music under the same path")
    with threadpool_limits(1):
        thread_ids: Queue[int] = Queue()
        executor = ThreadPoolExecutor(1, initializer=lambda: thread_ids.put(get_native_id()))
        future = executor.submit(task.function, *task.arguments)
        stopwatch = Stopwatch(f"/proc/self/task/{thread_ids.get()}")
        while not wait([future], TICK).done:
            stopwatch.look()
            if timeout is not None and stopwatch.worked > timeout:
                _end_process_soon()
                return Failure("timeout", f"given up after {timeout:g} s")
            if stopwatch.stalled > MAX_STALLED_SECONDS:
                return STALLED_FAILURE
        return future.result()


def _end_process_soon() -> None:
    """End this process after `EXIT_DELAY`, without waiting for its threads as `sys.exit` would."""
    Timer(EXIT_DELAY, os._exit, (1,)).start()

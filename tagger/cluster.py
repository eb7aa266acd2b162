"""Workers on a Dask cluster, through joblib's backend for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from typing import Any

from tagger.errors import EmotagError
from tagger.findings import Failure
from tagger.workers import Task


class Cluster:
    """The workers of a Dask cluster; a worker that dies is Dask's to make good.

    Parameters
    ----------
    address : str
        Of the scheduler, as ``tcp://host:8786``.

    Raises
    ------
    EmotagError
        If Dask is not installed, or nobody answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            from dask.distributed import Client
        except ImportError:
            raise EmotagError("--dask needs the extra `cluster`: pip install 'emotag[cluster]'") from None
        try:
            self.client = Client(address, timeout="10s")
        except (OSError, ValueError) as error:
            raise EmotagError(f"{address}: no Dask scheduler answers ({error})") from None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results as they are done, in any order."""
        from joblib import Parallel, delayed, parallel_config

        numbered = dict(enumerate(tasks))
        with parallel_config("dask", wait_for_workers_timeout=60):
            results = Parallel(return_as="generator_unordered", batch_size=1)(
                delayed(_remote)(number, task) for number, task in numbered.items()
            )
            for number, result in results:
                yield numbered[number], result


def _remote(number: int, task: Task) -> tuple[int, Any]:
    """Do a task on a worker's machine, with one thread, if the file can be seen from there."""
    from threadpoolctl import threadpool_limits

    path = task.arguments[0]
    if isinstance(path, str) and not os.path.exists(path):
        where = f"the Dask worker on {socket.gethostname()}"
        return number, Failure("unseen", f"{where} cannot see it: workers need the music under the same path")
    with threadpool_limits(1):
        return number, task.function(*task.arguments)

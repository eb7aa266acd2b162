"""Worker processes that no task can stop.

Each worker is a pool of one process of its own (joblib's loky): when a decoder crashes its process, or a
file takes too long, one task is lost and its worker replaced, and all others go on.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, NamedTuple

from tagger import interrupts
from tagger.findings import Failure

AHEAD = 2
"""Tasks a worker is given at a time: one to do, and one to go on with."""

TICK = 0.2
"""Seconds between looks at the clock."""

MEMORY = 4 << 30
"""Bytes of address space a worker may take; a file that wants more is one failure."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Environment of the workers: the files are what is parallel."""


def processors() -> int:
    """Count the processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class Task(NamedTuple):
    """A function and its arguments, both of which can be pickled."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


CRASHED = Failure("crashed", "its decoder crashed")


@dataclass
class _Worker:
    """A process, and the tasks it was given, the first of which it is at."""

    nice: int
    given: deque[tuple[Task, Future]] = field(default_factory=deque)
    since: float = 0.0
    executor: Any = None

    def give(self, task: Task) -> None:
        if not self.given:
            self.since = time.monotonic()
        try:
            # The process is started with its first task.
            with interrupts.spawning() if self.executor is None else nullcontext():
                if self.executor is None:
                    from joblib.externals.loky import ProcessPoolExecutor

                    self.executor = ProcessPoolExecutor(
                        max_workers=1, initializer=_prepare, initargs=(self.nice, os.getpid()), env=ONE_THREAD
                    )
                future = self.executor.submit(task.function, *task.arguments)
        except RuntimeError:  # it broke since it was last looked at
            future = Future()
            future.set_exception(BrokenExecutor())
        self.given.append((task, future))

    def take(self, timeout: float | None) -> tuple[Task, Any] | None:
        """Return the first task with its result, if it is done, or lost."""
        if not self.given:
            return None
        task, future = self.given[0]
        if future.done():
            self.given.popleft()
            self.since = time.monotonic()
            error = future.exception()
            if error is None:
                return task, future.result()
            if not isinstance(error, BrokenExecutor):
                raise error
            self.kill()
            return task, CRASHED
        if timeout is not None and time.monotonic() - self.since > timeout:
            self.given.popleft()
            self.kill()
            return task, Failure("timeout", f"given up after {timeout:g} s")
        return None

    def kill(self) -> None:
        """End the process; what it was given is to be given to another."""
        if self.executor is not None:
            self.executor.shutdown(wait=True, kill_workers=True)
            self.executor = None


class Workers:
    """A fixed number of workers, started when they are needed.

    Parameters
    ----------
    jobs : int
        How many.
    timeout : float, optional
        Seconds after which a task is given up.
    nice : int
        How much to lower their priority.
    """

    def __init__(self, jobs: int, *, timeout: float | None = None, nice: int = 0) -> None:
        self.timeout = timeout
        self.workers = [_Worker(nice) for _ in range(jobs)]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        with interrupts.undisturbed():
            for worker in self.workers:
                worker.kill()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results as they are done, in any order; a lost one with a `Failure`."""
        queue = deque(tasks)
        while queue or any(worker.given for worker in self.workers):
            done: list[tuple[Task, Any]] = []
            try:
                with interrupts.undisturbed():
                    for worker in sorted(self.workers, key=lambda w: len(w.given)):
                        while queue and len(worker.given) < AHEAD:
                            worker.give(queue.popleft())
                    wait([w.given[0][1] for w in self.workers if w.given], TICK, FIRST_COMPLETED)
                    done = [taken for worker in self.workers if (taken := self._take(worker, queue))]
            except KeyboardInterrupt:
                # What arrived together with the signal is finished work.
                yield from done
                raise
            yield from done

    def _take(self, worker: _Worker, queue: deque[Task]) -> tuple[Task, Any] | None:
        taken = worker.take(self.timeout)
        if taken is not None and worker.executor is None:
            # What waited behind the lost task is as good as new.
            queue.extendleft(task for task, _ in reversed(worker.given))
            worker.given.clear()
        return taken


def _prepare(nice: int, parent: int) -> None:
    """Set a worker up: what ends the command is the main process's business, and memory and priority are limited."""
    interrupts.ignore()
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    with suppress(AttributeError, OSError):
        os.nice(nice)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, which had no time to say so if it was killed."""
    while os.getppid() == parent:
        time.sleep(TICK)
    os._exit(1)

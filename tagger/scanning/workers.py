"""Worker processes that no task can stop.

Each worker is a pool of one process of its own (joblib's loky): when a decoder crashes its process, or a
file takes too long, one task is lost and its worker replaced, and all others go on.

A task that was lost is done once more in a new process before it is given up, for the fault may have been that of
another one. One whose process was killed from outside (by the kernel for lack of memory, or by a user) is done again
more often, and if that is of no use, it fails for this scan alone.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, NamedTuple, Protocol

from tagger import interrupts
from tagger.errors import Failure
from tagger.scanning.stopwatch import TICK, Stopwatch

TASKS_PER_WORKER = 2
"""Tasks a worker is given at a time: one to do, and one to go on with."""

KILLS_BEFORE_ISOLATION = 3
"""Times that a process is killed at a task before the task is done while no other one is."""

MAX_KILLS = 6
"""Times after which the task fails."""

MAX_STALLED_SECONDS = 3600.0
"""Seconds that a file's read may take, or a worker be stopped, before the file is left to the next scan."""

AT_FAULT = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP"})
"""Signals that a process gets for what it did itself; any other one comes from outside."""

RETRIED_KINDS = frozenset({"crashed", "timeout", "memory"})
"""Kinds of failure after which a task is done once more, in a new process."""

MAX_ADDRESS_SPACE = 4 << 30
"""Bytes of address space a worker may take; a file that wants more is one failure."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Environment of the workers: the files are what is parallel."""


def available_processors() -> int:
    """Count the processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class Task(NamedTuple):
    """A function and its arguments, both of which can be pickled."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    once: bool = False
    """Whether it is given up at once when it is lost, because half of it may be done."""


class Runner(Protocol):
    """What does the tasks: `Workers`, or a cluster."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results, in any order."""
        ...


CRASHED_FAILURE = Failure("crashed", "its decoder crashed")
KILLED_FAILURE = Failure(
    "killed",
    "not analysed: its worker process was killed from outside (perhaps for lack of memory); the next scan tries again",
)
STALLED_FAILURE = Failure(
    "stalled",
    f"not analysed: reading it has stalled for {MAX_STALLED_SECONDS / 60:g} minutes; the next scan tries it again",
)


@dataclass
class _Job:
    """A task, how often its process was killed, and whether it was lost before."""

    task: Task
    kills: int = 0
    lost: bool = False


@dataclass
class _Worker:
    """A process, and the jobs it was given, the first of which it is at."""

    nice: int
    given: deque[tuple[_Job, Future]] = field(default_factory=deque)
    executor: Any = None
    process: Any = None
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(""))
    alone: bool = False

    def give(self, job: _Job) -> None:
        try:
            # The process is started with its first job.
            with interrupts.block_signals() if self.executor is None else nullcontext():
                if self.executor is None:
                    from joblib.externals.loky import ProcessPoolExecutor

                    self.executor = ProcessPoolExecutor(
                        max_workers=1, initializer=_initialise_worker, initargs=(self.nice, os.getpid()), env=ONE_THREAD
                    )
                future = self.executor.submit(job.task.function, *job.task.arguments)
        except RuntimeError as broken:  # since it was last looked at
            future = Future()
            future.set_exception(broken if isinstance(broken, BrokenExecutor) else BrokenExecutor())
        self._look()
        if not self.given:
            self.watch.restart()
        self.given.append((job, future))

    def _look(self) -> None:
        """Keep hold of the process: how it ended is to be told when the pool has let it go."""
        for process in list((self.executor._processes or {}).values()):
            if process is not self.process:
                self.process, self.watch = process, Stopwatch(f"/proc/{process.pid}")

    def take(self, timeout: float | None) -> tuple[_Job, Any] | None:
        """Return the first job with its result, if it is done, or lost."""
        if not self.given:
            return None
        job, future = self.given[0]
        if future.done():
            error = future.exception()
            if error is not None and not isinstance(error, BrokenExecutor):
                raise error
            result = future.result() if error is None else self._ended(error)
        else:
            self._look()
            self.watch.look()
            if timeout is not None and self.watch.worked > timeout:
                result = Failure("timeout", f"given up after {timeout:g} s")
            elif self.watch.stalled > MAX_STALLED_SECONDS:
                result = STALLED_FAILURE
            else:
                return None
        self.given.popleft()
        self.alone = False
        self.watch.restart()
        if not future.done() or future.exception() is not None:
            self.kill()
        return job, result

    def _ended(self, error: BaseException) -> Failure:
        """Tell from how the process ended whether that was its own doing."""
        if type(error).__name__ != "TerminatedWorkerError":
            return CRASHED_FAILURE
        code = self.process.exitcode if self.process is not None else None
        if code is None:
            told = re.search(r"\((-\d+)\)", str(error))
            code = int(told[1]) if told else 0
        try:
            return CRASHED_FAILURE if code >= 0 or signal.Signals(-code).name in AT_FAULT else KILLED_FAILURE
        except ValueError:  # a signal without a name, as those for real time are
            return KILLED_FAILURE

    def kill(self) -> None:
        """End the process; what it was given is to be given to another."""
        if self.executor is not None:
            self.executor.shutdown(wait=True, kill_workers=True)
            self.executor = self.process = None


class WorkerPool:
    """A fixed number of workers, started when they are needed.

    Parameters
    ----------
    jobs : int
        How many.
    timeout : float, optional
        Seconds of work after which a task is given up (`tagger.scanning.stopwatch`).
    nice : int
        How much to lower their priority.
    """

    def __init__(self, jobs: int, *, timeout: float | None = None, nice: int = 0) -> None:
        self.timeout = timeout
        self.workers = [_Worker(nice) for _ in range(jobs)]

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        with interrupts.defer_signals():
            for worker in self.workers:
                worker.kill()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield tasks with their results as they are done, in any order; a lost one with a `Failure`."""
        queue = deque(_Job(task) for task in tasks)
        alone: deque[_Job] = deque()
        while queue or alone or any(worker.given for worker in self.workers):
            done: list[tuple[_Job, Any]] = []
            try:
                with interrupts.defer_signals():
                    self._give(queue, alone)
                    wait([w.given[0][1] for w in self.workers if w.given], TICK, FIRST_COMPLETED)
                    taken = [found for worker in self.workers if (found := self._take(worker, queue))]
                    done = [found for found in taken if not _requeue(*found, queue, alone)]
            except KeyboardInterrupt:
                # What arrived together with the signal is finished work.
                yield from ((job.task, result) for job, result in done)
                raise
            yield from ((job.task, result) for job, result in done)

    def _give(self, queue: deque[_Job], alone: deque[_Job]) -> None:
        """Give out what waits, and at the end what is to be done alone, each in a new process."""
        if any(worker.alone and worker.given[0][0].kills for worker in self.workers):
            return  # nothing else is to take memory meanwhile
        for worker in sorted(self.workers, key=lambda w: len(w.given)):
            while queue and len(worker.given) < TASKS_PER_WORKER and not worker.alone:
                worker.give(queue.popleft())
            if queue or not alone or worker.given:
                continue
            if alone[0].kills and any(other.given for other in self.workers):
                return
            worker.kill()
            worker.give(alone.popleft())
            worker.alone = True
            if worker.given[0][0].kills:
                return

    def _take(self, worker: _Worker, queue: deque[_Job]) -> tuple[_Job, Any] | None:
        taken = worker.take(self.timeout)
        if taken is not None and worker.executor is None:
            # What waited behind the lost task is as good as new.
            queue.extendleft(job for job, _ in reversed(worker.given))
            worker.given.clear()
        return taken


def _requeue(job: _Job, result: Any, queue: deque[_Job], alone: deque[_Job]) -> bool:
    """Let a job that was lost wait for another process, unless it had its chances; tell whether it does."""
    if not isinstance(result, Failure) or job.task.once:
        return False
    if result is KILLED_FAILURE:
        job.kills += 1
        if job.kills >= MAX_KILLS:
            return False
        # At the end: whoever kills again meets another task.
        (queue if job.kills < KILLS_BEFORE_ISOLATION and not job.lost else alone).append(job)
        return True
    if result.kind in RETRIED_KINDS and not job.lost:
        job.lost = True
        alone.append(job)
        return True
    return False


def _initialise_worker(nice: int, parent: int) -> None:
    """Set a worker up: what ends the command is the main process's business, and memory and priority are limited."""
    interrupts.ignore_signals()
    Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    with suppress(AttributeError, OSError):
        os.nice(nice)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _exit_with_parent(parent: int) -> None:
    """End this process when its parent is gone, which had no time to say so if it was killed."""
    while os.getppid() == parent:
        time.sleep(TICK)
    os._exit(1)

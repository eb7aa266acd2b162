"""Worker processes that no task can stop.

A job, which is a task and its history, has these states::

    queued ----> assigned ----> running ----> done
      ^ ^           |              |
      | |           |              +-- crashed, timed out, out of memory ----> isolated
      | |           |              +-- killed from outside, third time ------> isolated
      | +-----------|--------------+-- killed from outside, first and second time
      +-------------+-- the process was lost with the running job

    isolated ----> running alone ----> done
       ^                |
       |                +-- crashed, timed out or out of memory again -------> failed
       |                +-- killed from outside, sixth time -----------------> failed
       +----------------+-- killed from outside

A task with `Task.once` fails at its first loss, and a job whose reads stall fails at once. Isolated jobs run when all
others are assigned, each in a new process; while one runs that was killed before, no other job runs.

A lost job gets another attempt because the fault may have been that of another job. One whose process was killed from
outside, by the kernel for lack of memory or by a user, gets more attempts; if it still fails, it fails for this scan
alone.

The processes are those of joblib, through ``joblib.externals.loky``: each worker is a pool of one process. The public
interface of joblib has one pool for all workers, in which a crash ends all running tasks with an error, and a time
limit can only end the whole pool. With one pool for each process, either costs one task.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, NamedTuple, Protocol

from tagger import interrupts
from tagger.errors import Failure
from tagger.scanning.stopwatch import TICK, Stopwatch

JOBS_PER_WORKER = 2
"""Number of jobs assigned to a worker: the running one and the next one, so that the process never waits."""

KILLS_BEFORE_ISOLATION = 3
"""Number of times that the process of a job is killed before the job runs while no other job does."""

MAX_KILLS = 6
"""Number of times that the process of a job is killed before the job fails."""

MAX_STALLED_SECONDS = 3600.0
"""Seconds that reads of a file may stall, or its worker may be stopped, before the file is left to the next scan."""

AT_FAULT = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP"})
"""Signals that a process causes itself; all others come from outside."""

RETRIED_KINDS = frozenset({"crashed", "timeout", "memory"})
"""Kinds of failure after which a task runs once more, in a new process."""

MAX_ADDRESS_SPACE = 4 << 30
"""Maximum address space of a worker in bytes; a file that needs more is a failure of that file."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Environment of the workers: files are processed in parallel, and each by one thread."""

logger = logging.getLogger(__name__)


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class Cancelled(Exception):
    """The caller of a pool does not want the results of the remaining tasks any more."""


class Task(NamedTuple):
    """A function to call in a worker.

    Attributes
    ----------
    function : callable
        The function; must be picklable.
    arguments : tuple
        Its arguments; must be picklable.
    once : bool
        Whether the task fails at once when it is lost, because it may have been partly done.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    once: bool = False


class Runner(Protocol):
    """Runs tasks: a `WorkerPool`, or a `tagger.scanning.dask_cluster.DaskCluster`."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Run tasks.

        Parameters
        ----------
        tasks : iterable of Task
            The tasks.

        Yields
        ------
        task : Task
            A task that is done, in any order.
        result : object
            What its function returned; a `Failure` if the task was lost.
        """
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
    """A task and its history.

    `kills` counts how often its process was killed from outside; `was_lost` tells whether it crashed, timed out or ran
    out of memory before.
    """

    task: Task
    kills: int = 0
    was_lost: bool = False


@dataclass
class _Worker:
    """A process and its assigned jobs, the first of which is running."""

    nice: int
    assigned: deque[tuple[_Job, Future[Any]]] = field(default_factory=deque)
    executor: Any = None
    process: Any = None
    stopwatch: Stopwatch = field(default_factory=lambda: Stopwatch(""))
    is_isolated: bool = False

    @property
    def is_exclusive(self) -> bool:
        """Whether no other job may run now."""
        return self.is_isolated and self.assigned[0][0].kills > 0

    def assign(self, job: _Job) -> None:
        """Assign a job; start the process if there is none."""
        try:
            with interrupts.block_signals() if self.executor is None else nullcontext():
                if self.executor is None:
                    from joblib.externals.loky import ProcessPoolExecutor

                    self.executor = ProcessPoolExecutor(
                        max_workers=1, initializer=_initialise_worker, initargs=(self.nice, os.getpid()), env=ONE_THREAD
                    )
                future = self.executor.submit(job.task.function, *job.task.arguments)
        except RuntimeError as error:  # the process ended since the last `poll`
            future = Future()
            future.set_exception(error if isinstance(error, BrokenExecutor) else BrokenExecutor())
        self._find_process()
        if not self.assigned:
            self.stopwatch.restart()
        self.assigned.append((job, future))

    def _find_process(self) -> None:
        """Keep a reference to the process: its exit code is needed after the pool has dropped it."""
        for process in list((self.executor._processes or {}).values()):
            if process is not self.process:
                self.process, self.stopwatch = process, Stopwatch(f"/proc/{process.pid}")

    def poll(self, timeout: float | None) -> tuple[_Job, Any] | None:
        """Return the running job with its result if it is done, or with a `Failure` if it is lost; otherwise None.

        After a loss the process is ended; the jobs that are still assigned must be queued again.
        """
        if not self.assigned:
            return None
        job, future = self.assigned[0]
        if future.done():
            error = future.exception()
            if error is not None and not isinstance(error, BrokenExecutor):
                raise error
            result = future.result() if error is None else self._failure(error)
        else:
            self._find_process()
            self.stopwatch.look()
            if timeout is not None and self.stopwatch.worked > timeout:
                result = Failure("timeout", f"given up after {timeout:g} s")
            elif self.stopwatch.stalled > MAX_STALLED_SECONDS:
                result = STALLED_FAILURE
            else:
                return None
        self.assigned.popleft()
        self.is_isolated = False
        self.stopwatch.restart()
        if not future.done() or future.exception() is not None:
            self.kill()
        return job, result

    def _failure(self, error: BaseException) -> Failure:
        """Return whether the process crashed or was killed from outside, according to its exit code."""
        if type(error).__name__ != "TerminatedWorkerError":
            return CRASHED_FAILURE
        code = self.process.exitcode if self.process is not None else None
        if code is None:
            match = re.search(r"\((-\d+)\)", str(error))
            code = int(match[1]) if match else 0
        try:
            return CRASHED_FAILURE if code >= 0 or signal.Signals(-code).name in AT_FAULT else KILLED_FAILURE
        except ValueError:  # a signal without a name, such as a real-time signal
            return KILLED_FAILURE

    def kill(self) -> None:
        """End the process, if there is one."""
        if self.executor is not None:
            self.executor.shutdown(wait=True, kill_workers=True)
            self.executor = self.process = None


class WorkerPool:
    """A fixed number of worker processes, started when they are needed; a context manager.

    Parameters
    ----------
    jobs : int
        Number of workers.
    timeout : float, optional
        Seconds of work after which a task is given up (`tagger.scanning.stopwatch`); by default there is no limit.
    nice : int
        Increment of the niceness of the workers, in 0..19.
    """

    def __init__(self, jobs: int, *, timeout: float | None = None, nice: int = 0) -> None:
        self.timeout = timeout
        self.workers = [_Worker(nice) for _ in range(jobs)]
        self.cancel: Event | None = None
        self._queue: deque[_Job] = deque()
        self._isolated: deque[_Job] = deque()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        with interrupts.defer_signals():
            for worker in self.workers:
                worker.kill()

    @contextmanager
    def lend(self, cancel: Event | None = None) -> Iterator[WorkerPool]:
        """Lend the pool to one of several scans; the processes keep running afterwards.

        Parameters
        ----------
        cancel : Event, optional
            When it is set, `run` raises `Cancelled`.

        Yields
        ------
        WorkerPool
            The pool. Tasks that are not done at the end of the block are stopped.
        """
        self.cancel = cancel
        try:
            yield self
        finally:
            self.cancel = None
            with interrupts.defer_signals():
                for worker in self.workers:
                    if worker.assigned:
                        worker.kill()
                        worker.assigned.clear()
                        worker.is_isolated = False

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Run tasks; see `Runner.run`."""
        self._queue = deque(_Job(task) for task in tasks)
        self._isolated = deque()
        while self._queue or self._isolated or any(worker.assigned for worker in self.workers):
            if self.cancel is not None and self.cancel.is_set():
                raise Cancelled
            done: list[tuple[_Job, Any]] = []
            try:
                # A signal must not interrupt a pool that holds its locks: it is handled after this block.
                with interrupts.defer_signals():
                    self._assign_jobs()
                    wait([worker.assigned[0][1] for worker in self.workers if worker.assigned], TICK, FIRST_COMPLETED)
                    ended = [job_result for worker in self.workers if (job_result := self._poll(worker))]
                    done = [(job, result) for job, result in ended if not self._retry(job, result)]
            except KeyboardInterrupt:
                # Results that arrived together with the signal are finished work.
                yield from ((job.task, result) for job, result in done)
                raise
            yield from ((job.task, result) for job, result in done)

    def _assign_jobs(self) -> None:
        """Assign the queued jobs and, when all are assigned, the isolated ones, each to a new process."""
        if any(worker.is_exclusive for worker in self.workers):
            return
        for worker in sorted(self.workers, key=lambda worker: len(worker.assigned)):
            while self._queue and len(worker.assigned) < JOBS_PER_WORKER and not worker.is_isolated:
                worker.assign(self._queue.popleft())
            if self._queue or not self._isolated or worker.assigned:
                continue
            if self._isolated[0].kills and any(worker.assigned for worker in self.workers):
                return
            worker.kill()
            worker.assign(self._isolated.popleft())
            worker.is_isolated = True
            if worker.is_exclusive:
                return

    def _poll(self, worker: _Worker) -> tuple[_Job, Any] | None:
        """Poll a worker; if it lost its process, queue its other jobs again."""
        job_result = worker.poll(self.timeout)
        if job_result is not None and worker.executor is None:
            self._queue.extendleft(job for job, _ in reversed(worker.assigned))
            worker.assigned.clear()
        return job_result

    def _retry(self, job: _Job, result: Any) -> bool:
        """Queue a job again if it was lost and has attempts left; return whether it was queued."""
        if not isinstance(result, Failure) or job.task.once:
            return False
        if result is KILLED_FAILURE:
            job.kills += 1
            if job.kills >= MAX_KILLS:
                return False
            isolate = job.kills >= KILLS_BEFORE_ISOLATION or job.was_lost
        elif result.kind in RETRIED_KINDS and not job.was_lost:
            job.was_lost = isolate = True
        else:
            return False
        logger.debug("queued again%s (%s): %s", " to run alone" if isolate else "", result.kind, job.task.arguments[:1])
        # At the end of the queue, so that whatever kills the next process does it at another job.
        (self._isolated if isolate else self._queue).append(job)
        return True


def _initialise_worker(nice: int, parent: int) -> None:
    """Set a worker up: ignore signals, which the main process handles, and limit priority and memory."""
    interrupts.ignore_signals()
    Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    with suppress(AttributeError, OSError):
        os.nice(nice)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _exit_with_parent(parent: int) -> None:
    """End this process when its parent is gone: a parent that is killed cannot end its workers."""
    while os.getppid() == parent:
        time.sleep(TICK)
    os._exit(1)

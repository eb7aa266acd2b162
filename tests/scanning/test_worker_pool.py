"""A pool tells crashes from kills, keeps what is finished, and runs dangerous tasks alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from tagger.errors import Failure
from tagger.scanning import workers
from tagger.scanning.workers import CRASHED_FAILURE, KILLED_FAILURE, STALLED_FAILURE, Task, WorkerPool

ROOT = Path(__file__).resolve().parents[2]


def run(*tasks: Task, jobs: int = 1, **options: Any) -> list[Any]:
    """Run tasks; return their results in the order of the tasks."""
    with WorkerPool(jobs, **options) as pool:
        results = dict(pool.run(tasks))
    return [results[task] for task in tasks]


def end_with(number: int) -> None:
    """End the process with a signal."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_signal_of_the_process_itself_is_a_crash(number: int) -> None:
    assert run(Task(end_with, (number,), once=True)) == [CRASHED_FAILURE]


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="needs real-time signals")
def test_a_signal_from_outside_is_no_crash() -> None:
    nameless = signal.SIGRTMIN + 1
    tasks = [Task(end_with, (number,), once=True) for number in (signal.SIGTERM, nameless)]
    assert run(*tasks) == [KILLED_FAILURE] * 2


def end_at_once(status: int) -> None:
    """End the process with an exit status, as a library may do."""
    os._exit(status)


def test_an_exit_is_a_crash() -> None:
    assert run(Task(end_at_once, (0,), once=True)) == [CRASHED_FAILURE]


def test_a_process_that_is_killed_while_it_waits_is_replaced() -> None:
    worker = workers._Worker(nice=0)
    try:
        worker.assign(workers._Job(Task(abs, (-1,))))
        wait([worker.assigned[0][1]])
        assert worker.poll(None) == (workers._Job(Task(abs, (-1,))), 1)
        executor = worker.executor
        os.kill(worker.process.pid, signal.SIGKILL)
        while executor._flags.broken is None:
            time.sleep(0.01)
        worker.assign(workers._Job(Task(abs, (-2,))))
        assert worker.poll(None) == (workers._Job(Task(abs, (-2,))), KILLED_FAILURE)
        worker.assign(workers._Job(Task(abs, (-2,))))
        wait([worker.assigned[0][1]])
        assert worker.poll(None) == (workers._Job(Task(abs, (-2,))), 2)
    finally:
        worker.kill()


def test_a_file_whose_reads_stall_is_left_to_the_next_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_STALLED_SECONDS", -1)  # as if an hour had passed
    assert run(Task(time.sleep, (600,))) == [STALLED_FAILURE]


def test_an_error_of_a_task_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run(Task(int, ("x",)))


def test_a_result_that_arrives_with_ctrl_c_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt_when_done(futures: Any, *arguments: Any) -> None:
        if wait(futures, *arguments).done:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(workers, "wait", interrupt_when_done)
    results = []
    with WorkerPool(1) as pool, pytest.raises(KeyboardInterrupt):
        for _, result in pool.run([Task(abs, (-1,)), Task(time.sleep, (600,))]):
            results.append(result)
    assert results == [1]


def note_and_die(log: str) -> None:
    """Note the call and end the process as if it was killed from outside."""
    with open(log, "a") as file:
        file.write("killed\n")
    os.kill(os.getpid(), signal.SIGKILL)


def note_after_kills(log: str) -> None:
    """Wait until the other task was killed in company as often as it may be, and a second more."""
    path = Path(log)
    while not path.exists() or path.read_text().count("killed") < workers.KILLS_BEFORE_ISOLATION:
        time.sleep(0.05)
    time.sleep(1)
    with path.open("a") as file:
        file.write("done\n")


@pytest.mark.thorough
def test_a_task_that_was_killed_often_runs_while_no_other_does(tmp_path: Path) -> None:
    log = tmp_path / "log"
    # The first two are assigned to one worker.
    tasks = [Task(note_after_kills, (str(log),)), Task(abs, (-1,)), Task(note_and_die, (str(log),))]
    assert run(*tasks, jobs=2) == [None, 1, KILLED_FAILURE]
    alone = workers.MAX_KILLS - workers.KILLS_BEFORE_ISOLATION
    assert log.read_text().split() == ["killed"] * workers.KILLS_BEFORE_ISOLATION + ["done"] + ["killed"] * alone


def worker_settings() -> tuple[int, int, list[bool], int, str]:
    """Return niceness, limit of memory, whether SIGINT and SIGTERM are ignored, blocked signals and threads."""
    import resource

    ignored = [signal.getsignal(number) == signal.SIG_IGN for number in (signal.SIGINT, signal.SIGTERM)]
    blocked = len(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    memory = resource.getrlimit(resource.RLIMIT_AS)[0]
    return os.nice(0), memory, ignored, blocked, os.environ["OMP_NUM_THREADS"]


@pytest.mark.skipif(not hasattr(os, "nice"), reason="needs priorities and limits of POSIX")
def test_a_worker_is_limited_and_leaves_signals_to_the_main_process() -> None:
    (settings,) = run(Task(worker_settings, ()), nice=1)
    assert settings == (os.nice(0) + 1, workers.MAX_ADDRESS_SPACE, [True, True], 0, "1")


WORKER = """
import os, sys, time
from tagger.scanning import workers
from tests.scanning.test_worker_pool import worker_settings
os.environ["OMP_NUM_THREADS"] = "1"
workers._initialise_worker(1, os.getppid())
print(*worker_settings()[:2], flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(os, "nice"), reason="needs priorities and limits of POSIX")
def test_a_worker_ends_with_its_parent() -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WORKER!r}]).wait()"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().split() == [str(os.nice(0) + 1), str(workers.MAX_ADDRESS_SPACE)]
    parent.kill()
    # The worker holds the other end of the pipe, which closes when it is gone.
    assert parent.communicate(timeout=300)[0] == ""


def test_failures_of_tasks_are_values() -> None:
    failure = Failure("unseen", "a reason")
    assert run(Task(Failure, ("unseen", "a reason"))) == [failure]

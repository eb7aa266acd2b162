"""Tasks of a Dask cluster: each has a result, whatever becomes of it. The workers here are threads of this process."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tagger.errors import EmotagError, Failure
from tagger.scanning import dask_cluster
from tagger.scanning.dask_cluster import DaskCluster
from tagger.scanning.workers import STALLED_FAILURE, Task


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


def run(address: str, *tasks: Task, timeout: float | None = None) -> list[Any]:
    """Run tasks; return their results in the order of the tasks."""
    with DaskCluster(address, timeout=timeout) as cluster:
        results = dict(cluster.run(tasks))
    return [results[task] for task in tasks]


def test_results_and_failures_are_values(address: str) -> None:
    failure = Failure("no-audio", "a reason")
    tasks = [Task(abs, (-3,)), Task(Failure, ("no-audio", "a reason")), Task(round, (2.5,))]
    # The first argument of `Failure` is no path that exists.
    results = run(address, *tasks)
    assert results[::2] == [3, 2]
    assert isinstance(results[1], Failure) and results[1] != failure
    assert results[1].kind == "unseen"
    assert "cannot see it: workers need the music under the same path" in results[1].message


calls: list[int] = []


def fail(number: int) -> None:
    calls.append(number)
    raise RuntimeError("a bug")


def test_a_task_that_raises_an_error_runs_again_unless_it_may_run_only_once(address: str) -> None:
    again, once = run(address, Task(fail, (1,)), Task(fail, (2,), once=True))
    assert again == once == Failure("unseen", "not analysed: the Dask worker failed (RuntimeError: a bug)")
    assert calls.count(1) == 1 + dask_cluster.MAX_LONE_RUNS
    assert calls.count(2) == 1


def test_a_task_that_takes_too_long_is_given_up_and_its_worker_ends(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    # The worker is this process.
    monkeypatch.setattr(dask_cluster, "_end_process_soon", lambda: ended.append(1))
    # It runs twice, because another task may have been the cause.
    assert run(address, Task(time.sleep, (2,)), timeout=0.3) == [Failure("timeout", "given up after 0.3 s")]
    assert ended == [1, 1]


def test_a_task_whose_reads_stall_is_left_to_the_next_scan(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "MAX_STALLED_SECONDS", -1)  # as if an hour had passed
    assert run(address, Task(time.sleep, (1,))) == [STALLED_FAILURE]


def test_a_task_that_is_lost_is_left_to_the_next_scan(address: str) -> None:
    with DaskCluster(address) as cluster:
        future = cluster._submit(Task(time.sleep, (1,)))
        future.cancel()
        failure = dask_cluster._take_result(future)
    assert failure == Failure("killed", "not analysed: the Dask cluster lost it; the next scan tries again")


def test_a_missing_scheduler_or_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    with pytest.raises(EmotagError, match=r"^nowhere://a: no Dask scheduler answers"):
        DaskCluster("nowhere://a")
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(EmotagError, match=r"--dask needs the extra `cluster`: pip install 'emotag\[cluster\]'"):
        DaskCluster("tcp://127.0.0.1:1")

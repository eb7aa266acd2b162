"""What the benchmarks share: songs to work on, and CPU time that counts child processes."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.sounds import song


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="emotag-benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def median_cpu(work: Callable[[], object], runs: int = 7) -> float:
    """Median CPU seconds of this process over several runs, after one that warms up."""
    times = []
    with threadpool_limits(1):  # as a worker has
        work()
        for _ in range(runs):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return statistics.median(times)


def emotag(*arguments: str | Path, store: Path) -> tuple[float, float, float]:
    """Run the command; return wall seconds, CPU seconds with its workers, and its own peak memory in MB."""
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, usage.ru_maxrss / 1024


__all__ = ["emotag", "median_cpu", "scratch", "song"]

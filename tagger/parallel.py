"""Run functions in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and its arguments, both of which can be pickled."""


def in_parallel(tasks: Sequence[Task], jobs: int) -> Iterator[Any]:
    """Yield the results of tasks as they are done, in any order.

    Each worker computes with one thread: the tasks are what is parallel.
    """
    from joblib import Parallel, delayed, parallel_config

    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        yield from Parallel(return_as="generator_unordered")(delayed(f)(*arguments) for f, arguments in tasks)

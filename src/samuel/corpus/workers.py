"""Jobs spread over processes, one thread each. They are spawned: a fork inherits locks of the renderers' threads."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def mapped(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int, *, ordered: bool = False
) -> Iterator[Result]:
    """The results of function(job), as they come or in the order of the jobs; with one worker in this process.

    function must be a module's own, so that another process finds it; jobs and results are pickled.
    """
    if workers == 1 or len(jobs) < 2:
        yield from map(function, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(min(workers, len(jobs)), initializer=_one_thread) as pool:
        yield from (pool.imap if ordered else pool.imap_unordered)(function, jobs)


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)

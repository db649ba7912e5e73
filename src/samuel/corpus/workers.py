"""Jobs spread over processes, one thread each, or over a Ray cluster.

The processes are spawned: a fork inherits locks of the renderers' threads.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from samuel.corpus.cluster import mapped_on_ray
from samuel.corpus.errors import CorpusError

Job = TypeVar("Job")
Result = TypeVar("Result")


def mapped(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    *,
    ordered: bool = False,
    ray: str | None = None,
) -> Iterator[Result]:
    """The results of function(job), as they come or in the order of the jobs; with one worker in this process.

    function must be a module's own, so that another process finds it; jobs and results are pickled. ray is the address
    of a Ray cluster (cluster.py), whose processors then replace the workers. Raises what function raises, and
    CorpusError if a process was killed.
    """
    if ray is not None:
        yield from mapped_on_ray(function, jobs, ray, ordered=ordered)
        return
    if workers == 1 or len(jobs) < 2:
        yield from map(function, jobs)
        return
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=spawn, initializer=_quiet_single_thread)
    try:
        futures = [pool.submit(function, job) for job in jobs]
        for future in futures if ordered else as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise CorpusError(
            f"one of {workers} processes was killed, maybe for want of memory: use fewer --workers, and run it again"
            " to go on."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _quiet_single_thread() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for them
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)

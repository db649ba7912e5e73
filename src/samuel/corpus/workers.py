"""Jobs spread over processes, one thread each, or over a Ray cluster.

The processes are spawned, or forked from a server that has only loaded what they share: a fork of this process would
inherit locks of the renderers' threads.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from threading import Thread
from typing import TypeVar

from samuel.corpus.cluster import mapped_on_ray
from samuel.corpus.errors import CorpusError

WORTH_SHARING = 48  # jobs: fewer are done sooner where every worker loads only what it needs

Job = TypeVar("Job")
Result = TypeVar("Result")


def mapped(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    *,
    ordered: bool = False,
    ray: str | None = None,
    shared: str | None = None,
) -> Iterator[Result]:
    """The results of function(job), as they come or in the order of the jobs; with one worker in this process.

    function must be a module's own, so that another process finds it; jobs and results are pickled. ray is the address
    of a Ray cluster (cluster.py), whose processors then replace the workers. shared names a module; where there are
    many jobs a server imports it, once in the life of this program, and the workers share what it holds, in place of a
    copy each. Raises what function raises, and CorpusError if a process was killed.
    """
    if ray is not None:
        yield from mapped_on_ray(function, jobs, ray, ordered=ordered)
        return
    if workers == 1 or len(jobs) < 2:
        yield from map(function, jobs)
        return
    context = _context(shared if len(jobs) >= WORTH_SHARING else None)
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context, initializer=_prepare_worker)
    try:
        futures = [pool.submit(function, job) for job in jobs]
        for future in futures if ordered else as_completed(futures):
            yield future.result()
    except (BrokenProcessPool, EOFError, ConnectionError) as error:  # the latter two where their server was killed
        raise CorpusError(
            f"one of {workers} processes was killed, maybe for want of memory: use fewer --workers, and run it again"
            " to go on."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _context(shared: str | None) -> BaseContext:
    if shared is None or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([shared])
    return context


def _prepare_worker() -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for them
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _end_with_parent() -> None:
    """A killed program leaves no worker that goes on writing where its next run has already begun."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)

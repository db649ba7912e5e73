"""Jobs spread over a Ray cluster: the same functions and results as by processes of one machine.

Every node needs this package and sees the corpus under the same path. Ray runs a task again whose node was lost, which
is safe: a result appears under its name whole or not at all. https://docs.ray.io/en/latest/ray-core/tasks.html
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from samuel.corpus.errors import CorpusError
from samuel.errors import MissingExtraError

Job = TypeVar("Job")
Result = TypeVar("Result")

LOCAL = "local"  # a Ray of its own on this machine, which ends with the work
TIMEOUT = 10.0  # s until an address counts as dead
AHEAD = 4  # jobs waiting per processor: enough to keep all busy, few enough to stop soon


def mapped_on_ray(
    function: Callable[[Job], Result], jobs: Sequence[Job], address: str, *, ordered: bool = False
) -> Iterator[Result]:
    """The results of function(job), one processor each, as they come or in the order of the jobs.

    address: "local", "auto" for a cluster that this machine belongs to, HOST:PORT, or ray://HOST:PORT for another's.
    Raises what function raises, CorpusError where no cluster answers, MissingExtraError without ray.
    """
    ray = connect(address)
    try:
        task = ray.remote(num_cpus=1)(_call)
        limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting: deque[Any] = deque()
        rest = iter(jobs)
        while True:
            waiting.extend(task.remote(function, job) for job in islice(rest, limit - len(waiting)))
            if not waiting:
                return
            done = waiting[0] if ordered else ray.wait(list(waiting), num_returns=1)[0][0]
            waiting.remove(done)
            yield _result(ray, done)
    finally:
        ray.shutdown()


def _call(function: Callable[[Job], Result], job: Job) -> Result:
    return function(job)  # Ray takes no built-in or partial function as a task


def connect(address: str) -> Any:
    """The package ray, connected. Raises CorpusError where no cluster answers, MissingExtraError without ray."""
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", "ray") from error
    try:
        _require_answer(address)
        ray.init(address=address, log_to_driver=False, logging_level="error", include_dashboard=False)
    except (OSError, ValueError, RuntimeError) as error:  # ConnectionError is an OSError
        raise CorpusError(
            f"no Ray cluster answers at {address!r} ({error}): start one with ray start --head, or give --ray {LOCAL}."
        ) from error
    return ray


def _require_answer(address: str) -> None:
    """Raise OSError at once where no one listens: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), TIMEOUT).close()


def _result(ray: Any, reference: Any) -> Any:
    """The result of a task; what it raised is raised here as it was, and a lost node is a CorpusError."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise CorpusError(f"the Ray cluster lost a job ({error}): run it again to go on.") from error

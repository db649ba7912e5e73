"""The queue: order, positions, progress, limits, and a cancel that works at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import torch
from waiting import HANGS, wait_for

from samuel.errors import AudioError
from samuel.studio.jobs import Job, JobQueue
from samuel.studio.limits import LimitError, Limits, UnknownError
from samuel.studio.stopping import Stoppable, StoppedError


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    opened = JobQueue(Limits(queue=5, jobs=3))
    yield opened
    opened.close()


class Gate:
    """Work that begins, and goes on once it is let."""

    def __init__(self) -> None:
        self.begun, self.let = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> None:
        self.begun.set()
        while not self.let.wait(0.005):
            job.report("playing", 0.5)


def nothing(job: Job) -> None:
    pass


def test_jobs_wait_in_the_order_in_which_they_came_and_know_their_position(queue: JobQueue) -> None:
    gate, done = Gate(), []
    queue.submit(Job("a", "accompany", "sung", gate))
    assert gate.begun.wait(HANGS)
    views = [queue.submit(Job(name, "accompany", "sung", lambda job: done.append(job.visitor))) for name in "bc"]
    assert [view.position for view in views] == [1, 2]
    assert [view.state for view in views] == ["waiting", "waiting"]
    gate.let.set()
    wait_for(lambda: done == ["b", "c"])


def test_a_running_job_tells_how_far_it_is_and_how_long_it_will_take(queue: JobQueue) -> None:
    gate, started = Gate(), time.monotonic()
    job = queue.submit(Job("a", "accompany", "sung", gate))
    view = wait_for(lambda: (now := queue.view("a", job.id)).fraction == 0.5 and now)
    assert (view.state, view.stage) == ("running", "playing")
    assert view.seconds_left is not None
    assert 0 <= view.seconds_left <= time.monotonic() - started + 0.1  # half is done; rounded to a tenth
    gate.let.set()


def test_a_running_job_is_cancelled_at_once_and_the_next_one_begins(queue: JobQueue) -> None:
    gate, next_one = Gate(), Gate()
    job = queue.submit(Job("a", "accompany", "sung", gate))
    assert gate.begun.wait(HANGS)
    queue.submit(Job("b", "accompany", "sung", next_one))
    assert queue.cancel("a", job.id).state == "cancelled"
    assert next_one.begun.wait(HANGS)  # the first was never let go on: without the cancel it would have no end
    next_one.let.set()


def test_a_waiting_job_that_is_cancelled_never_begins(queue: JobQueue) -> None:
    gate, never = Gate(), Gate()
    queue.submit(Job("a", "accompany", "sung", gate))
    assert gate.begun.wait(HANGS)
    job = queue.submit(Job("a", "accompany", "sung", never))
    last = Gate()
    queue.submit(Job("a", "accompany", "sung", last))
    queue.cancel("a", job.id)
    gate.let.set()
    assert last.begun.wait(HANGS)
    last.let.set()
    assert not never.begun.is_set()


def test_pytorch_stops_between_two_operations() -> None:
    operations = 0

    def stopped() -> bool:
        nonlocal operations
        operations += 1
        return operations > 3

    total = torch.zeros(2)

    def count() -> None:
        for _ in range(10):
            total.add_(1)

    with pytest.raises(StoppedError), Stoppable(stopped):
        count()
    assert total.tolist() == [3, 3]


def test_of_200_jobs_at_once_no_more_are_taken_than_fit(queue: JobQueue) -> None:
    gate, refused = Gate(), 0
    for index in range(200):
        try:
            queue.submit(Job(str(index), "accompany", "sung", gate))
        except LimitError:
            refused += 1
    assert refused == 195
    gate.let.set()
    wait_for(lambda: all(view.state == "done" for name in range(5) for view in queue.views(str(name))))
    assert queue.submit(Job("late", "accompany", "sung", nothing)).position == 0


def test_one_visitor_cannot_fill_the_queue(queue: JobQueue) -> None:
    gate = Gate()
    for _ in range(3):
        queue.submit(Job("greedy", "accompany", "sung", gate))
    with pytest.raises(LimitError, match="3 jobs waiting already"):
        queue.submit(Job("greedy", "accompany", "sung", gate))
    queue.submit(Job("modest", "accompany", "sung", gate))
    gate.let.set()


def test_a_job_is_there_for_its_visitor_alone(queue: JobQueue) -> None:
    job = queue.submit(Job("a", "accompany", "sung", nothing))
    for act in (queue.view, queue.cancel):
        with pytest.raises(UnknownError):
            act("b", job.id)
    assert queue.views("b") == []


def test_the_queue_outlives_whatever_a_job_meets(queue: JobQueue) -> None:
    def fail(error: Exception) -> Job:
        def work(job: Job) -> None:
            raise error

        return Job("a", "accompany", "sung", work)

    errors = [AudioError("it is silent."), OSError(28, "No space left on device", "/secret/path"), ZeroDivisionError()]
    jobs = [queue.submit(fail(error)) for error in errors]
    views = [wait_for(lambda job=job: (now := queue.view("a", job.id)).state == "failed" and now) for job in jobs]
    assert views[0].error == "it is silent."
    assert "No space left" in views[1].error
    assert "secret" not in views[1].error
    assert "ZeroDivisionError" in views[2].error

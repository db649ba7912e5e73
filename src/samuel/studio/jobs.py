"""One job at a time, the others in a queue: positions, progress, time left, and a cancel that works at once."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from samuel.errors import SamuelError
from samuel.studio.limits import LimitError, Limits, UnknownError
from samuel.studio.stopping import Stoppable, StoppedError

State = Literal["waiting", "running", "done", "cancelled", "failed"]
_ENOUGH = 0.03  # of a job done: before that its speed says little
_KEPT = 8  # finished jobs of a visitor that can still be asked for


@dataclass(frozen=True)
class JobView:
    """A job as its visitor sees it. position: jobs before it; seconds_left None as long as that is unknown."""

    id: str
    kind: str
    state: State
    position: int
    fraction: float
    stage: str
    seconds_left: float | None
    error: str
    takes: tuple[str, ...]


@dataclass(eq=False)
class Job:
    """Something to do for a visitor; work is called with the job and reports through it."""

    visitor: str
    kind: str
    recording: str  # id of that of which it makes something
    work: Callable[[Job], None]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: State = "waiting"
    fraction: float = 0.0
    stage: str = ""
    error: str = ""
    takes: list[str] = field(default_factory=list)
    started: float = 0.0

    @property
    def stopped(self) -> bool:
        """Whether its visitor wants no more of it."""
        return self.state == "cancelled"

    def report(self, stage: str, fraction: float) -> None:
        """Note how far the job is (0 to 1). Raises StoppedError if it was cancelled."""
        if self.stopped:
            raise StoppedError
        self.stage, self.fraction = stage, fraction

    def seconds_left(self) -> float | None:
        """By its speed so far."""
        if self.state != "running" or self.fraction < _ENOUGH:
            return None
        return (time.monotonic() - self.started) * (1 - self.fraction) / self.fraction


class JobQueue:
    """A thread that works off jobs in the order in which they came."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._jobs: list[Job] = []  # unfinished ones first come, first served; finished ones until forgotten
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._work_off, name="studio-jobs", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> JobView:
        """Put a job at the end of the queue. Raises LimitError if it, or the visitor's share of it, is full."""
        with self._changed:
            unfinished = self._unfinished()
            own = sum(each.visitor == job.visitor for each in unfinished)
            if len(unfinished) >= self._limits.queue:
                raise LimitError(f"{len(unfinished)} jobs are waiting, which is all that fit: try again later.")
            if own >= self._limits.jobs:
                raise LimitError(f"you have {own} jobs waiting already: let one finish, or cancel one.")
            self._forget(job.visitor)
            self._jobs.append(job)
            self._changed.notify_all()
            return self._view(job)

    def views(self, visitor: str) -> list[JobView]:
        """A visitor's jobs, finished ones included, the oldest first."""
        with self._changed:
            return [self._view(job) for job in self._jobs if job.visitor == visitor]

    def view(self, visitor: str, job: str) -> JobView:
        """One of a visitor's jobs. Raises UnknownError."""
        with self._changed:
            return self._view(self._find(visitor, job))

    def cancel(self, visitor: str, job: str) -> JobView:
        """Stop a job at once; the takes that it has finished stay. A finished job stays as it is."""
        with self._changed:
            found = self._find(visitor, job)
            self._stop(found)
            return self._view(found)

    def cancel_all(self, visitor: str) -> None:
        """Stop and forget all jobs of a visitor who has left."""
        with self._changed:
            for job in [job for job in self._jobs if job.visitor == visitor]:
                self._stop(job)
                self._jobs.remove(job)

    def cancel_recording(self, recording: str) -> None:
        """Stop all jobs that make something of a recording."""
        with self._changed:
            for job in self._jobs:
                if job.recording == recording:
                    self._stop(job)

    def close(self) -> None:
        """Stop everything and wait for the thread's end."""
        with self._changed:
            self._open = False
            for job in self._jobs:
                self._stop(job)
            self._changed.notify_all()
        self._thread.join(timeout=30)

    def _work_off(self) -> None:
        while (job := self._next()) is not None:
            try:
                with Stoppable(lambda job=job: job.state == "cancelled"):  # type: ignore[misc]
                    job.work(job)
                self._finish(job, "done")
            except StoppedError:
                continue
            except SamuelError as error:
                self._finish(job, "failed", str(error))
            except OSError as error:  # without its path, which is nobody's business
                self._finish(job, "failed", f"the studio's disk refused ({error.strerror}): tell whoever runs it.")
            except Exception as error:  # the queue must outlive whatever one job meets
                self._finish(job, "failed", f"it went wrong ({type(error).__name__}): try other settings.")

    def _next(self) -> Job | None:
        """The first waiting job, now running; None when the queue is closed."""
        with self._changed:
            while self._open:
                for job in self._jobs:
                    if job.state == "waiting":
                        job.state, job.started = "running", time.monotonic()
                        return job
                self._changed.wait()
        return None

    def _finish(self, job: Job, state: State, error: str = "") -> None:
        with self._changed:
            if not job.stopped:
                job.state, job.error, job.fraction = state, error, 1.0

    def _stop(self, job: Job) -> None:
        if job.state in ("waiting", "running"):
            job.state = "cancelled"

    def _unfinished(self) -> list[Job]:
        return [job for job in self._jobs if job.state in ("waiting", "running")]

    def _forget(self, visitor: str) -> None:
        finished = [job for job in self._jobs if job.visitor == visitor and job not in self._unfinished()]
        for job in finished[: max(0, len(finished) - _KEPT + 1)]:
            self._jobs.remove(job)

    def _find(self, visitor: str, job: str) -> Job:
        for each in self._jobs:
            if each.visitor == visitor and each.id == job:
                return each
        raise UnknownError("job")

    def _view(self, job: Job) -> JobView:
        unfinished = self._unfinished()
        position = unfinished.index(job) if job in unfinished else 0
        left = job.seconds_left()
        return JobView(
            job.id,
            job.kind,
            job.state,
            position,
            round(job.fraction, 4),
            job.stage,
            None if left is None else round(left, 1),
            job.error,
            tuple(job.takes),
        )

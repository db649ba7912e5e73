"""The time of a run, and the means of its figures between two rows of the log."""

from __future__ import annotations

import math
import time

from torch import Tensor

from samuel.errors import SamuelError
from samuel.training.engine import Engine
from samuel.training.state import Progress


class Clock:
    """Seconds of work in this run, those before its resumption included."""

    def __init__(self, before: float) -> None:
        self._start = time.monotonic() - before

    def elapsed(self) -> float:
        """Seconds up to now."""
        return time.monotonic() - self._start


class Alarm:
    """Due once every so many seconds (0: at every question, None: never)."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds, self._since = seconds, time.monotonic()

    def is_due(self) -> bool:
        """Whether the time is up; `reset` starts it anew."""
        return self._seconds is not None and time.monotonic() - self._since >= self._seconds

    def reset(self) -> None:
        """Start anew."""
        self._since = time.monotonic()


class Window:
    """Sums of the figures since the last row, kept on the device: reading them would make every step wait."""

    def __init__(self, progress: Progress) -> None:
        self._begin, self._sums, self._count = progress, dict[str, Tensor](), 0

    def add(self, figures: dict[str, Tensor]) -> None:
        """One step's figures."""
        for name, value in figures.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._count += 1

    def check(self) -> None:
        """Raise SamuelError if a loss or gradient since the last row was not finite."""
        for name in self._sums:
            if name.endswith(("loss", "gradient_norm")) and not math.isfinite(float(self._sums[name])):
                raise SamuelError(
                    f"the {name.replace('_', ' ')} is not finite: training stopped, and the last good state is kept;"
                    " lower the learning rate or look for damaged data, then start again."
                )

    def close(self, progress: Progress, engine: Engine) -> dict[str, float]:
        """The means over steps and processes, and the throughput in samples per second; a new window begins."""
        self.check()
        totals = engine.total({name: float(value) for name, value in self._sums.items()})
        means = {name: total / self._count for name, total in totals.items()}
        seconds = max(progress.elapsed - self._begin.elapsed, 1e-9)
        means["samples_per_second"] = (progress.samples - self._begin.samples) / seconds
        self._begin, self._sums, self._count = progress, {}, 0
        return means

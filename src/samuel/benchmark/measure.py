"""How long something takes, and how much memory the process held meanwhile."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Generic, TypeVar

Result = TypeVar("Result")

_STATM = Path("/proc/self/statm")  # Linux: pages; its second number is what lies in memory
_EVERY = 0.01  # s between two looks
_LONG = 5.0  # s


@dataclass(frozen=True)
class Measured(Generic[Result]):
    """What came out, the seconds, and the most memory (bytes) that the process held; None where no one tells."""

    result: Result
    seconds: float
    peak: int | None


def measure(use: Callable[[], Result]) -> Measured[Result]:
    """Run it once. The memory is that of the whole process, weights and libraries included."""
    gc.collect()
    watch = _Watch()
    start = time.perf_counter()
    try:
        result = use()
        seconds = time.perf_counter() - start
    finally:
        peak = watch.stop()
    return Measured(result, seconds, peak)


def seconds_of(use: Callable[[], object], repeat: int = 3) -> float:
    """The median of some runs after one to warm up; that one's alone where it took long enough to make it no matter."""
    times = [_timed(use)]
    if times[0] > _LONG:
        return times[0]
    return median(_timed(use) for _ in range(repeat))


def _timed(use: Callable[[], object]) -> float:
    start = time.perf_counter()
    use()
    return time.perf_counter() - start


class _Watch:
    """Looks at the process's memory until it is stopped."""

    def __init__(self) -> None:
        self._peak, self._done = _resident(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int | None:
        """The most that was seen."""
        self._done.set()
        self._thread.join()
        self._see()
        return self._peak

    def _look(self) -> None:
        while not self._done.wait(_EVERY):
            self._see()

    def _see(self) -> None:
        now = _resident()
        if now is not None:
            self._peak = max(self._peak or 0, now)


def _resident() -> int | None:
    """Bytes of the process in memory; None where the system is not Linux."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None

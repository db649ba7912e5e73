"""Signals that end a program let it clear away what it has begun, and finish the clearing away."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# how people, service managers and closed terminals end a program; Windows has no SIGHUP
ENDINGS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_CLEARING = 2.0  # s: what ends a session often sends two, and the second must not break off the clearing away

Handler = Callable[[int, FrameType | None], object]


@contextmanager
def unwinding() -> Iterator[None]:
    """ENDINGS raise KeyboardInterrupt (Ctrl-C) or SystemExit, where most would end the process with its files left.

    For 2 s after one of them the others do nothing.
    """
    last = -math.inf

    def leave(number: int, _: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _CLEARING:
            last = now
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    with _handled(leave):
        yield


@contextmanager
def undisturbed(on_ending: Handler = lambda number, frame: None) -> Iterator[None]:
    """ENDINGS wait until what is done inside is done, however long that takes; then the first of them takes effect.

    on_ending hears of each at once, so that it can have that done sooner.
    """
    waiting: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        waiting.append(number)
        on_ending(number, frame)

    try:
        with _handled(wait):
            yield
    finally:
        if waiting:
            signal.raise_signal(waiting[0])


@contextmanager
def _handled(handler: Handler) -> Iterator[None]:
    """ENDINGS call the handler."""
    if threading.current_thread() is not threading.main_thread():  # which alone may handle signals
        yield
        return
    heeded = [number for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup wants no SIGHUP
    before = {number: signal.signal(number, handler) for number in heeded}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
